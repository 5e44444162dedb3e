// SPDX-License-Identifier: GPL-2.0-or-later
// Client to server through two queues, by UDP port; all else goes up the stack. Used by the namespace tests.
in   :: FromDevice($IFACE);
ip   :: Classifier(12/0800, -);
cl   :: IPClassifier(udp and dst port 5000, udp and dst port 5001, -);
rw   :: EtherRewrite(SRC 02:00:00:00:02:01, DST 02:00:00:00:02:02);
host :: ToHost;
in -> ip;
ip[0] -> CheckIPHeader -> cl;
ip[1] -> host;
cl[0] -> q1 :: Queue(TRIGGER 8, DEADLINE 2ms) -> c1 :: Counter -> rw;
cl[1] -> q2 :: Queue(TRIGGER 8, DEADLINE 2ms) -> c2 :: Counter -> rw;
cl[2] -> host;
rw -> ToDevice(s0);
