// expect: 3:23: unknown element or class 'zebra': see batchy-agent element list
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> zebra;
