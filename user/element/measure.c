// SPDX-License-Identifier: GPL-2.0-or-later
/* Measure: histograms for each worker, filled on its thread and merged when somebody asks, on the main thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <elements/measure.h>

#include "user/config/conf.h"
#include "user/lib/hist.h"

struct key {
	uint8_t v6, proto;
	uint16_t sport, dport; /* network order */
	uint8_t src[16], dst[16];
};

struct flow {
	struct key key;
	struct bty_hist delay;
};

struct measure_state {
	struct bty_hist *all;
	struct flow *flow; /* in the order they came */
	uint32_t nflows;
	uint32_t mask;
	uint32_t *slot; /* hash table: index in flow + 1 */
	uint64_t unstamped;
};
_Static_assert(sizeof(struct measure_state) <= MEASURE_STATE, "the description has room for less");

void bty_measure_close(const void *args, void *state)
{
	struct measure_state *s = state;

	free(s->all);
	free(s->flow);
	free(s->slot);
}

int bty_measure_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err)
{
	const struct measure_args *a = args;
	struct measure_state *s = env->state;
	uint32_t slots = 1;

	while (slots < 2 * a->flows)
		slots *= 2;
	s->mask = slots - 1;
	s->all = calloc(1, sizeof(*s->all));
	s->flow = calloc(a->flows + 1, sizeof(*s->flow));
	s->slot = calloc(slots, sizeof(*s->slot));
	if (s->all && s->flow && s->slot)
		return 0;
	bty_measure_close(args, s);
	return bty_fail(err, -ENOMEM, "%s: out of memory", o->element);
}

/* Returns 0 for what is not IP. */
static int read_key(const struct bty_pkt *p, struct key *k)
{
	const struct bty_meta *m = p->meta;
	uint32_t alen = m->flags & BTY_F_IPV6 ? 16 : 4;
	const uint8_t *ip;

	if (!(m->flags & (BTY_F_IPV4 | BTY_F_IPV6)))
		return 0;
	ip = bty_at(p, m->l3_off, m->flags & BTY_F_IPV6 ? 40 : 20);
	if (!ip)
		return 0;
	memset(k, 0, sizeof(*k));
	k->v6 = alen == 16;
	k->proto = m->l4_proto;
	memcpy(k->src, ip + (k->v6 ? 8 : 12), alen);
	memcpy(k->dst, ip + (k->v6 ? 24 : 16), alen);
	if ((m->flags & BTY_F_L4) && m->l4_proto != BTY_PROTO_ICMP && m->l4_proto != BTY_PROTO_ICMPV6) {
		memcpy(&k->sport, p->data + m->l4_off, 2);
		memcpy(&k->dport, p->data + m->l4_off + 2, 2);
	}
	return 1;
}

static uint32_t hash(const struct key *k)
{
	const uint8_t *b = (const uint8_t *)k;
	uint32_t h = 2166136261U, i;

	for (i = 0; i < sizeof(*k); i++)
		h = (h ^ b[i]) * 16777619U; /* FNV-1a */
	return h;
}

/* The histogram of p's flow, or NULL when it has none. */
static struct bty_hist *find(const struct measure_args *a, struct measure_state *s, const struct bty_pkt *p)
{
	struct key k;
	uint32_t at;

	if (!a->flows || !read_key(p, &k))
		return NULL;
	for (at = hash(&k) & s->mask; s->slot[at]; at = (at + 1) & s->mask)
		if (!memcmp(&s->flow[s->slot[at] - 1].key, &k, sizeof(k)))
			return &s->flow[s->slot[at] - 1].delay;
	if (s->nflows == a->flows)
		return NULL;
	s->flow[s->nflows].key = k;
	s->slot[at] = s->nflows + 1;
	/* a reader takes as many as it is told are whole */
	__atomic_store_n(&s->nflows, s->nflows + 1, __ATOMIC_RELEASE);
	return &s->flow[s->nflows - 1].delay;
}

void bty_measure_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	const struct measure_args *a = args;
	struct measure_state *s = env->state;
	struct bty_hist *h;
	struct timespec ts;
	uint64_t now, delay;
	uint32_t i;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	for (i = 0; i < b->n; i++) {
		b->verdict[i] = 0;
		if (!b->pkt[i].meta->ts_ns) {
			s->unstamped++;
			continue;
		}
		delay = now > b->pkt[i].meta->ts_ns ? now - b->pkt[i].meta->ts_ns : 0;
		bty_hist_add(s->all, delay);
		h = find(a, s, &b->pkt[i]);
		if (h)
			bty_hist_add(h, delay);
	}
}

static json_t *hist_json(const struct bty_hist *h)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)h->count, "mean",
			 (json_int_t)(h->count ? h->sum_ns / h->count : 0), "p50",
			 (json_int_t)bty_hist_quantile(h, 0.5), "p95", (json_int_t)bty_hist_quantile(h, 0.95), "p99",
			 (json_int_t)bty_hist_quantile(h, 0.99), "max", (json_int_t)h->max_ns);
}

static json_t *flow_json(const struct flow *f)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	int family = f->key.v6 ? AF_INET6 : AF_INET;

	inet_ntop(family, f->key.src, src, sizeof(src));
	inet_ntop(family, f->key.dst, dst, sizeof(dst));
	return json_pack("{s:s, s:i, s:s, s:i, s:i, s:o}", "saddr", src, "sport", ntohs(f->key.sport), "daddr", dst,
			 "dport", ntohs(f->key.dport), "protocol", f->key.proto, "delay_ns", hist_json(&f->delay));
}

/* A flow that several workers have met is shown for each. */
struct json_t *bty_measure_report(const void *args, void *const *state, int n)
{
	struct bty_hist all = { 0 };
	json_t *flows = json_array();
	uint64_t unstamped = 0;
	uint32_t k, nflows;
	int i;

	for (i = 0; i < n; i++) {
		const struct measure_state *s = state[i];

		bty_hist_merge(&all, s->all);
		unstamped += s->unstamped;
		nflows = __atomic_load_n(&s->nflows, __ATOMIC_ACQUIRE);
		for (k = 0; k < nflows; k++)
			json_array_append_new(flows, flow_json(&s->flow[k]));
	}
	return json_pack("{s:o, s:I, s:o}", "delay_ns", hist_json(&all), "unstamped", (json_int_t)unstamped, "flows",
			 flows);
}
