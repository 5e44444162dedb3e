// SPDX-License-Identifier: GPL-2.0-or-later
// vrf.click: Virtual routers: a VLAN, a table.
//   chain:  802.1Q > VLANSplit > VLANPop > CheckIPHeader > Queue > IPLookup > by next hop: DecIPTTL > EtherRewrite >
//           IPChecksum > by destination port a function > ToDevice
//   tables: routes-V.txt, for each of 2 VLANs 100 routes to 4 next hops, and a default route
//   flows:  one for each VLAN and next hop, 1 ms
// Written by scripts/tables.py vrf; sizes: VLANS 2, NHOPS 4, ROUTES 100, RULES 0, QUEUES 0
define($OUT eth1, $SRC 02:00:00:00:00:01, $TABLES vrf);
in   :: FromDevice($IFACE);
out  :: ToDevice($OUT);
host :: ToHost;
tag  :: Classifier(12/8100 16/0800, -);
vlan :: VLANSplit(100, 101, -);
port :: IPClassifier(dst port 5000, -);
port[0] -> nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> out;
port[1] -> nf2 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> out;
in -> tag -> vlan;
tag[1] -> host;
vlan[2] -> Discard;

vlan[0] -> VLANPop -> CheckIPHeader -> q0 :: Queue -> fib0 :: IPLookup(FILE $TABLES/routes-0.txt);
fib0[0] -> ttl_0_0 :: DecIPTTL -> mac_0_0 :: EtherRewrite($SRC, 02:00:00:01:00:00) -> IPChecksum -> port;
ttl_0_0[1] -> host;
fib0[1] -> ttl_0_1 :: DecIPTTL -> mac_0_1 :: EtherRewrite($SRC, 02:00:00:01:00:01) -> IPChecksum -> port;
ttl_0_1[1] -> host;
fib0[2] -> ttl_0_2 :: DecIPTTL -> mac_0_2 :: EtherRewrite($SRC, 02:00:00:01:00:02) -> IPChecksum -> port;
ttl_0_2[1] -> host;
fib0[3] -> ttl_0_3 :: DecIPTTL -> mac_0_3 :: EtherRewrite($SRC, 02:00:00:01:00:03) -> IPChecksum -> port;
ttl_0_3[1] -> host;
Flow(f_0_0, PATH q0 mac_0_0, DELAY_SLO 1ms);
Flow(f_0_1, PATH q0 mac_0_1, DELAY_SLO 1ms);
Flow(f_0_2, PATH q0 mac_0_2, DELAY_SLO 1ms);
Flow(f_0_3, PATH q0 mac_0_3, DELAY_SLO 1ms);

vlan[1] -> VLANPop -> CheckIPHeader -> q1 :: Queue -> fib1 :: IPLookup(FILE $TABLES/routes-1.txt);
fib1[0] -> ttl_1_0 :: DecIPTTL -> mac_1_0 :: EtherRewrite($SRC, 02:00:00:01:00:00) -> IPChecksum -> port;
ttl_1_0[1] -> host;
fib1[1] -> ttl_1_1 :: DecIPTTL -> mac_1_1 :: EtherRewrite($SRC, 02:00:00:01:00:01) -> IPChecksum -> port;
ttl_1_1[1] -> host;
fib1[2] -> ttl_1_2 :: DecIPTTL -> mac_1_2 :: EtherRewrite($SRC, 02:00:00:01:00:02) -> IPChecksum -> port;
ttl_1_2[1] -> host;
fib1[3] -> ttl_1_3 :: DecIPTTL -> mac_1_3 :: EtherRewrite($SRC, 02:00:00:01:00:03) -> IPChecksum -> port;
ttl_1_3[1] -> host;
Flow(f_1_0, PATH q1 mac_1_0, DELAY_SLO 1ms);
Flow(f_1_1, PATH q1 mac_1_1, DELAY_SLO 1ms);
Flow(f_1_2, PATH q1 mac_1_2, DELAY_SLO 1ms);
Flow(f_1_3, PATH q1 mac_1_3, DELAY_SLO 1ms);
