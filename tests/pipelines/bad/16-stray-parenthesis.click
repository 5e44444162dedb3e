// expect: 3:19: unexpected ')': no '(' is open
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE)) -> ToHost;
