// expect: 3:24: expected '->' or ';', found ','
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> a, b :: Counter -> ToHost;
