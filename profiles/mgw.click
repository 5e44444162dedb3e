// SPDX-License-Identifier: GPL-2.0-or-later
// mgw.click: Mobile gateway over GTP-U: 100 users, 2 bearers each; the last of several is best effort.
//   uplink:   CheckIPHeader > GTPUDecapTable > PaintSwitch by bearer: Queue > Bypass > DecIPTTL > IPLookup > EtherRewrite >
//           ToDevice
//   downlink: CheckIPHeader > by bearer: Queue > Bypass > DecIPTTL > GTPUEncapTable (TEID and QFI of the user's bearer) >
//           IPLookup > EtherRewrite > ToDevice
//   tables: routes.txt, 100 routes; teids.txt, the uplink's TEIDs and their bearers; downlink-B.txt, for bearer B the TEID
//           and base station of each user: users 10.60.0.1 and up, base stations 10.61.0.1 and up, one for sixteen users;
//           servers' UDP ports 6000 and up choose the bearer downlink
//   flows:  ulB and dlB for bearer B: B + 1 times 1 ms and 10 kpps
// Written by scripts/tables.py mgw; sizes: USERS 100, BEARERS 2, ROUTES 100
define($OUT eth1, $SRC 02:00:00:00:00:01, $TABLES mgw);
define($GATEWAY 10.61.255.1);
in   :: FromDevice($IFACE);
eth  :: Classifier(12/0800, -);
host :: ToHost;
out  :: ToDevice($OUT);
fib  :: IPLookup(FILE $TABLES/routes.txt);
ttl  :: DecIPTTL;
dir  :: IPClassifier(dst host $GATEWAY and udp and dst port 2152, dst net 10.60.0.0/16, -);
in -> eth -> CheckIPHeader -> dir;
eth[1] -> host;
dir[2] -> host;
ttl[1] -> host;
fib[0] -> servers :: EtherRewrite($SRC, 02:00:00:01:00:00) -> out;
fib[1] -> stations :: EtherRewrite($SRC, 02:00:00:01:01:00) -> out;

// uplink
decap :: GTPUDecapTable(FILE $TABLES/teids.txt);
ul :: PaintSwitch;
dir[0] -> decap -> ul_check :: CheckIPHeader -> ul;
decap[1] -> host;
ul[0] -> ul_q0 :: Queue -> ul_nf0 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000) -> ttl;
ul[1] -> ul_q1 :: Queue -> ul_nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000) -> ttl;
ttl -> fib;

// downlink
dl :: IPClassifier(udp and src port 6000, -);
dir[1] -> dl;
dl[0] -> dl_q0 :: Queue -> dl_nf0 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000)
	-> dl_ttl0 :: DecIPTTL -> encap0 :: GTPUEncapTable(SRC $GATEWAY, FILE $TABLES/downlink-0.txt) -> fib;
dl_ttl0[1] -> host;
encap0[1] -> host;
dl[1] -> dl_q1 :: Queue -> dl_nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000)
	-> dl_ttl1 :: DecIPTTL -> encap1 :: GTPUEncapTable(SRC $GATEWAY, FILE $TABLES/downlink-1.txt) -> fib;
dl_ttl1[1] -> host;
encap1[1] -> host;

Flow(ul0, PATH ul_q0 ul_nf0, DELAY_SLO 1ms, RATE_SLO 10kpps);
Flow(ul1, PATH ul_q1 ul_nf1);
Flow(dl0, PATH dl_q0 dl_nf0, DELAY_SLO 1ms, RATE_SLO 10kpps);
Flow(dl1, PATH dl_q1 dl_nf1);
