// SPDX-License-Identifier: GPL-2.0-or-later
// What a router has beside its table.
in :: FromDevice($IFACE);
ttl :: DecIPTTL;
in -> arp :: ARPResponder(192.0.2.1 02:00:00:00:00:01, 192.0.2.16/28 02:00:00:00:00:02) -> back;
arp[1] -> nd :: NDPResponder(2001:db8::1 02:00:00:00:00:01, ROUTER true) -> back;
nd[1] -> q :: Queue -> ttl;
ttl[0] -> mtu :: CheckMTU(1500) -> out :: ToDevice(eth1);
mtu[1] -> frag :: IPFragmenter(1500) -> out;
frag[1] -> ICMPError(192.0.2.1, too-big, MTU 1500) -> back;
ttl[1] -> ICMPError(192.0.2.1, time-exceeded, SRC6 2001:db8::1, RATE 0pps) -> back :: ToDevice($IFACE);
in2 :: FromDevice(eth1) -> users :: GTPUDecapTable(0x1001 1, 0x1002 2, PORT 2152) -> GTPUEncapTable(SRC 192.0.2.1, 10.0.0.1 0x2001 192.0.2.9 5) -> back;
users[1] -> vnis :: VXLANDecapTable(1 1, 2, PORT 4789) -> cpes :: VXLANEncapTable(SRC 192.0.2.1, 10.0.0.1 1 192.0.2.9) -> back;
vnis[1] -> Discard;
cpes[1] -> Discard;
