// expect: 3:34: 'FromDevice@3' (FromDevice) has no input: expected it at the beginning of a chain
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Counter -> FromDevice(eth1) -> ToHost;
