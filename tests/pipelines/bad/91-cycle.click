// expect: 3:29: packets would go round a -> ttl -> b -> a: expected a Queue on the way
// SPDX-License-Identifier: GPL-2.0-or-later
in :: FromDevice($IFACE) -> a :: Counter -> ttl :: DecIPTTL -> ToHost;
ttl[1] -> b :: Counter -> a;
