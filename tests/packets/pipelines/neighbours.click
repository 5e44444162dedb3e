// SPDX-License-Identifier: GPL-2.0-or-later
// Next hops found by ARP and neighbour discovery on two links, one with little room; every packet of either may be a message. Used by
// test_worker_fuzz.c.
in   :: FromDevice($IFACE);
peer :: FromDevice(eth1);
host :: ToHost;
rt   :: IPLookup(0.0.0.0/0 1, 10.0.0.0/8 0, 192.168.0.0/16 192.168.1.7 0, ::/0 2001:db8::7 1, 2001:db8::/32 0);
arp  :: ARPQuerier(10.0.0.1, RETRY 10ms, CAPACITY 64, HOLD 4, HOLD_ALL 32);
ndp  :: NDPQuerier(2001:db8::1, RETRY 10ms, CAPACITY 64, HOLD 4, HOLD_ALL 32);
peer_arp :: ARPQuerier(192.168.1.1, 02:00:00:00:00:09, 192.168.1.7 02:00:00:00:00:07, TIMEOUT 50ms, POLL_TIMEOUT 10ms, RETRY 10ms);
peer_ndp :: NDPQuerier(2001:db8:1::1, 02:00:00:00:00:09, TIMEOUT 50ms, RETRY 10ms, QUERIES 1);

in -> q :: Queue -> arp;
arp -> out :: ToDevice($IFACE);
arp[1] -> ndp -> out;
ndp[1] -> host;
peer -> q2 :: Queue -> eth :: Classifier(12/0806, -);
eth[0] -> peer_arp;
eth[1] -> rt;
rt[0] -> peer_arp;
rt[1] -> peer_ndp;
peer_arp -> peer_out :: ToDevice(eth1);
peer_arp[1] -> peer_ndp -> peer_out;
peer_ndp[1] -> host;
