// SPDX-License-Identifier: GPL-2.0-or-later
// place arp worker -
// place ndp worker -
// Who asks for next hops: with the device's address, with one that is given, and with neighbours that are known beforehand.
in :: FromDevice($IFACE);
in -> Queue -> arp :: ARPQuerier(192.0.2.1, TIMEOUT 60s, POLL_TIMEOUT 20s, RETRY 500ms, QUERIES 5, CAPACITY 100, HOLD 8, HOLD_ALL 64,
	192.0.2.9 02:00:00:00:00:09, 192.0.2.255 ff:ff:ff:ff:ff:ff) -> out :: ToDevice($IFACE);
arp[1] -> ndp :: NDPQuerier(IP 2001:db8::1, MAC 02:00:00:00:00:01, 2001:db8::9 02:00:00:00:00:09) -> VLANPush(7) -> out;
ndp[1] -> ToHost;
