/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One worker element natively that makes and keeps packets, on simulated time: batches go in, what leaves is noted in order, and
 * no packet may end twice or be forgotten. Included by test_el_*.c, which have el.h.
 */
#ifndef TESTS_UNIT_OWN_H
#define TESTS_UNIT_OWN_H

#include "el.h"

#define OWN_FRAMES 2048

struct own_packet {
	int port; /* or minus a drop reason */
	uint32_t len;
	struct bty_meta meta;
	uint8_t data[FRAME_SIZE];
};

/* One element under test; own points to it because frames and packets are too many for a stack. */
struct own {
	struct el el;
	uint8_t *area;
	uint8_t used[OWN_FRAMES];
	unsigned int nused, limit; /* frames in use, and at most */
	struct own_packet *out;	   /* what has left, in order */
	struct own_packet *spare;  /* as long: what a batch emits */
	unsigned int nout;
	struct bty_batch batch;
	uint64_t now_ns;
};

static struct own *own;

static int own_frame(void)
{
	int i;

	if (own->nused >= own->limit)
		return -1;
	for (i = 0; own->used[i]; i++)
		;
	own->used[i] = 1;
	own->nused++;
	return i;
}

/* The packet ends: by a port, or dropped. */
static void own_end(const struct bty_pkt *p, int port)
{
	struct own_packet *o = &own->out[own->nout++];

	assert_in_range(own->nout, 1, OWN_FRAMES);
	assert_int_equal(own->used[p->frame], 1);
	own->used[p->frame] = 0;
	own->nused--;
	o->port = port;
	o->len = bty_len(p);
	o->meta = *p->meta;
	memcpy(o->data, p->data, o->len);
}

static void own_place(struct bty_pkt *p, int frame, const uint8_t *bytes, uint32_t len)
{
	frame_place(own->area + (size_t)frame * FRAME_SIZE, p, bytes, len);
	p->frame = frame;
}

static int own_make(struct bty_env *env, __u32 len, struct bty_pkt *p)
{
	static const uint8_t zero[FRAME_SIZE];
	int frame = own_frame();

	if (frame < 0)
		return -ENOMEM;
	own_place(p, frame, zero, len);
	return 0;
}

static void own_emit(struct bty_env *env, int port, const struct bty_pkt *p)
{
	own_end(p, port);
}

static void own_discard(struct bty_env *env, const struct bty_pkt *p, int reason)
{
	own_end(p, -reason);
}

static const struct bty_env_ops own_ops = { .make = own_make, .emit = own_emit, .discard = own_discard };

/* Takes what EL_CONFIGURE or EL_LOAD has made of the arguments. */
static void own_open(const struct el *el)
{
	static const struct bty_open o = { .file = "test.click", .element = "el", .vec = 64, .room = 3584 };

	own = calloc(1, sizeof(*own));
	assert_non_null(own);
	own->el = *el;
	own->limit = OWN_FRAMES;
	own->area = calloc(OWN_FRAMES, FRAME_SIZE);
	own->out = calloc(OWN_FRAMES, sizeof(*own->out));
	own->now_ns = own->el.env.now_ns = 1000000000000ULL;
	own->el.env.ops = &own_ops;
	if (el->cls->state_size)
		own->el.env.state = calloc(1, el->cls->state_size);
	own->spare = calloc(OWN_FRAMES, sizeof(*own->spare));
	assert_true(own->area && own->out && own->spare);
	if (el->cls->open)
		assert_int_equal(el->cls->open(own->el.args, &own->el.env, &o, &own->el.err), 0);
}

static void own_close(void)
{
	if (own->el.cls->close)
		own->el.cls->close(own->el.args, own->el.env.state);
	free(own->el.env.state);
	el_free_tables(&own->el);
	ASAN_UNPOISON_MEMORY_REGION(own->area, (size_t)OWN_FRAMES * FRAME_SIZE);
	free(own->area);
	free(own->out);
	free(own->spare);
	free(own);
	own = NULL;
}

/* One more packet of the batch. */
static inline struct bty_pkt *own_add(const uint8_t *bytes, uint32_t len)
{
	struct bty_pkt *p = &own->batch.pkt[own->batch.n];
	int frame = own_frame();

	assert_true(frame >= 0);
	own_place(p, frame, bytes, len);
	bty_parse(p);
	own->batch.n++;
	return p;
}

/* The batch goes through; what leaves by a verdict does so before what is emitted, as in a worker. Returns how much left. */
static inline unsigned int own_run(void)
{
	struct own_packet *all = own->out, *emitted = own->spare;
	struct bty_batch *b = &own->batch;
	unsigned int i, n;

	own->out = emitted;
	own->nout = 0;
	own->el.env.now_ns = own->now_ns;
	own->el.cls->process(b, own->el.args, &own->el.env);
	n = own->nout;
	own->out = all;
	own->nout = 0;
	for (i = 0; i < b->n; i++)
		if (b->verdict[i] != BTY_HELD)
			own_end(&b->pkt[i], b->verdict[i]);
	assert_in_range(own->nout + n, 0, OWN_FRAMES);
	memcpy(own->out + own->nout, emitted, n * sizeof(*emitted));
	own->nout += n;
	b->n = 0;
	return own->nout;
}

/* Time passes; tick() is called when it asked to be. Returns how many packets left. */
static inline unsigned int own_wait(uint64_t ns)
{
	struct bty_env *env = &own->el.env;
	uint64_t end = own->now_ns + ns;
	unsigned int turns = 0;

	own->nout = 0;
	while (env->wake_ns && env->wake_ns <= end) {
		assert_in_range(turns++, 0, 100000);
		if (env->wake_ns > own->now_ns)
			own->now_ns = env->wake_ns;
		env->now_ns = own->now_ns;
		env->wake_ns = 0;
		own->el.cls->tick(own->el.args, env);
	}
	own->now_ns = env->now_ns = end;
	return own->nout;
}

#endif
