// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The elements that are measured when none is named: those the original Batchy profiles, with its sizes, and what the profiles'
 * chains are made of. Tables are made here, always the same. Called by `batchy-agent profile`.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#define RULES	 1000
#define PREFIXES 15000
#define ACLS	 700

struct table {
	FILE *f;
	uint64_t state;
};

static uint32_t draw(struct table *t, uint32_t n)
{
	return (bty_draw(&t->state) >> 16) % n;
}

static void put_prefix(struct table *t, uint32_t a, int len)
{
	a &= ~0U << (32 - len);
	fprintf(t->f, "%u.%u.%u.%u/%d", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255, len);
}

static void put_addr(struct table *t, uint32_t a, int len)
{
	if (len < 32)
		put_prefix(t, a, len);
	else
		fprintf(t->f, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

/* A unicast address. */
static uint32_t any_addr(struct table *t)
{
	return (1 + draw(t, 223)) << 24 | draw(t, 1 << 24);
}

static void exact(struct table *t)
{
	int i;

	for (i = 0; i < RULES; i++) {
		fprintf(t->f, "%d ", draw(t, 2) ? 17 : 6);
		put_addr(t, any_addr(t), 32);
		fputc(' ', t->f);
		put_addr(t, any_addr(t), 32);
		fprintf(t->f, " %d\n", i % 8);
	}
}

static void wildcard(struct table *t)
{
	static const int lens[] = { 8, 16, 24, 32 };
	int i;

	for (i = 0; i < RULES; i++) {
		put_addr(t, any_addr(t), lens[draw(t, 4)]);
		fputc(' ', t->f);
		put_addr(t, any_addr(t), lens[draw(t, 4)]);
		if (draw(t, 2))
			fprintf(t->f, " %u", 1 + draw(t, 65000));
		else
			fputs(" *", t->f);
		fprintf(t->f, " %d %d\n", i, i % 8);
	}
}

/* Most of them /24, as in the tables of Internet routers. */
static void routes(struct table *t)
{
	uint32_t kind;
	int i;

	for (i = 0; i < PREFIXES; i++) {
		kind = draw(t, 100);
		put_prefix(t, any_addr(t), kind < 60 ? 24 : kind < 99 ? 16 + (int)draw(t, 8) : 32);
		fprintf(t->f, " %d\n", i % 8);
	}
}

static void ranges(struct table *t)
{
	int i;

	for (i = 0; i < 10; i++)
		fprintf(t->f, "10.%d.0.0/16 198.%d.0.0/16\n", i, 20 + i);
}

static void put_ports(struct table *t, int any, int exactly)
{
	uint32_t kind = draw(t, 100), low = draw(t, 60000);

	if ((int)kind < any)
		fputs(" 0 : 65535", t->f);
	else if ((int)kind < any + exactly)
		fprintf(t->f, " %u : %u", low, low);
	else
		fprintf(t->f, " %u : %u", low, low + 1000);
}

/* In the shape of ClassBench's acl1 (Taylor and Turner, INFOCOM 2005): long prefixes, source ports that do not matter. */
static void rules(struct table *t)
{
	static const int lens[] = { 32, 32, 32, 32, 24, 24, 28, 20, 16, 30 };
	int i;

	for (i = 0; i < ACLS; i++) {
		fputc('@', t->f);
		put_prefix(t, 10U << 24 | draw(t, 64) << 16 | draw(t, 1 << 16), lens[draw(t, 10)]);
		fputc(' ', t->f);
		put_prefix(t, 172U << 24 | (16 + draw(t, 16)) << 16 | draw(t, 1 << 16), lens[draw(t, 10)]);
		put_ports(t, 98, 1);
		put_ports(t, 25, 60);
		fputs(draw(t, 100) < 70 ? " 0x06/0xff" : " 0x11/0xff", t->f);
		fprintf(t->f, " %s\n", draw(t, 2) ? "allow" : "deny");
	}
}

static const struct subject {
	const char *class_name, *args;
	void (*table)(struct table *t); /* what FILE holds */
	int nout;
} subjects[] = {
	{ "ExactMatch", "FIELDS ip.proto ip.src ip.dst", exact, 8 },
	{ "WildcardMatch", "FIELDS ip.src ip.dst l4.dport", wildcard, 8 },
	{ "RandomSplit", "1, 1, 1, 1, 1, 1, 1, 1", NULL, 8 },
	{ "HashSwitch", NULL, NULL, 8 },
	{ "IPLookup", NULL, routes, 8 },
	{ "StaticNAT", "OUT", ranges, 1 },
	{ "MACSwap", NULL, NULL, 1 },
	{ "Bypass", "CYCLES_PER_BATCH 10000", NULL, 1 },
	{ "Tee", "8", NULL, 8 },
	{ "ACL", NULL, rules, 1 },
	{ "CheckIPHeader", NULL, NULL, 1 },
	{ "DecIPTTL", NULL, NULL, 1 },
	{ "EtherRewrite", "02:01:02:03:04:05, 02:a1:a2:a3:a4:a5", NULL, 1 },
	{ "IPChecksum", NULL, NULL, 1 },
	{ "VLANPop", NULL, NULL, 1 },
	{ "VXLANEncap", "1, 192.0.2.1, 192.0.2.2", NULL, 1 },
	{ "VXLANDecap", NULL, NULL, 1 },
	{ "GTPUEncap", "1, 192.0.2.1, 192.0.2.2", NULL, 1 },
	{ "GTPUDecap", NULL, NULL, 1 },
	{ "RateLimiter", "RATE 100Mpps, BURST 1000000", NULL, 1 },
	{ "Classifier", "12/0806, 12/0800, -", NULL, 3 },
	{ "IPClassifier", "tcp port 80, udp, -", NULL, 3 },
};

int bty_default_targets(void)
{
	return sizeof(subjects) / sizeof(subjects[0]);
}

/* The table as a file without a name: nothing is left of it, whatever happens. Returns its descriptor or -errno. */
static int make_table(void (*fill)(struct table *t))
{
	struct table t = { .state = 0x9e3779b97f4a7c15ULL };
	int fd = memfd_create("batchy-profile", MFD_CLOEXEC), copy;

	if (fd < 0)
		return -errno;
	copy = dup(fd);
	t.f = copy >= 0 ? fdopen(copy, "w") : NULL;
	if (!t.f) {
		close(fd);
		return -ENOMEM;
	}
	fill(&t);
	if (!fclose(t.f))
		return fd;
	close(fd);
	return -EIO;
}

int bty_default_target(int i, struct bty_targets *t, struct bty_err *err)
{
	const struct subject *s = &subjects[i];
	const char *args = s->args ? s->args : "";
	char text[256];
	int fd = -1, ret;

	snprintf(text, sizeof(text), "%s(%s)", s->class_name, args);
	if (s->table) {
		fd = make_table(s->table);
		if (fd < 0)
			return bty_fail(err, fd, "%s: no memory for its table: %s", text, strerror(-fd));
		snprintf(text, sizeof(text), "%s(%s%sFILE /proc/self/fd/%d)", s->class_name, args, s->args ? ", " : "",
			 fd);
	}
	ret = bty_target_text(text, s->nout, t, err);
	if (fd >= 0)
		close(fd);
	return ret;
}
