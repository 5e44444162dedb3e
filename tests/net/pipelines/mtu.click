// SPDX-License-Identifier: GPL-2.0-or-later
// A router whose way to the server takes 1300 bytes. Used by the namespace tests.
in  :: FromDevice($IFACE);
ttl :: DecIPTTL;
in -> ip :: IPClassifier(net 10.77.2.0/24 or net fd77:2::/64, -);
ip[1] -> ToHost;
ip[0] -> q :: Queue(TRIGGER 1) -> mtu :: CheckMTU(1300) -> ttl;
mtu[1] -> frag :: IPFragmenter(1300) -> ttl;
frag[1] -> ICMPError(10.77.1.1, too-big, MTU 1300, SRC6 fd77:1::1) -> ToDevice($IFACE);
ttl[0] -> EtherRewrite(02:00:00:00:02:01, 02:00:00:00:02:02) -> ToDevice(s0);
ttl[1] -> Discard;
