// SPDX-License-Identifier: GPL-2.0-or-later
// One queue whose trigger the benchmark sets; used by scripts/bench/*.sh.
in :: FromDevice($IFACE);
cl :: IPClassifier(udp and dst port 5000, -);
in -> cl;
cl[0] -> q :: Queue(TRIGGER 32, DEADLINE 20ms) -> EtherRewrite(SRC $SRC, DST $DST) -> ToDevice($OUT);
cl[1] -> ToHost;
