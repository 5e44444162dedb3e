// SPDX-License-Identifier: GPL-2.0-or-later
// a tree of two levels
in :: FromInput();
out :: ToOutput();
b1, b2, b3 :: RandomWeightedBranch(0.5, 0.5);
l :: L2Forward("method echoback");
in -> b1;
b1[0] -> b2; b1[1] -> b3;
b2[0] -> None() -> l; b2[1] -> None() -> l; b3[0] -> None() -> l; b3[1] -> None() -> l;
l -> out;
