// expect: 3:7: unexpected '{': compound elements are not part of this language
// SPDX-License-Identifier: GPL-2.0-or-later
in :: { FromDevice($IFACE) };
