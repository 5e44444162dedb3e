// expect: 4:1: input port at the beginning of a chain: expected an element
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
[0] in -> ToHost;
