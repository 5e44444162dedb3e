// SPDX-License-Identifier: GPL-2.0-or-later
// Every class that can run in XDP does, on frames that tests/packets/gen.h makes. Used by test_pipeline.c.
in     :: FromDevice($IFACE);
eth    :: Classifier(12/0800, 12/86dd, 12/8100 16/0800, 12/0806, -);
check  :: CheckIPHeader;
ip     :: IPClassifier(udp dst port 5000 or tcp port 80, src net 10.0.0.0/8 and not ip frag, ip6, vlan 2, -);
routes :: IPLookup(0.0.0.0/1 10.9.8.7 0, 10.0.0.0/8 1, 10.1.2.0/25 192.168.1.1 2, 192.168.1.3/32 3, 2001:db8::/32 4, 2001:db8:1::/48 5);
ttl    :: DecIPTTL;
rw     :: EtherRewrite(SRC 02:00:00:00:00:01, DST 02:00:00:00:00:02);
rw6    :: EtherRewrite(02:00:00:00:00:03, 02:00:00:00:00:04);
host   :: ToHost;
far    :: ToDevice(eth1);

in -> Counter -> eth;
eth[0] -> check;
eth[1] -> check;
eth[2] -> ttl;
eth[3] -> host;
eth[4] -> all :: RandomSplit(0, 1) -> Discard;
all[1] -> rw6;
check[0] -> ip;
check[1] -> bad :: Discard;
ip[0] -> early :: Queue(TRIGGER 8, DEADLINE 2ms) -> Counter -> host;
ip[1] -> routes;
ip[2] -> routes;
ip[3] -> Bypass(10, 20) -> routes;
ip[4] -> ttl;
routes[0] -> ttl;
routes[1] -> ttl;
routes[2] -> late :: Queue -> ttl;
routes[3] -> host;
routes[4] -> rw6 -> far;
routes[5] -> host;
ttl[0] -> rw -> far;
ttl[1] -> host;
