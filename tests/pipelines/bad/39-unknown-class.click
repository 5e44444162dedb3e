// expect: 3:23: unknown class 'Shredder': see batchy-agent element list
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> Shredder(9) -> ToHost;
