// SPDX-License-Identifier: GPL-2.0-or-later
// Every class that can run in XDP, in XDP: no queue stands before it. For vmtest/tests/insns.sh, which loads it and attaches nothing.
in   :: FromDevice($IFACE);
eth  :: Classifier(12/0800, 12/0806 20/0001, -);
ip   :: IPClassifier(tcp and (dst port 80 or dst port 443), udp, -);
routes :: IPLookup(10.0.0.0/8 0, 0.0.0.0/0 192.0.2.1 1);
ttl  :: DecIPTTL;
host :: ToHost;
in -> Counter -> eth;
eth[0] -> check :: CheckIPHeader -> ip;
eth[1] -> host;
eth[2] -> Discard;
check[1] -> Discard;
ip[0] -> routes;
ip[1] -> RandomSplit(0.5) -> Bypass(10, 20) -> Queue -> host;
ip[2] -> host;
routes[0] -> ttl -> EtherRewrite(02:00:00:00:00:01, 02:00:00:00:00:02) -> ToDevice(eth1);
routes[1] -> ttl;
ttl[1] -> host;
