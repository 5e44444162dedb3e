// SPDX-License-Identifier: GPL-2.0-or-later
// Client to server in XDP alone; all but UDP to port 5000 goes up the stack. Used by the namespace tests.
in   :: FromDevice($IFACE);
cl   :: IPClassifier(udp and dst port 5000, -);
host :: ToHost;
in -> cl;
cl[0] -> CheckIPHeader -> ttl :: DecIPTTL -> EtherRewrite(SRC 02:00:00:00:02:01, DST 02:00:00:00:02:02) -> out :: ToDevice(s0);
cl[1] -> host;
ttl[1] -> host;
