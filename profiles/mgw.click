// SPDX-License-Identifier: GPL-2.0-or-later
// mgw.click: Mobile gateway over GTP-U: 4 users, 2 bearers each; the last of several is best effort.
//   uplink:   CheckIPHeader > GTPUDecap > by bearer: Queue > Bypass > DecIPTTL > IPLookup > EtherRewrite > ToDevice
//   downlink: CheckIPHeader > by bearer: Queue > Bypass > DecIPTTL > by user: GTPUEncap (TEID and QFI of the bearer) >
//           IPLookup > EtherRewrite > ToDevice
//   tables: routes.txt, 100 routes; users and TEIDs in the file: users 10.60.0.1 and up, base stations 10.61.0.1 and up,
//           servers' UDP ports 6000 and up choose the bearer
//   flows:  ulB and dlB for bearer B: B + 1 times 1 ms and 10 kpps
// Written by scripts/tables.py mgw; sizes: USERS 4, BEARERS 2, ROUTES 100
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
decap :: GTPUDecap;
dir[0] -> decap -> ul_check :: CheckIPHeader -> ul;
decap[1] -> host;
ul :: IPClassifier(udp and dst port 6000, -);
ul[0] -> ul_q0 :: Queue -> ul_nf0 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000) -> ttl;
ul[1] -> ul_q1 :: Queue -> ul_nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000) -> ttl;
ttl -> fib;

// downlink
dl :: IPClassifier(udp and src port 6000, -);
dir[1] -> dl;
dl[0] -> dl_q0 :: Queue -> dl_nf0 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000)
	-> dl_ttl0 :: DecIPTTL -> ue0 :: IPClassifier(dst host 10.60.0.1, dst host 10.60.0.2, dst host 10.60.0.3, dst host 10.60.0.4, -);
dl_ttl0[1] -> host;
ue0[4] -> host;
ue0[0] -> GTPUEncap(0x3ecf4366, SRC $GATEWAY, DST 10.61.0.1, QFI 1) -> fib;
ue0[1] -> GTPUEncap(0xa1787f5a, SRC $GATEWAY, DST 10.61.0.1, QFI 1) -> fib;
ue0[2] -> GTPUEncap(0xad3038bd, SRC $GATEWAY, DST 10.61.0.1, QFI 1) -> fib;
ue0[3] -> GTPUEncap(0x9c9447a5, SRC $GATEWAY, DST 10.61.0.1, QFI 1) -> fib;
dl[1] -> dl_q1 :: Queue -> dl_nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000)
	-> dl_ttl1 :: DecIPTTL -> ue1 :: IPClassifier(dst host 10.60.0.1, dst host 10.60.0.2, dst host 10.60.0.3, dst host 10.60.0.4, -);
dl_ttl1[1] -> host;
ue1[4] -> host;
ue1[0] -> GTPUEncap(0x73a05e80, SRC $GATEWAY, DST 10.61.0.1, QFI 2) -> fib;
ue1[1] -> GTPUEncap(0xef373357, SRC $GATEWAY, DST 10.61.0.1, QFI 2) -> fib;
ue1[2] -> GTPUEncap(0xe701720e, SRC $GATEWAY, DST 10.61.0.1, QFI 2) -> fib;
ue1[3] -> GTPUEncap(0x34f10088, SRC $GATEWAY, DST 10.61.0.1, QFI 2) -> fib;

Flow(ul0, PATH ul_q0 ul_nf0, DELAY_SLO 1ms, RATE_SLO 10kpps);
Flow(ul1, PATH ul_q1 ul_nf1);
Flow(dl0, PATH dl_q0 dl_nf0, DELAY_SLO 1ms, RATE_SLO 10kpps);
Flow(dl1, PATH dl_q1 dl_nf1);
