// expect: 3:7: expected a variable and its value, as in define($NAME value)
// SPDX-License-Identifier: GPL-2.0-or-later
define();
FromDevice($IFACE) -> ToHost;
