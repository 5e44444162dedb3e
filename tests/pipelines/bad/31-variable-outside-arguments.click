// expect: 3:1: unexpected '$': variables are replaced inside the arguments of an element only
// SPDX-License-Identifier: GPL-2.0-or-later
$IFACE -> ToHost;
