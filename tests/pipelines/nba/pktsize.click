// SPDX-License-Identifier: GPL-2.0-or-later
// size classes, each to the processor it suits: here, to a worker or not
in :: FromInput();
size :: PacketSizeClassifier();
l :: L2Forward("method echoback");
in -> size;
size[0] -> GPUOnly() -> l;
size[1] -> LoadBalanceByWeight(0.6) -> l;
size[2] -> CPUOnly() -> Queue -> l;
l -> ToOutput();
