// SPDX-License-Identifier: GPL-2.0-or-later
// What a router answers with ICMP errors instead of forwarding it. Used by the namespace tests.
in  :: FromDevice($IFACE);
ttl :: DecIPTTL;
out :: ToDevice(s0);
in -> ip :: IPClassifier(net 10.77.2.0/24 or net fd77:2::/64, -);
ip[1] -> ToHost;
ip[0] -> q :: Queue(TRIGGER 1) -> ttl;
ttl[1] -> ICMPError(10.77.1.1, time-exceeded, SRC6 fd77:1::1) -> back :: ToDevice($IFACE);
ttl[0] -> EtherRewrite(02:00:00:00:02:01, 02:00:00:00:02:02) -> out;
