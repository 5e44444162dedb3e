/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ExactMatch(FIELDS field ..., [DEFAULT port,] [FILE entries.txt,] VALUE ... PORT, ...): a packet leaves by the port of the
 * entry whose values its fields have, by DEFAULT when there is none. Fields: `eth.dst eth.src eth.type vlan.id ip.src ip.dst ip.tos
 * ip6.src ip6.dst ip.proto l4.sport l4.dport`, or `OFFSET/LEN`, LEN bytes from the start of the frame; 8 at most, 31
 * bytes together. eth.type is the one after VLAN tags, vlan.id that of the outer tag, ip.proto that of either IP version. A packet that
 * lacks a field matches no entry. An entry has a value for each field: an address, a number, for OFFSET/LEN hexadecimal digits.
 * Of two entries with the same values the later one counts. Updated live: `batchy-agent table set NAME 'VALUE ... PORT'`.
 * Ports: 1 in; out i: packets of entries to port i, at most 64. Entries: as many as memory holds.
 * Drops: no_match without DEFAULT. Source: BESS's ExactMatch.
 */
#ifndef ELEMENTS_EXACTMATCH_H
#define ELEMENTS_EXACTMATCH_H

#include <batchy/match.h>

#define exactmatch_TABLES	1
#define exactmatch_HAS_PREFETCH 1

struct exactmatch_args {
	struct bty_fields fields;
	__u32 mask; /* rows less 1 */
	__u32 deflt;
	struct bty_field_names names;
};

static __always_inline int exactmatch_push(struct bty_pkt *p, const struct exactmatch_args *a, struct bty_env *env)
{
	struct bty_key key = {};
	__u64 value;

	bty_fields_get(p, &a->fields, &key);
	value = bty_match_find(env, &key, a->fields.nwords, a->mask, 0);
	if (value)
		return BTY_MATCH_PORT(value) & (BTY_MAX_OUT - 1);
	return a->deflt == BTY_MATCH_DROP ? bty_drop(NO_MATCH) : (int)(a->deflt & (BTY_MAX_OUT - 1));
}

#ifndef __bpf__
static __always_inline void exactmatch_prefetch(const struct bty_pkt *p, const struct exactmatch_args *a,
						struct bty_env *env)
{
	struct bty_key key = {};

	bty_fields_get(p, &a->fields, &key);
	bty_match_prefetch(env, &key, a->fields.nwords, a->mask, 0);
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/exactmatch.c */
int bty_exactmatch_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_exactmatch_tables;

BTY_ELEMENT(exactmatch, .name = "ExactMatch", .summary = "Sends packets on by a table of the values their fields have.",
	    .source = "BESS", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = BTY_MAX_OUT, .ports = "i: packets of entries to port i, or DEFAULT",
	    .usage = "FIELDS field ..., [DEFAULT port,] VALUE ... PORT, ... or FILE entries.txt, or both: as in "
		     "FIELDS ip.dst l4.dport, 10.0.0.1 80 0",
	    .args_size = sizeof(struct exactmatch_args), .configure = bty_exactmatch_configure,
	    .ntables = exactmatch_TABLES, .table_ops = &bty_exactmatch_tables);
#endif
#endif
