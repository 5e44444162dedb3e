// expect: 3:19: expected '->' or ';', found '('
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE)(eth1) -> ToHost;
