// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice(DEVNAME $IFACE);
eth :: Classifier(12/0800, 12/0806 20/0001, -);
ip :: IPClassifier(tcp and (dst port 80 or dst port 443), udp, -);
routes :: IPLookup(10.0.0.0/8 0, 0.0.0.0/0 192.0.2.1 1);
in -> Counter -> eth;
eth[0] -> check :: CheckIPHeader -> ip;
eth[1] -> host :: ToHost;
eth[2] -> Discard;
check[1] -> Discard;
ip[0] -> Queue -> routes;
ip[1] -> Queue(16, 2ms, 512) -> RandomSplit(1) -> Bypass(10, 20) -> host;
ip[2] -> exact :: ExactMatch(FIELDS eth.type 12/2, 0800 0800 0, DEFAULT 1) -> host;
exact[1] -> WildcardMatch(FIELDS ip.src vlan.id, * * 0 0) -> host;
routes[0] -> ttl :: DecIPTTL -> EtherRewrite(SRC 02:00:00:00:00:01, DST 02:00:00:00:00:02) -> ToDevice(eth1);
routes[1] -> ttl;
ttl[1] -> host;
