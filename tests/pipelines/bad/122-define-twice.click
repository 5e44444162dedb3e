// expect: 4:8: $OUT is defined twice
// SPDX-License-Identifier: GPL-2.0-or-later
define($OUT eth1);
define(${OUT} eth2);
FromDevice($IFACE) -> ToDevice($OUT);
