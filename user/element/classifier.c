// SPDX-License-Identifier: GPL-2.0-or-later
/* Classifier's patterns: from text to a decision graph. Called when a pipeline is read. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/classifier.h>

#include "decision.h"
#include "user/config/conf.h"

#define MAX_BYTES   64 /* of one clause */
#define MAX_CLAUSES 64 /* of one pattern */

struct clause {
	int negated;
	unsigned int off, len;
	uint8_t value[MAX_BYTES], mask[MAX_BYTES];
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads hexadecimal digits and, where wild is not NULL, `?`: wild[i] gets the bits that count. Returns digits or -1. */
static int read_hex(const char **s, uint8_t *value, uint8_t *wild)
{
	int n, v;

	for (n = 0; n < 2 * MAX_BYTES; n++, (*s)++) {
		v = hex_digit(**s);
		if (v < 0 && !(wild && **s == '?'))
			break;
		if (n % 2 == 0) {
			value[n / 2] = 0;
			if (wild)
				wild[n / 2] = 0;
		}
		value[n / 2] |= (v < 0 ? 0 : v) << (n % 2 ? 0 : 4);
		if (wild && v >= 0)
			wild[n / 2] |= 0xf << (n % 2 ? 0 : 4);
	}
	return n;
}

static int is_end(char c)
{
	return !c || isspace((unsigned char)c);
}

/* Reads one clause at *s. Returns 0 or -EINVAL with err set. */
static int read_clause(const struct bty_conf *conf, int i, const char **s, struct clause *c, struct bty_err *err)
{
	uint8_t mask[MAX_BYTES];
	const char *begin = *s;
	unsigned long off;
	unsigned int k;
	char *end;
	int n, m;

	c->negated = **s == '!';
	*s += c->negated;
	while (isspace((unsigned char)**s))
		(*s)++;
	if (!isdigit((unsigned char)**s))
		return bty_conf_fail(conf, i, err, "'%s': expected OFFSET/HEX[%%MASK] or '-'", begin);
	off = strtoul(*s, &end, 10);
	if (*end != '/')
		return bty_conf_fail(conf, i, err, "'%s': expected '/' and hexadecimal digits after the offset", begin);
	*s = end + 1;
	n = read_hex(s, c->value, c->mask);
	if (!n || n % 2)
		return bty_conf_fail(conf, i, err, "'%s': expected an even number of hexadecimal digits", begin);
	c->len = n / 2;
	if (**s == '%') {
		(*s)++;
		m = read_hex(s, mask, NULL);
		if (m != n)
			return bty_conf_fail(conf, i, err, "'%s': the mask has %d digits, the value %d", begin, m, n);
		for (k = 0; k < c->len; k++)
			c->mask[k] &= mask[k];
	}
	if (!is_end(**s))
		return bty_conf_fail(conf, i, err,
				     "'%s': expected a hexadecimal digit or '?' before '%c' (64 bytes at most)", begin,
				     **s);
	if (off > CLASSIFIER_MAX_OFFSET || off + c->len > CLASSIFIER_MAX_OFFSET + 1)
		return bty_conf_fail(conf, i, err, "'%s': bytes after offset %d are out of reach", begin,
				     CLASSIFIER_MAX_OFFSET);
	c->off = off;
	return 0;
}

/* A test of 8 bytes at most, [from, to) of the clause; looks at 8 bytes that end where it does, so the frame must too. */
static int add_test(struct bty_decision_builder *b, const struct clause *c, unsigned int from, unsigned int to, int yes,
		    int no)
{
	unsigned int end = c->off + to, at = end >= 8 ? end - 8 : 0, k;
	struct bty_decision_node node = { .where = at };
	uint8_t value[8] = { 0 }, mask[8] = { 0 };

	for (k = from; k < to; k++) {
		mask[c->off + k - at] = c->mask[k];
		value[c->off + k - at] = c->value[k] & c->mask[k];
	}
	memcpy(&node.mask, mask, 8);
	memcpy(&node.lo, value, 8);
	return bty_decision_add(b, &node, yes, no);
}

/* Adds the tests of one clause; bytes at its ends that may be anything need not be there. Returns a label or -E2BIG. */
static int add_clause(struct bty_decision_builder *b, const struct clause *c, int yes, int no)
{
	unsigned int first = 0, to = c->len, from;
	int label = c->negated ? no : yes, other = c->negated ? yes : no;

	while (to && !c->mask[to - 1])
		to--;
	while (first < to && !c->mask[first])
		first++;
	for (; to > first && label >= 0; to = from) {
		from = to - first > 8 ? to - 8 : first;
		label = add_test(b, c, from, to, label, other);
	}
	return label;
}

/* Adds pattern i. Returns the label where it begins, or -errno with err set. */
static int add_pattern(const struct bty_conf *conf, int i, struct bty_decision_builder *b, int yes, int no,
		       struct bty_err *err)
{
	struct clause clause[MAX_CLAUSES] = { 0 };
	const char *s = conf->arg[i].text;
	int n = 0, label = yes, ret;

	if (!strcmp(s, "-"))
		return yes;
	if (!*s)
		return bty_conf_fail(conf, i, err, "empty pattern: expected OFFSET/HEX[%%MASK] or '-'");
	while (*s) {
		if (n == MAX_CLAUSES)
			return bty_conf_fail(conf, i, err, "more than %d clauses in one pattern", MAX_CLAUSES);
		ret = read_clause(conf, i, &s, &clause[n++], err);
		if (ret)
			return ret;
		while (isspace((unsigned char)*s))
			s++;
	}
	while (n-- && label >= 0)
		label = add_clause(b, &clause[n], label, no);
	if (label < 0)
		return bty_conf_fail(conf, i, err, "the patterns need more than %d tests of 8 bytes", BTY_DECISION_MAX);
	return label;
}

int bty_classifier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct classifier_args *a = args;
	struct bty_decision_builder b = { 0 };
	int i, label = BTY_DECISION_NONE;

	if (!conf->n)
		return bty_conf_fail(conf, -1, err, "expected a pattern for each output, such as 12/0800, or '-'");
	if (conf->n > BTY_MAX_OUT)
		return bty_conf_fail(conf, BTY_MAX_OUT, err, "%d patterns; an element has at most %d outputs", conf->n,
				     BTY_MAX_OUT);
	for (i = conf->n - 1; i >= 0; i--) {
		label = add_pattern(conf, i, &b, bty_decision_leaf(i), label, err);
		if (label < 0)
			return label;
	}
	bty_decision_finish(&b, label, &a->d);
	*nout = conf->n;
	return 0;
}
