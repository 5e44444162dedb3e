// SPDX-License-Identifier: GPL-2.0-or-later
// What a router has beside its table.
in :: FromDevice($IFACE);
ttl :: DecIPTTL;
in -> q :: Queue -> ttl;
ttl[0] -> mtu :: CheckMTU(1500) -> out :: ToDevice(eth1);
mtu[1] -> frag :: IPFragmenter(1500) -> out;
frag[1] -> ICMPError(192.0.2.1, too-big, MTU 1500) -> back;
ttl[1] -> ICMPError(192.0.2.1, time-exceeded, SRC6 2001:db8::1, RATE 0pps) -> back :: ToDevice($IFACE);
