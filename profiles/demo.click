// SPDX-License-Identifier: GPL-2.0-or-later
// demo.click: what scripts/run.sh shows, a router between a client and a server
//   chain:  ethertype > CheckIPHeader > IPClassifier > by kind a Queue > Counter > Bypass > DecIPTTL > EtherRewrite > ToDevice;
//           what is not IPv4, or is for the router, goes to the host
//   tables: none; control is UDP to port 5000, bulk all other IP
//   flows:  control, 500 us; bulk, 5 ms
//   --set OUT=device towards the server, SRC=its MAC address, DST=MAC address of the server
in   :: FromDevice($IFACE);
eth  :: Classifier(12/0800, -);
cl   :: IPClassifier(dst host 10.77.1.1, udp and dst port 5000, -);
nf   :: Bypass(CYCLES_PER_PACKET 200, CYCLES_PER_BATCH 2000);
rw   :: EtherRewrite(SRC $SRC, DST $DST);
host :: ToHost;

in -> eth;
eth[0] -> CheckIPHeader -> cl;
eth[1] -> host;
cl[0] -> host;
cl[1] -> control :: Queue -> c1 :: Counter -> nf;
cl[2] -> bulk :: Queue -> c2 :: Counter -> nf;
nf -> DecIPTTL -> rw -> ToDevice($OUT);

Flow(control, PATH in control nf, DELAY_SLO 500us);
Flow(bulk, PATH in bulk nf, DELAY_SLO 5ms);
