// expect: 3:21: expected a port number below 64, found '4294967296'
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) [4294967296] -> ToHost;
