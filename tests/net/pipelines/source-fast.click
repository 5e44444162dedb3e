// SPDX-License-Identifier: GPL-2.0-or-later
// A source as fast as it goes beside what is forwarded.
FromDevice($IFACE) -> q1 :: Queue(TRIGGER 8, DEADLINE 1ms) -> EtherRewrite(02:00:00:00:02:01, 02:00:00:00:02:02) -> out :: ToDevice(s0);
s :: InfiniteSource(60, LIMIT 500000, DPORT 6000, SRC 10.77.1.2, DST 10.77.2.2, DST_MAC 02:00:00:00:02:02) -> out;
