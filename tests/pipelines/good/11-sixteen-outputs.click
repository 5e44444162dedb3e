// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> s :: RandomSplit(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
s[0] -> Queue -> Counter -> out :: ToHost;
s[1] -> Queue -> Counter -> out;
s[2] -> Queue -> Counter -> out;
s[3] -> Queue -> Counter -> out;
s[4] -> Queue -> Counter -> out;
s[5] -> Queue -> Counter -> out;
s[6] -> Queue -> Counter -> out;
s[7] -> Queue -> Counter -> out;
s[8] -> Queue -> Counter -> out;
s[9] -> Queue -> Counter -> out;
s[10] -> Queue -> Counter -> out;
s[11] -> Queue -> Counter -> out;
s[12] -> Queue -> Counter -> out;
s[13] -> Queue -> Counter -> out;
s[14] -> Queue -> Counter -> out;
s[15] -> Queue -> Counter -> out;
