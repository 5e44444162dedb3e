// expect: 4:1: expected '->' or ';', found end of file
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ToHost
