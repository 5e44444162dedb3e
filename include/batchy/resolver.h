/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ARPQuerier and NDPQuerier have in common: their arguments, and the neighbours they know, which are rows of a table that
 * all workers of a pipeline share and that survives `table set`. Included by both and by what carries them out, user/element/
 * {neighbours,messages,resolver,querier}.c.
 */
#ifndef BATCHY_RESOLVER_H
#define BATCHY_RESOLVER_H

#include <batchy/neighbour.h>

#define BTY_NEIGH_WAYS 8
#define BTY_NEIGH_UNKNOWN \
	4 /* of a set's, that neighbours may have who have not answered: a scan leaves room for the others */
#define BTY_RESOLVER_TABLES 2

enum bty_neigh_state { BTY_NEIGH_FREE, BTY_NEIGH_INCOMPLETE, BTY_NEIGH_KNOWN };

/* Known for less than POLL_TIMEOUT is what RFC 4861 calls reachable, for longer, stale. */
struct bty_neigh {
	__u32 addr[4]; /* as in a packet; IPv4: the first word */
	__u8 mac[6];
	__u8 state;	/* enum bty_neigh_state */
	__u8 asked;	/* queries since it last answered */
	__u64 since_ns; /* KNOWN: when it last answered, less for one of whom others have told; INCOMPLETE: first asked */
	__u64 asked_ns; /* the last query */
};

/*
 * A row: neighbours by hash. Table 0, kept: those learned. Table 1: those given, which never change. seq is odd while one worker
 * writes; who reads without writing looks whether it was the same before and after (a seqlock).
 */
struct bty_neigh_set {
	__u32 seq;
	__u32 tag[BTY_NEIGH_WAYS]; /* of the hash: who is not here is not looked for further on */
	__u32 pad;
	struct bty_neigh way[BTY_NEIGH_WAYS];
};

struct bty_resolver_args {
	struct bty_addr src; /* who asks */
	__u64 timeout_ns, poll_ns, retry_ns;
	__u64 seed; /* of the hash: nobody outside knows who shares a set */
	__u32 queries, capacity, hold, hold_all;
	__u32 learned_mask, given_mask; /* of rows by hash */
	__u32 ngiven;
	__s32 device; /* that output 0 leads to, or -1 */
	__u8 mac[6];
	__u8 mac_given, poll_given, v6, has_other_port;
	__u8 pad[6];
};

#define BTY_RESOLVER_STATE 64 /* bytes; user/element/resolver.c alone knows what they are */

#ifndef __bpf__
/* user/element/querier.c */
int bty_arpquerier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
int bty_ndpquerier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
int bty_querier_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
int bty_querier_devices(void *args, const struct bty_device_info *info, struct bty_err *why);
extern const struct bty_arg bty_querier_arg[];
extern const struct bty_table_ops bty_arpquerier_tables, bty_ndpquerier_tables;

/* user/element/resolver.c */
int bty_resolver_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err);
void bty_resolver_close(const void *args, void *state);
void bty_resolver_process(struct bty_batch *b, const void *args, struct bty_env *env);
void bty_resolver_tick(const void *args, struct bty_env *env);
uint32_t bty_resolver_frames(const void *args, uint32_t vec);

#define BTY_QUERIER                                                                                           \
	.kind = BTY_KIND_PACKET, .places = BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,          \
	.args_size = sizeof(struct bty_resolver_args), .args = bty_querier_arg, .finish = bty_querier_finish, \
	.devices = bty_querier_devices, .ntables = BTY_RESOLVER_TABLES, .state_size = BTY_RESOLVER_STATE,     \
	.usage = "IP, [MAC], [TIMEOUT 300s], [POLL_TIMEOUT 60s], [RETRY 1s], [QUERIES 3], [CAPACITY 1024], "  \
		 "[HOLD 16], [HOLD_ALL 256], [ADDRESS MAC, ... or FILE neighbours.txt]",                      \
	.open = bty_resolver_open, .close = bty_resolver_close, .process = bty_resolver_process,              \
	.tick = bty_resolver_tick, .frames = bty_resolver_frames
#endif
#endif
