// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromInput();
out :: ToOutput();
b1, b2, b3, b4, b5, b6, b7 :: RandomWeightedBranch(0.5, 0.5);
l :: L2Forward("method echoback");
in -> b1;
b1[0] -> b2; b1[1] -> b3;
b2[0] -> b4; b2[1] -> b5; b3[0] -> b6; b3[1] -> b7;
b4[0] -> None() -> l; b4[1] -> None() -> l; b5[0] -> None() -> l; b5[1] -> None() -> l;
b6[0] -> None() -> l; b6[1] -> None() -> l; b7[0] -> None() -> l; b7[1] -> None() -> l;
l -> out;
