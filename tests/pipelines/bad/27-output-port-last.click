// expect: 3:33: expected '->' after the output port, found ';'
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ToHost [0];
