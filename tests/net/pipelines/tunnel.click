// SPDX-License-Identifier: GPL-2.0-or-later
// One Ethernet segment between the client and a VXLAN device at the server, through batches. Used by the namespace tests.
in   :: FromDevice($IFACE);
back :: FromDevice(s0);
cl   :: IPClassifier(net 10.99.0.0/24 or arp, -);
vx   :: VXLANDecap(77);
host :: ToHost;
in -> cl;
cl[0] -> out :: Queue(TRIGGER 4, DEADLINE 500us) -> VXLANEncap(77, 10.77.2.1, 10.77.2.2)
	-> EtherRewrite(02:00:00:00:02:01, 02:00:00:00:02:02) -> ToDevice(s0);
cl[1] -> host;
back -> CheckIPHeader -> home :: Queue(TRIGGER 4, DEADLINE 500us) -> vx -> ToDevice($IFACE);
vx[1] -> Discard;
