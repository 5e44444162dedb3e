// expect: 3:7: unknown class 'FromDevise'; did you mean 'FromDevice'?
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevise($IFACE);
in -> ToHost;
