// expect: 3:17: '(' without end: expected ')'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE;
in -> Counter() -> ToHost;
