// expect: 4:7: expected an element, found '->'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in -> -> ToHost;
