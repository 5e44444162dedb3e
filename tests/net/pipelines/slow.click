// SPDX-License-Identifier: GPL-2.0-or-later
// Client to server through an element that takes tens of milliseconds a packet. Used by the namespace tests.
in   :: FromDevice($IFACE);
cl   :: IPClassifier(udp and dst port 5000, -);
rw   :: EtherRewrite(SRC 02:00:00:00:02:01, DST 02:00:00:00:02:02);
in -> cl;
cl[0] -> q1 :: Queue(TRIGGER 10, DEADLINE 20s) -> Bypass(CYCLES_PER_PACKET 100000000) -> rw -> ToDevice(s0);
cl[1] -> ToHost;
