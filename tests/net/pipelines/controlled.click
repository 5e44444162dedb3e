// SPDX-License-Identifier: GPL-2.0-or-later
// One queue that is the controller's to set, under an objective. Used by the namespace tests.
in   :: FromDevice($IFACE);
cl   :: IPClassifier(udp and dst port 5000, -);
in -> cl;
cl[0] -> q1 :: Queue -> nf :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000)
	-> EtherRewrite(SRC 02:00:00:00:02:01, DST 02:00:00:00:02:02) -> ToDevice(s0);
cl[1] -> ToHost;
Flow(bulk, PATH in cl q1 nf, DELAY_SLO 2ms);
