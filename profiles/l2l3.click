// SPDX-License-Identifier: GPL-2.0-or-later
// l2l3.click: Access gateway (L2/L3): the destination MAC address chooses a router, its table the next hop.
//   chain:  ethertype > CheckIPHeader > Classifier by MAC > Queue > IPLookup > by next hop: ACL > StaticNAT > DecIPTTL >
//           EtherRewrite > IPChecksum > ToDevice
//   tables: routes-B.txt, for each of 2 addresses 200 routes to 4 next hops, and a default route; acl-B.txt, 100 rules;
//           nat.txt, 250 pairs of addresses
//   flows:  one for each router and next hop, 1 ms
// Written by scripts/tables.py l2l3; sizes: BRANCHES 2, NHOPS 4, ROUTES 200, RULES 100, PAIRS 250, QUEUES 0
define($OUT eth1, $SRC 02:00:00:00:00:01, $TABLES l2l3);
in   :: FromDevice($IFACE);
eth  :: Classifier(12/0800, -);
host :: ToHost;
out  :: ToDevice($OUT);
l2   :: Classifier(0/020000000b00, 0/020000000b01, -);
in -> eth -> CheckIPHeader -> l2;
eth[1] -> host;
l2[2] -> host;

l2[0] -> q0 :: Queue -> fib0 :: IPLookup(FILE $TABLES/routes-0.txt);
nat_0_0 :: StaticNAT(OUT, FILE $TABLES/nat.txt);
nat_0_0[1] -> ttl_0_0;
fib0[0] -> ACL(FILE $TABLES/acl-0.txt) -> nat_0_0 -> ttl_0_0 :: DecIPTTL -> mac_0_0 :: EtherRewrite($SRC, 02:00:00:01:00:00) -> IPChecksum -> out;
ttl_0_0[1] -> host;
nat_0_1 :: StaticNAT(OUT, FILE $TABLES/nat.txt);
nat_0_1[1] -> ttl_0_1;
fib0[1] -> ACL(FILE $TABLES/acl-0.txt) -> nat_0_1 -> ttl_0_1 :: DecIPTTL -> mac_0_1 :: EtherRewrite($SRC, 02:00:00:01:00:01) -> IPChecksum -> out;
ttl_0_1[1] -> host;
nat_0_2 :: StaticNAT(OUT, FILE $TABLES/nat.txt);
nat_0_2[1] -> ttl_0_2;
fib0[2] -> ACL(FILE $TABLES/acl-0.txt) -> nat_0_2 -> ttl_0_2 :: DecIPTTL -> mac_0_2 :: EtherRewrite($SRC, 02:00:00:01:00:02) -> IPChecksum -> out;
ttl_0_2[1] -> host;
nat_0_3 :: StaticNAT(OUT, FILE $TABLES/nat.txt);
nat_0_3[1] -> ttl_0_3;
fib0[3] -> ACL(FILE $TABLES/acl-0.txt) -> nat_0_3 -> ttl_0_3 :: DecIPTTL -> mac_0_3 :: EtherRewrite($SRC, 02:00:00:01:00:03) -> IPChecksum -> out;
ttl_0_3[1] -> host;
Flow(f_0_0, PATH q0 mac_0_0, DELAY_SLO 1ms);
Flow(f_0_1, PATH q0 mac_0_1, DELAY_SLO 1ms);
Flow(f_0_2, PATH q0 mac_0_2, DELAY_SLO 1ms);
Flow(f_0_3, PATH q0 mac_0_3, DELAY_SLO 1ms);

l2[1] -> q1 :: Queue -> fib1 :: IPLookup(FILE $TABLES/routes-1.txt);
nat_1_0 :: StaticNAT(OUT, FILE $TABLES/nat.txt);
nat_1_0[1] -> ttl_1_0;
fib1[0] -> ACL(FILE $TABLES/acl-1.txt) -> nat_1_0 -> ttl_1_0 :: DecIPTTL -> mac_1_0 :: EtherRewrite($SRC, 02:00:00:01:00:00) -> IPChecksum -> out;
ttl_1_0[1] -> host;
nat_1_1 :: StaticNAT(OUT, FILE $TABLES/nat.txt);
nat_1_1[1] -> ttl_1_1;
fib1[1] -> ACL(FILE $TABLES/acl-1.txt) -> nat_1_1 -> ttl_1_1 :: DecIPTTL -> mac_1_1 :: EtherRewrite($SRC, 02:00:00:01:00:01) -> IPChecksum -> out;
ttl_1_1[1] -> host;
nat_1_2 :: StaticNAT(OUT, FILE $TABLES/nat.txt);
nat_1_2[1] -> ttl_1_2;
fib1[2] -> ACL(FILE $TABLES/acl-1.txt) -> nat_1_2 -> ttl_1_2 :: DecIPTTL -> mac_1_2 :: EtherRewrite($SRC, 02:00:00:01:00:02) -> IPChecksum -> out;
ttl_1_2[1] -> host;
nat_1_3 :: StaticNAT(OUT, FILE $TABLES/nat.txt);
nat_1_3[1] -> ttl_1_3;
fib1[3] -> ACL(FILE $TABLES/acl-1.txt) -> nat_1_3 -> ttl_1_3 :: DecIPTTL -> mac_1_3 :: EtherRewrite($SRC, 02:00:00:01:00:03) -> IPChecksum -> out;
ttl_1_3[1] -> host;
Flow(f_1_0, PATH q1 mac_1_0, DELAY_SLO 1ms);
Flow(f_1_1, PATH q1 mac_1_1, DELAY_SLO 1ms);
Flow(f_1_2, PATH q1 mac_1_2, DELAY_SLO 1ms);
Flow(f_1_3, PATH q1 mac_1_3, DELAY_SLO 1ms);
