// expect: 3:20: '$SRC': expected a variable and its value, as in $NAME value
// SPDX-License-Identifier: GPL-2.0-or-later
define($OUT eth1,  $SRC);
FromDevice($IFACE) -> ToHost;
