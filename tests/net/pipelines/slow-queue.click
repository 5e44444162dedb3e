// SPDX-License-Identifier: GPL-2.0-or-later
// One queue that only its deadline releases at low rates. Used by the namespace tests.
in   :: FromDevice($IFACE);
cl   :: IPClassifier(udp and dst port 5000, -);
in -> cl;
cl[0] -> q1 :: Queue(TRIGGER 32, DEADLINE 5ms)
	-> EtherRewrite(SRC 02:00:00:00:02:01, DST 02:00:00:00:02:02) -> ToDevice(s0);
cl[1] -> ToHost;
