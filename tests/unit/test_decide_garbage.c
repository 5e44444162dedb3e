// SPDX-License-Identifier: GPL-2.0-or-later
/* Controllers told garbage decide nothing absurd; and a decision allocates nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <float.h>
#include <stdio.h>
#include <cmocka.h>

#include "decide.h"

static uint64_t seed = 88172645463325252ULL;

static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static double garbage(void)
{
	static const double odd[] = { NAN, INFINITY, -INFINITY, -1, 0, -0.0, 1e-300, 1e300, DBL_MAX, -1e18, 1, 1e6 };

	return random64() % 3 ? odd[random64() % 12] : (double)(random64() % 10000000);
}

static void garbage_queue(struct bty_obs_queue *q, int nqueues)
{
	int k;

	q->trigger = random64() % 4 ? random64() % 200 : random64();
	q->capacity = random64() % 4 ? 1u << (random64() % 17) : random64();
	q->deadline_ns = random64() >> (random64() % 64);
	q->trigger_fixed = random64() % 8 == 0;
	q->deadline_fixed = random64() % 8 == 0;
	q->enq = random64() >> (random64() % 64);
	q->rate_pps = garbage();
	q->total_pps = garbage();
	q->batches_ps = garbage();
	q->batch_pkts = garbage();
	q->burst_pkts = garbage();
	q->t0_ns = garbage();
	q->t1_ns = garbage();
	q->pkt_ns = garbage();
	q->wake_ns = garbage();
	q->server = (int)(random64() % 12) - 1;
	q->movable = random64() % 2;
	q->server_fixed = random64() % 4 == 0;
	q->weight = random64();
	q->nfrom = random64() % 3;
	q->nnext = random64() % (BTY_MAX_NEXT + 1);
	for (k = 0; k < q->nnext; k++) {
		q->next[k] = (int)(random64() % (nqueues + 2)) - 1;
		q->next_share[k] = garbage();
	}
}

static void garbage_observer(struct bty_observer *o)
{
	struct bty_obs_flow *f;
	int i, k;

	o->nqueues = random64() % 100 ? random64() % 6 : random64() % 65;
	o->nflows = random64() % 100 ? random64() % 6 : random64() % 257;
	o->last_ns = random64() % 4 ? o->last_ns + random64() % 100000000 : random64();
	o->napi_defer_ns = random64() % 2 ? 0 : random64() >> (random64() % 64);
	o->default_slo_ns = random64() % 2 ? 0 : random64() >> (random64() % 64);
	o->worker = (struct bty_obs_worker){ garbage(), garbage(), garbage(), garbage(), garbage() };
	o->worker.greedy = random64() % 2;
	o->hand_t0_ns = garbage();
	o->hand_t1_ns = garbage();
	for (i = 0; i < o->nextra; i++)
		o->extra[i] = (struct bty_obs_worker){ garbage(), garbage(), garbage(), garbage(), garbage() };
	for (i = 0; i < o->nqueues; i++)
		garbage_queue(&o->queue[i], o->nqueues);
	for (i = 0; i < o->nflows; i++) {
		f = &o->flow[i];
		f->slo_ns = random64() % 3 ? random64() >> (random64() % 64) : 0;
		f->rate_slo_pps = random64() % 2 ? 0 : random64() >> (random64() % 64);
		f->percentile = garbage();
		f->pps = garbage();
		f->measured_ns = random64() >> (random64() % 64);
		f->windows += random64() % 2;
		f->t0_ns = garbage();
		f->t1_ns = garbage();
		f->nqueues = random64() % 5;
		for (k = 0; k < f->nqueues; k++)
			f->queue[k] = (int)(random64() % (o->nqueues + 2)) - 1;
	}
}

static void check_settings(const struct bty_observer *o, const struct bty_decision *d, const uint32_t *capacity)
{
	const struct bty_setting *s;
	int i;

	for (i = 0; i < o->nqueues; i++) {
		s = &d->queue[i];
		assert_true(s->trigger >= 1 && s->trigger <= (capacity[i] ? capacity[i] : 1));
		assert_true(s->deadline_ns >= BTY_DEADLINE_MIN_NS && s->deadline_ns <= BTY_DEADLINE_MAX_NS);
		assert_true(s->weight >= 1 && s->weight <= BTY_WEIGHT_MAX);
		assert_true(s->limit >= 1 && s->limit >= s->trigger && s->limit <= (capacity[i] ? capacity[i] : 1));
		assert_true(s->sample_shift <= 5);
		assert_in_range(s->server, 0, o->nextra);
	}
	for (i = 0; i < o->nflows; i++) {
		assert_true(isfinite(d->flow[i].possible_pps) && d->flow[i].possible_pps >= 0);
		assert_true(d->flow[i].possible_ns <= BTY_DEADLINE_MAX_NS);
	}
}

static void garbage_makes_no_absurd_settings(void **state)
{
	static const char *const name[] = { "slo", "projgrad", "feasdir", "onoff", "slo", "max" };
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision *d = calloc(1, sizeof(*d));
	uint32_t capacity[BTY_MAX_QUEUES];
	struct bty_control *c[6];
	uint64_t clamped = 0;
	int i, k;

	for (i = 0; i < 6; i++) {
		o->wfq = i == 5;
		o->nextra = i == 5 ? 0 : 3;
		o->decompose = i % 2 ? BTY_DECOMPOSE_GREEDY : BTY_DECOMPOSE_SLO;
		c[i] = control_of(i == 5 ? "feasdir" : name[i], o);
	}
	for (i = 0; i < 100000; i++) {
		o->nextra = i % 6 == 5 ? 0 : 3;
		garbage_observer(o);
		for (k = 0; k < o->nqueues; k++)
			capacity[k] = o->queue[k].capacity;
		bty_decide(c[i % 6], o, d);
		check_settings(o, d, capacity);
	}
	for (i = 0; i < 6; i++) {
		clamped += bty_control_clamped(c[i]);
		bty_control_free(c[i]);
	}
	assert_true(clamped > 100000);
	free(o);
	free(d);
}

/* The address sanitizer tells of every allocation. */
int __sanitizer_install_malloc_and_free_hooks(void (*made)(const volatile void *, size_t),
					      void (*freed)(const volatile void *)) __attribute__((weak));

static int allocations;

static void made(const volatile void *p, size_t size)
{
	allocations++;
}

static void freed(const volatile void *p)
{
}

static void a_decision_allocates_nothing(void **state)
{
	static const char *const name[] = { "slo", "null", "max", "fix8", "onoff", "feasdir", "projgrad" };
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision *d = calloc(1, sizeof(*d));
	struct bty_control *c;
	void *volatile p;
	size_t i;
	int k;

	if (!__sanitizer_install_malloc_and_free_hooks)
		skip();
	__sanitizer_install_malloc_and_free_hooks(made, freed);
	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		fill(o, 20);
		c = control_of(name[i], o);
		allocations = 0;
		for (k = 0; k < 5; k++)
			again(c, o, d);
		assert_int_equal(allocations, 0);
		bty_control_free(c);
	}
	p = malloc(10);
	free(p);
	assert_true(allocations > 0);
	free(o);
	free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage_makes_no_absurd_settings),
		cmocka_unit_test(a_decision_allocates_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
