// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Elements that only workers have, on generated and mutated frames in batches: what passes is as it was, copies are the packet,
 * fragments are put together again; and Print's lines. DIFF_PACKETS: frames for each (30000).
 */
#include <unistd.h>

#include "own.h"
#include "tests/packets/diff.h"
#include "tests/packets/tunnelref.h"

#define BATCH 16

static uint8_t frames[BATCH][GEN_MAX + 2048];
static unsigned int lens[BATCH];

/* The same frames leave, in order: all by output `port`, or for that reason, then all by the next, `copies` times. */
struct passing {
	const char *name, *class_name;
	const char *args[4];
	int port;
	unsigned int copies;
};

static const struct passing passing[] = {
	{ "measure", "Measure", { "100" }, 0, 1 },
	{ "print", "Print", { "RATE 1pps" }, 0, 1 },
	{ "sink", "Sink", { NULL }, DROP(SINK), 1 },
	{ "topcap", "ToPcap", { "/dev/null" }, 0, 1 },
	{ "tee", "Tee", { "4" }, 0, 4 },
};

#define NPASSING (sizeof(passing) / sizeof(passing[0]))

static void open_class(const char *class_name, const char *const *args, int outputs)
{
	struct el el;

	if (el_configure(&el, class_name, outputs, args))
		fail_msg("%s", el.err.msg);
	own_open(&el);
}

static void fill_batch(struct gen *g)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		lens[i] = gen_frame(g, frames[i]);
		own_add(frames[i], lens[i]);
	}
}

static void passes_as_it_was(void **state)
{
	const struct passing *c = *state;
	struct gen g = { .seed = 0xbb67ae8584caa73bULL, .max = 3000, .mutate_percent = 30 };
	unsigned int n, total = diff_packets(30000) / BATCH, i;
	const struct own_packet *o;

	open_class(c->class_name, c->args, c->copies);
	for (n = 0; n < total; n++) {
		fill_batch(&g);
		assert_int_equal(own_run(), c->copies * BATCH);
		for (i = 0; i < c->copies * BATCH; i++) {
			o = &own->out[i];
			assert_int_equal(o->port, c->port + (int)(i / BATCH));
			assert_int_equal(o->len, lens[i % BATCH]);
			assert_memory_equal(o->data, frames[i % BATCH], o->len);
		}
	}
	own_close();
}

/* RFC 791: what has left from out on is frame f in pieces; returns how many. Options of later pieces are not looked at. */
static unsigned int pieces(const uint8_t *f, const struct ref *r, unsigned int end, unsigned int mtu,
			   const struct own_packet *out)
{
	unsigned int ihl = f[r->l3] % 16 * 4, at = 0, n = 0, len, first = ref_be16(f + r->l3 + 6), off;
	const uint8_t *ip;

	for (; at < end - r->l3 - ihl; n++, at += len) {
		ip = out[n].data + r->l3;
		assert_int_equal(out[n].port, 0);
		assert_memory_equal(out[n].data, f, r->l3 + 2);
		len = ref_be16(ip + 2) - ihl;
		assert_in_range(len, 1, mtu - ihl);
		assert_int_equal(out[n].len, r->l3 + ihl + len);
		assert_int_equal(gen_checksum(ip, ihl), 0);
		assert_memory_equal(ip + 4, f + r->l3 + 4, 2);
		assert_memory_equal(ip + 8, f + r->l3 + 8, 2);
		assert_memory_equal(ip + 12, f + r->l3 + 12, n ? 8 : ihl - 12);
		off = ref_be16(ip + 6);
		assert_int_equal(off % 8192, first % 8192 + at / 8);
		assert_int_equal(off / 8192, (first | (at + len < end - r->l3 - ihl ? 0x2000 : 0)) / 8192);
		assert_true(len % 8 == 0 || at + len == end - r->l3 - ihl);
		assert_memory_equal(ip + ihl, f + r->l3 + ihl + at, len);
	}
	return n;
}

/* How many bytes of the datagram are beyond its header, when it is to be cut; else 0, and *port is where it goes. */
static unsigned int to_be_cut(const uint8_t *f, unsigned int len, unsigned int mtu, int *port)
{
	struct ref r = ref_parse(f, len);
	int end = naive_end(f, len);
	unsigned int payload;

	*port = r.version && end < 0 ? end : 0;
	if (end < 0 || end - (int)r.l3 <= (int)mtu)
		return 0;
	*port = 1;
	if (r.version == 6 || f[r.l3 + 6] & 0x40)
		return 0;
	payload = end - r.l3 - f[r.l3] % 16 * 4;
	*port = DROP(BAD_IP_HEADER);
	return ref_be16(f + r.l3 + 6) % 8192 * 8 + payload > 65535 ? 0 : payload;
}

static void fragments(void **state)
{
	const char *const args[] = { "100", NULL };
	struct gen g = { .seed = 0x3c6ef372fe94f82bULL, .max = 1500, .mutate_percent = 30 };
	unsigned int n, total = diff_packets(30000), cut = 0, left;
	struct ref r;
	int port;

	open_class("IPFragmenter", args, 2);
	for (n = 0; n < total; n++) {
		lens[0] = gen_frame(&g, frames[0]);
		own_add(frames[0], lens[0]);
		left = own_run();
		if (to_be_cut(frames[0], lens[0], 100, &port)) {
			r = ref_parse(frames[0], lens[0]);
			assert_int_equal(pieces(frames[0], &r, naive_end(frames[0], lens[0]), 100, own->out), left);
			cut++;
			continue;
		}
		assert_int_equal(left, 1);
		assert_int_equal(own->out[0].port, port);
		assert_int_equal(own->out[0].len, lens[0]);
		assert_memory_equal(own->out[0].data, frames[0], lens[0]);
	}
	assert_true(cut > total / 50);
	own_close();
}

/* What it writes to standard error. */
static void lines(void **state)
{
	const char *const args[] = { "here", "6", "RATE 2pps", NULL };
	char text[512] = "";
	FILE *f = tmpfile();
	int was = dup(STDERR_FILENO), i;

	assert_true(f && was >= 0);
	open_class("Print", args, 1);
	dup2(fileno(f), STDERR_FILENO);
	for (i = 0; i < 6; i++) {
		own_add((const uint8_t *)"\x01\x02\x03\x04\x05\x06\x07\x08", i == 1 ? 3 : 8);
		own_run();
	}
	own->now_ns += 1000000000;
	own_add((const uint8_t *)"\xff", 1);
	own_run();
	fflush(stderr);
	dup2(was, STDERR_FILENO);
	close(was);
	rewind(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	assert_string_equal(text,
			    "here:    8 | 01020304 0506\nhere:    3 | 010203\nhere:    1 | ff (4 left out before)\n");
	own_close();
}

int main(void)
{
	struct CMUnitTest tests[NPASSING + 2];
	size_t i;

	for (i = 0; i < NPASSING; i++)
		tests[i] = (struct CMUnitTest){ .name = passing[i].name,
						.test_func = passes_as_it_was,
						.initial_state = (void *)&passing[i] };
	tests[NPASSING] = (struct CMUnitTest)cmocka_unit_test(fragments);
	tests[NPASSING + 1] = (struct CMUnitTest)cmocka_unit_test(lines);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
