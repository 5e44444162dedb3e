// expect: 3:23: 'Flow@2' (Flow) is for information: expected it outside of chains
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Flow(a, PATH in) -> ToHost;
