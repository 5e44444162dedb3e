// SPDX-License-Identifier: GPL-2.0-or-later
// l2l3-simple.click: Access gateway with three zones: ingress, egress and a DMZ behind a packet filter.
//   chain:  ethertype > CheckIPHeader > IPLookup > by zone: a Queue each, the filter (IPClassifier, ACL) before the DMZ's >
//           EtherRewrite > DecIPTTL > ToDevice
//   tables: routes.txt, 200 routes to the zones 0 to 2, and a default route to egress (0); acl.txt, 100 rules
//   flows:  dmz, 100 us; bulk (ingress and egress), 5 ms
// Written by scripts/tables.py l2l3-simple; sizes: ROUTES 200, RULES 100
define($OUT eth1, $SRC 02:00:00:00:00:01, $TABLES l2l3-simple);
in   :: FromDevice($IFACE);
eth  :: Classifier(12/0800, -);
host :: ToHost;
out  :: ToDevice($OUT);
fib  :: IPLookup(FILE $TABLES/routes.txt);
ttl  :: DecIPTTL;
dmz  :: IPClassifier(icmp or udp and (dst port 53 or dst port 5000) or tcp and (dst port 80 or dst port 443), -);

in -> eth -> CheckIPHeader -> fib;
eth[1] -> host;
fib[0] -> egress_q :: Queue -> egress :: EtherRewrite($SRC, 02:00:00:01:00:00) -> ttl;
fib[1] -> ingress_q :: Queue -> ingress :: EtherRewrite($SRC, 02:00:00:01:00:01) -> ttl;
fib[2] -> dmz;
dmz[0] -> ACL(FILE $TABLES/acl.txt) -> dmz_q :: Queue -> inside :: EtherRewrite($SRC, 02:00:00:01:00:02) -> ttl;
dmz[1] -> Discard;
ttl -> out;
ttl[1] -> host;

Flow(dmz, PATH dmz_q inside, DELAY_SLO 100us);
Flow(egress, PATH egress_q egress, DELAY_SLO 5ms);
Flow(ingress, PATH ingress_q ingress, DELAY_SLO 5ms);
