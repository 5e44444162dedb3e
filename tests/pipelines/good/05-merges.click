// SPDX-License-Identifier: GPL-2.0-or-later
// place q xdp+worker xsk
// place ttl worker -
a :: FromDevice($IFACE);
b :: FromDevice(eth1);
a -> q :: Queue -> ttl :: DecIPTTL -> out :: ToHost;
b -> q;
ttl[1] -> out;
Flow(from_b, PATH b q, DELAY_SLO 1s);
