// expect: 3:73: 'q2' is fed from XDP by 'ttl' and from a worker by 'c': expected one Queue for each
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ttl :: DecIPTTL -> q1 :: Queue -> c :: Counter -> q2 :: Queue -> ToHost;
ttl[1] -> q2;
