// expect: 4:1: no FromDevice leads to 'a' (Counter): expected a connection from one
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ToHost;
a :: Counter -> q :: Queue -> a;
