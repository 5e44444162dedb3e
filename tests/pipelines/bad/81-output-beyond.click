// expect: 4:2: 'c' (Counter) has no output 1: expected 0, the only one
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> c :: Counter;
c[1] -> ToHost;
