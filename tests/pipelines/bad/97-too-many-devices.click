// expect: 19:10: 'ToDevice@18': expected 16 devices at most
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> s :: RandomSplit(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
s[0] -> ToDevice(out0);
s[1] -> ToDevice(out1);
s[2] -> ToDevice(out2);
s[3] -> ToDevice(out3);
s[4] -> ToDevice(out4);
s[5] -> ToDevice(out5);
s[6] -> ToDevice(out6);
s[7] -> ToDevice(out7);
s[8] -> ToDevice(out8);
s[9] -> ToDevice(out9);
s[10] -> ToDevice(out10);
s[11] -> ToDevice(out11);
s[12] -> ToDevice(out12);
s[13] -> ToDevice(out13);
s[14] -> ToDevice(out14);
s[15] -> ToDevice(out15);
