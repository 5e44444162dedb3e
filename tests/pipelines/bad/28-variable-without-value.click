// expect: 3:12: $NOVALUE has no value: expected --set NOVALUE=VALUE
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($NOVALUE) -> ToHost;
