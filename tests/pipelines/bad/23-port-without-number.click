// expect: 4:4: expected a port number, found ']'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in[] -> ToHost;
