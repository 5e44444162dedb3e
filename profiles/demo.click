// SPDX-License-Identifier: GPL-2.0-or-later
// demo.click: what scripts/run.sh shows. A router between a client and a server: UDP to port 5000 is control traffic with a
// tight objective, TCP and all other IP are bulk that may wait for larger batches, the rest belongs to the host.
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
