// SPDX-License-Identifier: GPL-2.0-or-later
// A network function that takes 100 us per packet behind a short queue, so that the queue overflows. Used by the namespace tests.
in   :: FromDevice($IFACE);
cl   :: IPClassifier(udp and dst port 5000, -);
in -> cl;
cl[0] -> q1 :: Queue(TRIGGER 8, DEADLINE 5ms, CAPACITY 64) -> Bypass(CYCLES_PER_PACKET 250000)
	-> EtherRewrite(SRC 02:00:00:00:02:01, DST 02:00:00:00:02:02) -> ToDevice(s0);
cl[1] -> ToHost;
