// expect: 4:1: expected '->' or ';', found 'in'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE)
in -> ToHost;
