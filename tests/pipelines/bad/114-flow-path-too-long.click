// expect: 4:78: Flow@6: PATH: expected 32 elements at most
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> w :: Queue -> ttl :: DecIPTTL -> q :: Queue -> ttl; ttl[1] -> ToHost;
Flow(a, PATH q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q q);
