// expect: 5:1: output 0 of 'in' is connected twice: expected one connection, it leads to 'ToHost@2' already
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE);
in -> ToHost;
in -> Discard;
