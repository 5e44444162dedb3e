/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The traffic that scripts/tables.py makes for a profile (build/profiles/NAME/traffic.pcap): numbered flows, of which each frame's
 * last 12 bytes say flow and place in it, through tunnels too. Included by packet tests.
 */
#ifndef TESTS_PACKETS_TRAFFIC_H
#define TESTS_PACKETS_TRAFFIC_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

#define TRAFFIC_MAGIC "BTYs"
#define TRAFFIC_TAIL  12
#define TRAFFIC_FLOWS 2048 /* of one capture, at most */

struct traffic {
	uint8_t *bytes; /* the file */
	uint32_t *at;	/* of each frame: where it begins */
	uint32_t n;
};

static inline uint32_t traffic_le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline const uint8_t *traffic_frame(const struct traffic *t, uint32_t i, uint32_t *len)
{
	*len = traffic_le32(t->bytes + t->at[i] - 8);
	return t->bytes + t->at[i];
}

/* That of a profile, or of ipv4-router for a pipeline that has none of its own. Returns 0 or -errno. */
static inline int traffic_load(struct traffic *t, const char *pipeline)
{
	const char *build = getenv("BUILD"), *base = strrchr(pipeline, '/') + 1;
	char path[512];
	long size = 0, at;
	FILE *f;

	snprintf(path, sizeof(path), "%s/profiles/%.*s/traffic.pcap", build ? build : "build", (int)strcspn(base, "."),
		 base);
	f = fopen(path, "r");
	if (!f) {
		snprintf(path, sizeof(path), "%s/profiles/ipv4-router/traffic.pcap", build ? build : "build");
		f = fopen(path, "r");
	}
	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 24)
		return f ? fclose(f), -EINVAL : -ENOENT;
	rewind(f);
	t->n = 0;
	t->bytes = malloc(size);
	t->at = malloc(size); /* more than enough: 16 bytes come before each frame */
	if (!t->bytes || !t->at || fread(t->bytes, size, 1, f) != 1)
		size = 0;
	fclose(f);
	for (at = 24; at + 16 < size; at += 16 + traffic_le32(t->bytes + at + 8))
		t->at[t->n++] = at + 16;
	return t->n ? 0 : -EINVAL;
}

static inline void traffic_free(struct traffic *t)
{
	free(t->bytes);
	free(t->at);
	memset(t, 0, sizeof(*t));
}

/* Three frames of five are the traffic's, mutated as g says; the others g's. Without traffic all. Returns the length. */
static inline uint32_t traffic_or_gen(const struct traffic *t, struct gen *g, uint8_t *buf)
{
	const uint8_t *frame;
	uint32_t len;

	if (!t->n || !gen_chance(g, 60))
		return gen_frame(g, buf);
	frame = traffic_frame(t, gen_below(g, t->n), &len);
	memcpy(buf, frame, len);
	if (gen_chance(g, g->mutate_percent))
		gen_mutate(g, buf, &len);
	for (; len < g->min; len++)
		buf[len] = gen_random(g);
	return len;
}

/* Flow and place of a frame. Returns 0, or -1 when it has none. */
static inline int traffic_number(const uint8_t *frame, uint32_t len, uint32_t *flow, uint32_t *seq)
{
	const uint8_t *q = frame + len - TRAFFIC_TAIL;

	if (len < TRAFFIC_TAIL || memcmp(q, TRAFFIC_MAGIC, 4))
		return -1;
	*flow = (uint32_t)q[4] << 24 | q[5] << 16 | q[6] << 8 | q[7];
	*seq = (uint32_t)q[8] << 24 | q[9] << 16 | q[10] << 8 | q[11];
	return 0;
}

static inline void traffic_set_number(uint8_t *frame, uint32_t len, uint32_t flow, uint32_t seq)
{
	uint8_t *q = frame + len - TRAFFIC_TAIL;
	int i;

	for (i = 0; i < 4; i++) {
		q[4 + i] = flow >> (24 - 8 * i);
		q[8 + i] = seq >> (24 - 8 * i);
	}
}

#endif
