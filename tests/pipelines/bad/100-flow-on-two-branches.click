// expect: 5:20: flow 'f': no packet gets from 'a' to 'b': expected elements in the order packets pass them
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ttl :: DecIPTTL -> a :: Counter -> ToHost;
ttl[1] -> b :: Counter -> Discard;
Flow(f, PATH ttl a b);
