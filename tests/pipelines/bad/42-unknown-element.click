// expect: 4:27: unknown element or class 'frist'; did you mean 'first'?
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in -> first :: Counter -> frist;
