// expect: 4:4: unexpected '=': expected '->' between elements, '::' in a declaration
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in => ToHost;
