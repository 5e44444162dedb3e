/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ARPQuerier(IP, MAC, TIMEOUT 300s, POLL_TIMEOUT 60s, RETRY 1s, QUERIES 3, CAPACITY 1024, HOLD 16, HOLD_ALL 256, ADDRESS MAC ...;
 * FILE path): gives IPv4 packets the Ethernet addresses with which they reach their next hop (batchy/gateway.h), and asks by ARP
 * for those it does not know. IP and MAC are the router's own on that link; MAC may be left out where output 0 leads to a ToDevice
 * at once, whose address counts then. One element for each link. Tags come behind it (VLANPush), so that queries have them too.
 * Answers have to reach its input: it knows ARP by the ethertype, learns, and passes it on by output 1.
 *
 * A neighbour that is not known is asked for by broadcast each RETRY, QUERIES times at most, whatever the packets for it. These wait,
 * the newest HOLD for each neighbour and HOLD_ALL in each worker, and then go before those that come later. One that has not
 * answered for POLL_TIMEOUT (0: never) is asked again once it is used, by unicast; when QUERIES of these remain without an answer it is
 * unknown again, as when it has not answered for TIMEOUT. Who is not asked for is not learned: requests and announcements (RFC 5227)
 * change the address of a neighbour that is known, which is then asked as after POLL_TIMEOUT. CAPACITY: neighbours that may be known;
 * there are 8 places for each, twice as many in all, half of them for those that have not answered; who finds none is not asked.
 * Broadcast and multicast destinations have their own addresses (RFC 1112). What is given (`table set NAME 'ADDRESS MAC'`) is
 * not asked for and does not change; `table show` has what was learned too.
 * Ports: 1 in; out 0: IPv4 packets and queries; out 1 (optional): ARP, unchanged, and what is not IPv4.
 * Drops: no_neighbour: no answer, too many wait, or no place; sink: ARP when out 1 is not connected; not_ip.
 * Source: RFC 826, RFC 1122 2.3.2, RFC 5227; Click's ARPQuerier.
 */
#ifndef ELEMENTS_ARPQUERIER_H
#define ELEMENTS_ARPQUERIER_H

#include <batchy/resolver.h>

#define arpquerier_FRAMEWORK 1

#ifdef BTY_DESCRIBE
BTY_FRAMEWORK(arpquerier, .name = "ARPQuerier", .summary = "Finds Ethernet addresses of IPv4 next hops by ARP.",
	      .source = "RFC 826, RFC 1122, RFC 5227; Click", BTY_QUERIER,
	      .ports = "0: IPv4 packets, and queries; 1: ARP, and what is not IPv4",
	      .configure = bty_arpquerier_configure, .table_ops = &bty_arpquerier_tables);
#endif
#endif
