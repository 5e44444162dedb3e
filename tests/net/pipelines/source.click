// SPDX-License-Identifier: GPL-2.0-or-later
// What is received is forwarded and copied into a capture; a source in the same worker sends by the same device.
in :: FromDevice($IFACE);
in -> cl :: IPClassifier(udp dst port 5000, -);
cl[0] -> q1 :: Queue(TRIGGER 8, DEADLINE 1ms) -> t :: Tee(2);
cl[1] -> ToHost;
out :: ToDevice(s0);
t[0] -> EtherRewrite(02:00:00:00:02:01, 02:00:00:00:02:02) -> m :: Measure(4) -> out;
t[1] -> copy :: ToPcap($FILE);
s :: InfiniteSource(100, RATE $RATE, LIMIT $LIMIT, FLOWS 3, DPORT 6000, SRC 10.77.1.2, DST 10.77.2.2, DST_MAC 02:00:00:00:02:02);
s -> ms :: Measure -> out;
