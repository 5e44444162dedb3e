// expect: 3:1: 'Counter@2': expected a name without '@', which is for anonymous elements
// SPDX-License-Identifier: GPL-2.0-or-later
Counter@2 :: Counter;
FromDevice($IFACE) -> Counter@2 -> ToHost;
