/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every reason for which a packet ends without being sent or passed. One line per reason: name in the code, name in
 * `status --json`, what it means. Order is ABI (the index is stored): append only.
 */
#ifndef BATCHY_DROP_H
#define BATCHY_DROP_H

#define BTY_DROP_REASONS(X)                                                                     \
	X(NONE, "none", "not dropped")                                                          \
	X(DISCARD, "discard", "reached a Discard element")                                      \
	X(QUEUE_FULL, "queue_full", "a Queue held its CAPACITY")                                \
	X(RUNT, "runt", "shorter than its headers say")                                         \
	X(BAD_IP_HEADER, "bad_ip_header", "IP version, header length or total length is wrong") \
	X(BAD_CHECKSUM, "bad_checksum", "IPv4 header checksum is wrong")                        \
	X(NOT_IP, "not_ip", "an element about IP got another protocol")                         \
	X(TTL_EXPIRED, "ttl_expired", "TTL or hop limit ran out")                               \
	X(NO_ROUTE, "no_route", "no route to the destination")                                  \
	X(NO_MATCH, "no_match", "no pattern of a classifier matched")                           \
	X(TX_FULL, "tx_full", "the transmit ring of the output device stayed full")             \
	X(TX_ERROR, "tx_error", "the output device refused the packet")                         \
	X(RX_LOST, "rx_lost", "the kernel could not put it in the queue: no frame or no slot")  \
	X(HOST_ERROR, "host_error", "the tap device towards the host refused the packet")       \
	X(NO_MEMORY, "no_memory", "no free frame or batch")                                     \
	X(SHUTDOWN, "shutdown", "still queued when the pipeline stopped")                       \
	X(TOO_BIG, "too_big", "larger than the frame or the output MTU")                        \
	X(BAD_STATE, "bad_state", "metadata was missing or inconsistent")                       \
	X(NO_ROOM, "no_room", "the frame has no room for a header that was to be added")        \
	X(BROADCAST, "broadcast", "to an Ethernet broadcast or multicast address")              \
	X(NOT_TUNNEL, "not_tunnel", "a decapsulating element got what is not of its tunnel")    \
	X(SINK, "sink", "was to end here: at a Sink, or a message to the element")              \
	X(ICMP_LIMITED, "icmp_limited", "an ICMP error was due, but their rate is used up")     \
	X(NOT_ASKED, "not_asked", "no ARP or ND request for an address that is answered for")   \
	X(NO_TUNNEL, "no_tunnel", "no tunnel for the destination, or of this VNI")              \
	X(UNKNOWN_TEID, "unknown_teid", "a tunnel endpoint identifier that nobody has")         \
	X(ACL_DENIED, "acl_denied", "a rule of an ACL denies it")                               \
	X(RATE_LIMITED, "rate_limited", "beyond what a RateLimiter lets pass")                  \
	X(NO_TRANSLATION, "no_translation", "a StaticNAT has no translation for its address")   \
	X(SAME_PORT, "same_port", "to a station behind the device it came from")                \
	X(NO_NEIGHBOUR, "no_neighbour", "nobody answers for its next hop, or too many wait for it")

enum bty_drop {
#define X(id, name, what) BTY_DROP_##id,
	BTY_DROP_REASONS(X)
#undef X
		BTY_DROP_COUNT
};

#define BTY_DROP_MAX 32 /* slots in struct bty_el_stats; room to append */
_Static_assert(BTY_DROP_COUNT <= BTY_DROP_MAX, "struct bty_el_stats has no slot for a reason");

#endif
