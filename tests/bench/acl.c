// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ACL takes for a packet in a worker, in batches of 32, with the rules and headers that dpdk-test-acl is given as well.
 * Called by scripts/bench/element.sh: bench_acl ROUND RULES TRACE, writes samples, one JSON object a line. Finding the key in
 * the packet is part of it; making the packets is not.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

#include "tests/packets/rig.h"

#define BATCH	32
#define BATCHES 4 /* between two readings of the clock: parsed just before, as in a worker */
#define HEADERS 100000
#define ROUNDS	10 /* through the trace */

struct header {
	unsigned int src, dst, sport, dport, proto;
};

struct place {
	uint8_t headroom[FRAME_HEADROOM - sizeof(struct bty_meta)];
	struct bty_meta meta;
	uint8_t frame[64];
};

static struct rig rig;
static struct header trace[HEADERS];

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Returns how many. */
static int read_trace(const char *path)
{
	FILE *f = fopen(path, "r");
	struct header *h = trace;

	if (!f)
		return 0;
	while (h < trace + HEADERS &&
	       fscanf(f, "%u %u %u %u %u", &h->src, &h->dst, &h->sport, &h->dport, &h->proto) == 5)
		h++;
	fclose(f);
	return h - trace;
}

static void make_packet(struct bty_pkt *p, struct place *at, const struct header *h)
{
	uint32_t addr[2] = { htonl(h->src), htonl(h->dst) };
	uint16_t port[2] = { htons(h->sport), htons(h->dport) };

	memset(at->frame, 0, sizeof(at->frame));
	memset(&at->meta, 0, sizeof(at->meta));
	memcpy(at->frame + 12, "\x08\x00\x45\x00\x00\x2e\x00\x00\x40\x00\x40", 11);
	at->frame[23] = h->proto;
	memcpy(at->frame + 26, addr, sizeof(addr));
	memcpy(at->frame + 34, port, sizeof(port));
	*p = (struct bty_pkt){
		.data = at->frame, .data_end = at->frame + 60, .meta = &at->meta, .frame = BTY_NO_FRAME
	};
	bty_parse(p);
}

static double measure(const struct bty_class *cls, int n)
{
	static struct place at[BATCH * BATCHES];
	static struct bty_batch b[BATCHES];
	uint64_t sum = 0, packets = 0, start;
	int round, first, i;

	for (round = 0; round < ROUNDS; round++)
		for (first = 0; first + BATCH * BATCHES <= n; first += BATCH * BATCHES) {
			for (i = 0; i < BATCH * BATCHES; i++) {
				make_packet(&b[i / BATCH].pkt[i % BATCH], &at[i], &trace[first + i]);
				b[i / BATCH].n = BATCH;
			}
			start = now_ns();
			for (i = 0; i < BATCHES; i++)
				cls->process(&b[i], rig.args, &rig.env);
			sum += now_ns() - start;
			packets += BATCH * BATCHES;
		}
	return packets ? (double)sum / packets : 0;
}

int main(int argc, char **argv)
{
	const struct bty_class *cls = bty_class_find("ACL");
	const char *args[2] = { NULL };
	struct bty_err err = { 0 };
	char text[512];
	uint64_t start;
	int n, ret;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_acl ROUND RULES TRACE\n");
		return 2;
	}
	snprintf(text, sizeof(text), "FILE %s", argv[2]);
	args[0] = text;
	n = read_trace(argv[3]);
	start = now_ns();
	ret = rig_configure(&rig, cls, args, 0, &err);
	if (!ret)
		ret = rig_load(&rig, cls, &err);
	if (ret || n < BATCH * BATCHES) {
		fprintf(stderr, "bench_acl: %s\n", ret ? err.msg : "too few headers");
		return 1;
	}
	printf("{\"experiment\":\"element\",\"config\":\"ACL, 10000 "
	       "rules\",\"rate\":\"0\",\"metric\":\"load\",\"unit\":\"ms\","
	       "\"value\":%.2f,\"repeat\":%d}\n",
	       (now_ns() - start) / 1e6, atoi(argv[1]));
	printf("{\"experiment\":\"element\",\"config\":\"ACL, 10000 "
	       "rules\",\"rate\":\"0\",\"metric\":\"acl\",\"unit\":\"ns\","
	       "\"value\":%.2f,\"repeat\":%d}\n",
	       measure(cls, n), atoi(argv[1]));
	rig_unload(&rig);
	return 0;
}
