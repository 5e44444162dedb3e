// SPDX-License-Identifier: GPL-2.0-or-later
// A router for both IP versions that is told nothing of its neighbours: ARP, and neighbour solicitations and advertisements, reach the
// element that asks, and then the host, which answers for the router's addresses. Used by the namespace tests.
define($TIMEOUT 300s, $POLL 60s, $RETRY 1s);
in   :: FromDevice($IFACE);
peer :: FromDevice(s0);
host :: ToHost;
rt   :: IPLookup(10.77.1.1/32 2, 10.77.2.1/32 2, 224.0.0.0/4 2, fd77:1::1/128 2, fd77:2::1/128 2, fe80::/10 2, ff00::/8 2,
	10.77.1.0/24 0, fd77:1::/64 0, 10.77.2.0/24 1, fd77:2::/64 1, 10.99.0.0/16 10.77.2.2 1, fd99::/16 fd77:2::2 1);

in -> cl :: Classifier(12/0806, 12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, -);
cl[0] -> told :: Queue(TRIGGER 1) -> arp;
cl[1] -> told;
cl[2] -> told;
cl[3] -> CheckIPHeader -> q :: Queue -> rt;
peer -> peer_cl :: Classifier(12/0806, 12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, -);
peer_cl[0] -> peer_told :: Queue(TRIGGER 1) -> peer_arp;
peer_cl[1] -> peer_told;
peer_cl[2] -> peer_told;
peer_cl[3] -> CheckIPHeader -> peer_q :: Queue -> rt;

rt[0] -> ttl :: DecIPTTL -> arp :: ARPQuerier(10.77.1.1, TIMEOUT $TIMEOUT, POLL_TIMEOUT $POLL, RETRY $RETRY) -> out :: ToDevice($IFACE);
arp[1] -> ndp :: NDPQuerier(fd77:1::1, TIMEOUT $TIMEOUT, POLL_TIMEOUT $POLL, RETRY $RETRY) -> out;
rt[1] -> peer_ttl :: DecIPTTL -> peer_arp :: ARPQuerier(10.77.2.1, TIMEOUT $TIMEOUT, POLL_TIMEOUT $POLL, RETRY $RETRY) -> peer_out :: ToDevice(s0);
peer_arp[1] -> peer_ndp :: NDPQuerier(fd77:2::1, TIMEOUT $TIMEOUT, POLL_TIMEOUT $POLL, RETRY $RETRY) -> peer_out;
ndp[1] -> host;
peer_ndp[1] -> host;
rt[2] -> host;
ttl[1] -> host;
peer_ttl[1] -> host;
