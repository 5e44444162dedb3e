// expect: 4:6: expected ']' after the port number, found '->'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in[0 -> ToHost;
