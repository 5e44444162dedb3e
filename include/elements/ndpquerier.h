/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NDPQuerier(IP, MAC, ...): ARPQuerier's twin for IPv6, with the same arguments and the same rules: asks by neighbour solicitation, to
 * the solicited-node group, or by unicast to who is known, from IP and with MAC as its link-layer address, and learns from
 * advertisements: of the Solicited and Override flags as RFC 4861 7.2.5 has it, Solicited only of one that answers a question; and from
 * the source addresses of solicitations, of neighbours that are known (7.2.3). Messages that 7.1 has discarded (hop limit,
 * checksum, lengths), that have more than 104 bytes of options or come behind extension headers teach nothing.
 * Ports: 1 in; out 0: IPv6 packets and solicitations; out 1 (optional): neighbour discovery (ICMPv6 types 133 to 137 with
 * hop limit 255, which no router forwards), unchanged, and what is not IPv6.
 * Drops: no_neighbour, as ARPQuerier; sink: neighbour discovery when out 1 is not connected; not_ip.
 * Source: RFC 4861 7.2 and 7.3, RFC 2464 7 for groups, RFC 6583 for who is not there.
 */
#ifndef ELEMENTS_NDPQUERIER_H
#define ELEMENTS_NDPQUERIER_H

#include <batchy/resolver.h>

#define ndpquerier_FRAMEWORK 1

#ifdef BTY_DESCRIBE
BTY_FRAMEWORK(ndpquerier, .name = "NDPQuerier",
	      .summary = "Finds Ethernet addresses of IPv6 next hops by neighbour discovery.",
	      .source = "RFC 4861, RFC 6583", BTY_QUERIER,
	      .ports = "0: IPv6 packets, and solicitations; 1: neighbour discovery, and what is not IPv6",
	      .configure = bty_ndpquerier_configure, .table_ops = &bty_ndpquerier_tables);
#endif
#endif
