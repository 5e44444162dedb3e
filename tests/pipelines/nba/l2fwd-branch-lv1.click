// SPDX-License-Identifier: GPL-2.0-or-later
// a tree of one level, both branches as likely
in :: FromInput();
out :: ToOutput();
b1 :: RandomWeightedBranch(0.5, 0.5);
in -> b1;
b1[0] -> L2Forward("method echoback") -> out;
b1[1] -> L2Forward("method echoback") -> out;
