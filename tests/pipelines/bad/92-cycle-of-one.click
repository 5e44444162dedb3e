// expect: 3:23: packets would go round ttl -> ttl: expected a Queue on the way
// SPDX-License-Identifier: GPL-2.0-or-later
FromDevice($IFACE) -> ttl :: DecIPTTL -> ToHost;
ttl[1] -> ttl;
