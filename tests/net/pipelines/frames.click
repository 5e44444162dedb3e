// SPDX-License-Identifier: GPL-2.0-or-later
// Sorts frames by what the parser makes of them, and forwards what is sound IP. Used by the namespace tests.
in    :: FromDevice($IFACE);
cl    :: IPClassifier(vlan and udp and dst port 5000, udp and dst port 5000, ip frag, -);
check :: CheckIPHeader;
q     :: Queue(TRIGGER 8, DEADLINE 1ms);
in -> cl;
cl[0] -> tagged :: Counter -> q;
cl[1] -> port :: Counter -> q;
cl[2] -> fragment :: Counter -> q;
cl[3] -> other :: Counter -> q;
q -> check -> ToDevice(s0);
