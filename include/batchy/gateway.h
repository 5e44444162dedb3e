/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * To whom a routed packet goes next. A route lookup leaves it in bty_meta.anno, for elements behind it that need the
 * Ethernet address: 0: the packet's own destination is the next hop. Otherwise, of an IPv4 packet, the gateway's address as in a
 * packet; of an IPv6 packet, the gateway's number in the pipeline's table of gateways, which bty_gateway() turns into its
 * address. A number means the same gateway as long as the pipeline runs, also to packets that wait in a queue while tables are
 * changed.
 */
#ifndef BATCHY_GATEWAY_H
#define BATCHY_GATEWAY_H

#include <batchy/element.h>
#ifdef __bpf__
#include <maps/maps.bpf.h>

/* The gateway's IPv6 address, 16 bytes as in a packet; NULL for a number that was never given. */
static __always_inline const __u8 *bty_gateway(struct bty_env *env, __u32 number)
{
	return bpf_map_lookup_elem(&bty_gateways, &number);
}
#else
static __always_inline const __u8 *bty_gateway(struct bty_env *env, __u32 number)
{
	return number < BTY_MAX_GATEWAYS ? env->gateways + (size_t)number * 16 : NULL;
}
#endif

#endif
