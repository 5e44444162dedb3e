// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts what the sink receives; called by the sink per frame, and by the report at the end. */
#include <errno.h>
#include <stdlib.h>

#include "account.h"
#include "frame.h"

int gen_account_init(struct gen_account *a, uint32_t n_flows, struct bty_err *err)
{
	*a = (struct gen_account){ .n_flows = n_flows };
	a->flow = calloc(n_flows, sizeof(*a->flow));
	if (!a->flow)
		return bty_fail(err, -ENOMEM, "table of %u flows: out of memory; lower --expect-flows", n_flows);
	return 0;
}

void gen_account_free(struct gen_account *a)
{
	free(a->flow);
	a->flow = NULL;
}

static bool test_and_set(struct gen_flow *f, uint64_t seq)
{
	uint64_t *word = &f->window[seq % GEN_WINDOW / 64], bit = 1ULL << seq % 64;
	bool was = *word & bit;

	*word |= bit;
	return was;
}

/* Forgets the numbers that leave the window as it moves up to seq. */
static void advance(struct gen_flow *f, uint64_t seq)
{
	uint64_t s = f->next;
	unsigned int i;

	if (seq - s >= GEN_WINDOW)
		s = seq - GEN_WINDOW + 1;
	for (i = 0; i < GEN_WINDOW && s <= seq; i++, s++)
		f->window[s % GEN_WINDOW / 64] &= ~(1ULL << s % 64);
	f->next = seq + 1;
}

static uint64_t missing_now(const struct gen_account *a, const struct gen_flow *f)
{
	uint64_t span = f->next - (a->joined ? f->first : 0);

	/* a duplicate older than the window counts as unique, so unique can pass the span */
	return span > f->unique ? span - f->unique : 0;
}

/* The sender began again: what is missing of its last run is final. */
static void restart(struct gen_account *a, struct gen_flow *f)
{
	f->missing_before += missing_now(a, f);
	f->next = f->first = f->unique = 0;
	for (unsigned int i = 0; i < GEN_WINDOW / 64; i++)
		f->window[i] = 0;
	a->restarts++;
}

/* The number on the wire has 32 bits: the full one nearest to what is expected. */
static uint64_t extend(const struct gen_flow *f, uint32_t seq)
{
	int64_t full = (int64_t)f->next + (int32_t)(seq - (uint32_t)f->next);

	return full < 0 ? seq : (uint64_t)full;
}

static void account_seq(struct gen_account *a, struct gen_flow *f, const struct gen_seen *seen)
{
	uint64_t seq = f->next ? extend(f, seen->seq) : seen->seq;

	/* stamps of one run rise with the number, so a lower number with a later stamp belongs to a new run */
	if (seq < f->next && seen->sent_ns > f->newest_sent_ns) {
		restart(a, f);
		seq = seen->seq;
	}
	if (!f->next)
		f->first = seq;
	if (seq >= f->next) {
		advance(f, seq);
		test_and_set(f, seq);
		f->newest_sent_ns = seen->sent_ns;
		f->unique++;
		return;
	}
	if (f->next - seq > GEN_WINDOW) {
		a->beyond++;
	} else if (test_and_set(f, seq)) {
		f->duplicates++;
		a->duplicates++;
		return;
	}
	if (seq < f->first)
		f->first = seq;
	f->unique++;
	f->reordered++;
	a->reordered++;
}

void gen_account_frame(struct gen_account *a, const uint8_t *data, size_t len, uint64_t arrival_ns)
{
	struct gen_seen seen;

	if (!gen_frame_parse(data, len, &seen)) {
		a->foreign++;
		return;
	}
	if (seen.corrupt) {
		a->corrupted++;
		return;
	}
	if (seen.flow >= a->n_flows || (a->dport && seen.dport != a->dport)) {
		a->unexpected++;
		return;
	}
	a->bad_ip += seen.bad_ip;
	a->bad_udp += seen.bad_udp;
	if (!a->received)
		a->first_ns = arrival_ns;
	else
		bty_hist_add(&a->gap, arrival_ns > a->last_ns ? arrival_ns - a->last_ns : 0);
	/* frames of several receive queues are read queue by queue */
	if (arrival_ns > a->last_ns)
		a->last_ns = arrival_ns;
	a->received++;
	a->bytes += len;
	if (arrival_ns < seen.sent_ns)
		a->negative++;
	bty_hist_add(&a->delay, arrival_ns > seen.sent_ns ? arrival_ns - seen.sent_ns : 0);
	a->flow[seen.flow].received++;
	account_seq(a, &a->flow[seen.flow], &seen);
}

uint64_t gen_account_flow_missing(const struct gen_account *a, const struct gen_flow *f)
{
	return f->missing_before + missing_now(a, f);
}

void gen_account_losses(const struct gen_account *a, struct gen_losses *l)
{
	const struct gen_flow *f;
	uint32_t i;

	*l = (struct gen_losses){ 0 };
	for (i = 0; i < a->n_flows; i++) {
		f = &a->flow[i];
		if (!f->received)
			continue;
		l->flows++;
		l->missing += gen_account_flow_missing(a, f);
		if (!a->joined)
			l->head += f->first;
	}
}
