// SPDX-License-Identifier: GPL-2.0-or-later
// robot-control.click: A control flow beside 15 bulk flows, each behind a function of its own.
//   chain:  CheckIPHeader > IPClassifier by destination port > Queue > Bypass > ToDevice; the control flow's function is
//           nearly free, the others' cost 10000 cycles for each batch
//   tables: none; control is UDP to port 5000, bulk UDP to the ports after it, and the last leaf has all else
//   flows:  control, 35 us at 1 kpps; bulk, 100 ms
// Written by scripts/tables.py robot-control; sizes: LEAVES 16
define($OUT eth1);
in   :: FromDevice($IFACE);
out  :: ToDevice($OUT);
leaf :: IPClassifier(udp and dst port 5000, udp and dst port 5001, udp and dst port 5002, udp and dst port 5003, udp and dst port 5004, udp and dst port 5005, udp and dst port 5006, udp and dst port 5007, udp and dst port 5008, udp and dst port 5009, udp and dst port 5010, udp and dst port 5011, udp and dst port 5012, udp and dst port 5013, udp and dst port 5014, -);
in -> CheckIPHeader -> leaf;
leaf[0] -> control_q :: Queue -> control_nf :: Bypass(CYCLES_PER_PACKET 1, CYCLES_PER_BATCH 1) -> out;
leaf[1] -> q1 :: Queue -> nf1 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[2] -> q2 :: Queue -> nf2 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[3] -> q3 :: Queue -> nf3 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[4] -> q4 :: Queue -> nf4 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[5] -> q5 :: Queue -> nf5 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[6] -> q6 :: Queue -> nf6 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[7] -> q7 :: Queue -> nf7 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[8] -> q8 :: Queue -> nf8 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[9] -> q9 :: Queue -> nf9 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[10] -> q10 :: Queue -> nf10 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[11] -> q11 :: Queue -> nf11 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[12] -> q12 :: Queue -> nf12 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[13] -> q13 :: Queue -> nf13 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[14] -> q14 :: Queue -> nf14 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;
leaf[15] -> q15 :: Queue -> nf15 :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;

Flow(control, PATH control_q control_nf, DELAY_SLO 35us, RATE_SLO 1kpps);
Flow(bulk1, PATH q1 nf1, DELAY_SLO 100ms);
Flow(bulk2, PATH q2 nf2, DELAY_SLO 100ms);
Flow(bulk3, PATH q3 nf3, DELAY_SLO 100ms);
Flow(bulk4, PATH q4 nf4, DELAY_SLO 100ms);
Flow(bulk5, PATH q5 nf5, DELAY_SLO 100ms);
Flow(bulk6, PATH q6 nf6, DELAY_SLO 100ms);
Flow(bulk7, PATH q7 nf7, DELAY_SLO 100ms);
Flow(bulk8, PATH q8 nf8, DELAY_SLO 100ms);
Flow(bulk9, PATH q9 nf9, DELAY_SLO 100ms);
Flow(bulk10, PATH q10 nf10, DELAY_SLO 100ms);
Flow(bulk11, PATH q11 nf11, DELAY_SLO 100ms);
Flow(bulk12, PATH q12 nf12, DELAY_SLO 100ms);
Flow(bulk13, PATH q13 nf13, DELAY_SLO 100ms);
Flow(bulk14, PATH q14 nf14, DELAY_SLO 100ms);
Flow(bulk15, PATH q15 nf15, DELAY_SLO 100ms);
