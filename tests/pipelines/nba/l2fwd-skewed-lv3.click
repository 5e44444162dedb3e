// SPDX-License-Identifier: GPL-2.0-or-later
// one packet in a hundred leaves the main path at each level
in :: FromInput();
b1, b2, b3 :: RandomWeightedBranch(0.99, 0.01);
l :: L2Forward("method echoback");
in -> CPUOnly() -> b1;
b1[0] -> b2; b1[1] -> None() -> l;
b2[0] -> b3; b2[1] -> None() -> l;
b3[0] -> l; b3[1] -> None() -> l;
l -> ToOutput();
