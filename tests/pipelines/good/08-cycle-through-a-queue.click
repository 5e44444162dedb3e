// SPDX-License-Identifier: GPL-2.0-or-later
// place q xdp+worker xsk
// place again worker worker
FromDevice($IFACE) -> q :: Queue -> ttl :: DecIPTTL -> again :: Queue -> ttl;
ttl[1] -> ToHost;
Flow(twice, PATH ttl again ttl);
