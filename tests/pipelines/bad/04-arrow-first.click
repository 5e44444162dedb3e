// expect: 3:1: expected an element, found '->'
// SPDX-License-Identifier: GPL-2.0-or-later
-> FromDevice($IFACE) -> ToHost;
