// SPDX-License-Identifier: GPL-2.0-or-later
// One queue whose trigger the benchmark sets, and nothing behind it: what receiving costs by itself; used by scripts/bench/batch.sh.
in :: FromDevice($IFACE);
cl :: IPClassifier(udp and dst port 5000, -);
in -> cl;
cl[0] -> q :: Queue(TRIGGER 32, DEADLINE 20ms) -> Discard;
cl[1] -> ToHost;
