// SPDX-License-Identifier: GPL-2.0-or-later
// simple.click: control traffic and bulk through two functions that gain from batching
//   chain:  CheckIPHeader > IPClassifier > by kind a Queue > Bypass > ToDevice
//   tables: none; control is UDP to port 5000
//   flows:  control, 50 us at 1 kpps; bulk, 1 ms
define($OUT eth1);
in  :: FromDevice($IFACE);
cl  :: IPClassifier(udp and dst port 5000, -);
nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000);
nf2 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000);
out :: ToDevice($OUT);

in -> CheckIPHeader -> cl;
cl[0] -> q1 :: Queue(TRIGGER 8, DEADLINE 50us) -> nf1 -> out;
cl[1] -> q2 :: Queue -> nf2 -> out;

Flow(control, PATH in q1 nf1, DELAY_SLO 50us, RATE_SLO 1kpps);
Flow(bulk, PATH in q2 nf2, DELAY_SLO 1ms, PERCENTILE 95);
