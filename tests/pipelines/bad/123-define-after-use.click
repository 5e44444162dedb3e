// expect: 3:32: $OUT has no value: expected --set OUT=VALUE
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ToDevice($OUT);
define($OUT eth1);
