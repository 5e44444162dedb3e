// SPDX-License-Identifier: GPL-2.0-or-later
/* The filter language of `tcp --filter`: a recursive-descent parser into a small array of nodes, and its evaluation. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/units.h"
#include "tcp_filter.h"

#define MAX_NODES 64 /* also bounds the depth of both recursions */

enum op { OP_AND, OP_OR, OP_NOT, OP_ADDR, OP_PORT, OP_STATE, OP_COMM, OP_PID, OP_FAMILY };

enum { SRC = 1, DST = 2 };

struct node {
	enum op op;
	int left, right; /* of AND, OR, NOT (left) */
	int sides;	 /* SRC, DST or both */
	int family;
	uint8_t addr[16];
	unsigned int bits;
	unsigned int from, to; /* ports; state and pid in from */
	char comm[16];
};

struct bty_tcp_filter {
	int n, root;
	struct node node[MAX_NODES];
};

struct parser {
	const char *text, *p;
	char word[64];
	int depth;
	struct bty_tcp_filter *f;
	struct bty_err *err;
};

static int parse_or(struct parser *s);

/* The next word into s->word: a parenthesis, "!" or what stands up to blanks and parentheses. "" at the end. */
static void next(struct parser *s)
{
	size_t n;

	while (isspace((unsigned char)*s->p))
		s->p++;
	n = *s->p && strchr("()!", *s->p) ? 1 : strcspn(s->p, " \t\n()!");
	if (n >= sizeof(s->word))
		n = sizeof(s->word) - 1;
	memcpy(s->word, s->p, n);
	s->word[n] = 0;
	s->p += n;
}

static int is(const struct parser *s, const char *a, const char *b)
{
	return !strcmp(s->word, a) || !strcmp(s->word, b);
}

static int bad(struct parser *s, const char *expected)
{
	return bty_fail(s->err, -EINVAL, "filter: '%s' at character %d: expected %s", *s->word ? s->word : "the end",
			(int)(s->p - s->text - strlen(s->word)) + 1, expected);
}

/* A new node, or NULL with err set. Its number is its place in the array. */
static struct node *node(struct parser *s, enum op op)
{
	struct node *n = &s->f->node[s->f->n];

	if (s->f->n == MAX_NODES) {
		bty_fail(s->err, -EINVAL, "filter: more than %d conditions; make it simpler", MAX_NODES);
		return NULL;
	}
	s->f->n++;
	memset(n, 0, sizeof(*n));
	n->op = op;
	return n;
}

static int parse_addr(struct parser *s, struct node *n)
{
	char *slash = strchr(s->word, '/');
	unsigned int most;
	uint64_t bits;
	int ok;

	if (slash)
		*slash = 0;
	n->family = strchr(s->word, ':') ? AF_INET6 : AF_INET;
	most = n->family == AF_INET ? 32 : 128;
	n->bits = most;
	ok = inet_pton(n->family, s->word, n->addr) == 1;
	if (slash) {
		*slash = '/';
		ok = ok && !bty_parse_u64(slash + 1, &bits) && bits <= most;
		n->bits = ok ? bits : 0;
	}
	return ok ? 0 : bad(s, "an address, as in 10.0.0.0/8 or 2001:db8::1");
}

static int parse_port(struct parser *s, struct node *n)
{
	char *dash = strchr(s->word, '-');
	uint64_t from, to;
	int r;

	if (dash)
		*dash = 0;
	r = bty_parse_u64(s->word, &from);
	to = from;
	if (dash) {
		r = r || bty_parse_u64(dash + 1, &to);
		*dash = '-';
	}
	if (r || from > to || to > 65535)
		return bad(s, "a port or a range of ports, as in 80 or 8000-8999");
	n->from = from;
	n->to = to;
	return 0;
}

static int parse_state(struct parser *s, struct node *n)
{
	int i;

	for (i = 1; strcmp(bty_tcp_state_name(i), "unknown"); i++) {
		if (!strcasecmp(s->word, bty_tcp_state_name(i))) {
			n->from = i;
			return 0;
		}
	}
	return bad(s, "a state, as in established or time-wait");
}

static int parse_pid(struct parser *s, struct node *n)
{
	uint64_t v;

	if (bty_parse_u64(s->word, &v) || v > INT32_MAX)
		return bad(s, "a process number");
	n->from = v;
	return 0;
}

static int parse_comm(struct parser *s, struct node *n)
{
	if (!*s->word || strlen(s->word) > 15)
		return bad(s, "a process name of at most 15 characters");
	strcpy(n->comm, s->word);
	return 0;
}

static const struct condition {
	const char *word;
	enum op op;
	int sides;
	int (*parse)(struct parser *s, struct node *n);
} conditions[] = {
	{ "src", OP_ADDR, SRC, parse_addr },
	{ "dst", OP_ADDR, DST, parse_addr },
	{ "host", OP_ADDR, SRC | DST, parse_addr },
	{ "sport", OP_PORT, SRC, parse_port },
	{ "dport", OP_PORT, DST, parse_port },
	{ "port", OP_PORT, SRC | DST, parse_port },
	{ "state", OP_STATE, 0, parse_state },
	{ "comm", OP_COMM, 0, parse_comm },
	{ "pid", OP_PID, 0, parse_pid },
	{ "ip", OP_FAMILY, 0, NULL },
	{ "ip6", OP_FAMILY, 0, NULL },
};

static int parse_condition(struct parser *s)
{
	const struct condition *c;
	struct node *n;

	for (c = conditions; c < conditions + sizeof(conditions) / sizeof(*c); c++) {
		if (strcmp(s->word, c->word))
			continue;
		n = node(s, c->op);
		if (!n)
			return -EINVAL;
		n->sides = c->sides;
		n->family = strcmp(c->word, "ip6") ? AF_INET : AF_INET6;
		if (c->parse) {
			next(s);
			if (c->parse(s, n))
				return -EINVAL;
		}
		next(s);
		return n - s->f->node;
	}
	return bad(s, "src, dst, host, sport, dport, port, state, comm, pid, ip, ip6, not or (");
}

static int parse_unary(struct parser *s)
{
	struct node *n;
	int i;

	if (++s->depth > MAX_NODES)
		return bty_fail(s->err, -EINVAL, "filter: nested too deeply; make it simpler");
	if (is(s, "not", "!")) {
		n = node(s, OP_NOT);
		if (!n)
			return -EINVAL;
		next(s);
		n->left = parse_unary(s);
		i = n->left < 0 ? n->left : n - s->f->node;
	} else if (is(s, "(", "(")) {
		next(s);
		i = parse_or(s);
		if (i >= 0 && !is(s, ")", ")"))
			return bad(s, "and, or, or )");
		next(s);
	} else {
		i = parse_condition(s);
	}
	s->depth--;
	return i;
}

static int parse_pair(struct parser *s, enum op op, const char *word, const char *sign, int (*lower)(struct parser *))
{
	int left = lower(s), right;
	struct node *n;

	while (left >= 0 && is(s, word, sign)) {
		next(s);
		right = lower(s);
		if (right < 0)
			return right;
		n = node(s, op);
		if (!n)
			return -EINVAL;
		n->left = left;
		n->right = right;
		left = n - s->f->node;
	}
	return left;
}

static int parse_and(struct parser *s)
{
	return parse_pair(s, OP_AND, "and", "&&", parse_unary);
}

static int parse_or(struct parser *s)
{
	return parse_pair(s, OP_OR, "or", "||", parse_and);
}

int bty_tcp_filter_parse(const char *text, struct bty_tcp_filter **out, struct bty_err *err)
{
	struct parser s = { .text = text, .p = text, .err = err };
	int r;

	s.f = calloc(1, sizeof(*s.f));
	if (!s.f)
		return bty_fail(err, -ENOMEM, "out of memory");
	next(&s);
	r = parse_or(&s);
	if (r >= 0 && *s.word)
		r = bad(&s, "and, or, or the end");
	if (r < 0) {
		free(s.f);
		return r;
	}
	s.f->root = r;
	*out = s.f;
	return 0;
}

static int in_prefix(const void *addr, const struct node *n)
{
	const uint8_t *a = addr;
	unsigned int bytes = n->bits / 8, rest = n->bits % 8;

	if (memcmp(a, n->addr, bytes))
		return 0;
	return !rest || !((a[bytes] ^ n->addr[bytes]) >> (8 - rest));
}

static int match(const struct bty_tcp_filter *f, int i, const struct bty_tcp_conn *c)
{
	const struct node *n = &f->node[i];

	switch (n->op) {
	case OP_AND:
		return match(f, n->left, c) && match(f, n->right, c);
	case OP_OR:
		return match(f, n->left, c) || match(f, n->right, c);
	case OP_NOT:
		return !match(f, n->left, c);
	case OP_ADDR:
		return c->family == n->family &&
		       ((n->sides & SRC && in_prefix(&c->src, n)) || (n->sides & DST && in_prefix(&c->dst, n)));
	case OP_PORT:
		return (n->sides & SRC && c->sport >= n->from && c->sport <= n->to) ||
		       (n->sides & DST && c->dport >= n->from && c->dport <= n->to);
	case OP_STATE:
		return c->state == n->from;
	case OP_COMM:
		return !strcmp(c->comm, n->comm);
	case OP_PID:
		return c->pid == (int)n->from;
	case OP_FAMILY:
		return c->family == n->family;
	}
	return 0;
}

int bty_tcp_filter_match(const struct bty_tcp_filter *f, const struct bty_tcp_conn *c)
{
	return !f || match(f, f->root, c);
}
