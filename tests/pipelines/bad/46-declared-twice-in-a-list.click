// expect: 3:7: 'a' is declared twice: expected another name, this one is taken at 3:1
// SPDX-License-Identifier: GPL-2.0-or-later
a, b, a :: Counter;
FromDevice($IFACE) -> a -> b -> ToHost;
