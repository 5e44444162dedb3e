// SPDX-License-Identifier: GPL-2.0-or-later
/* Classifier: fixtures, random patterns against a matcher that reads the text for every packet, errors. */
#include "el.h"

#define NO_MATCH (-(int)BTY_DROP_NO_MATCH)

static int digit(int c)
{
	const char *digits = "0123456789abcdef", *p = strchr(digits, c);

	return p && c ? p - digits : -1;
}

/* One clause, without its `!`, against a frame: digit by digit. */
static int naive_clause(const char *clause, const uint8_t *f, unsigned int len)
{
	unsigned int off = atoi(clause), i, at, nibble, mask;
	const char *hex = strchr(clause, '/') + 1, *percent = strchr(hex, '%');

	for (i = 0; digit(hex[i]) >= 0 || hex[i] == '?'; i++) {
		mask = hex[i] == '?' ? 0 : percent ? digit(percent[1 + i]) : 15;
		/* a byte counts when one of its digits does */
		at = off + i / 2;
		if (!mask)
			continue;
		if (at >= len)
			return 0;
		nibble = i % 2 ? f[at] % 16 : f[at] / 16;
		if ((nibble & mask) != (digit(hex[i]) & mask))
			return 0;
	}
	return 1;
}

static int naive_pattern(const char *pattern, const uint8_t *f, unsigned int len)
{
	char text[1024], *save = NULL, *clause;
	int negated;

	if (!strcmp(pattern, "-"))
		return 1;
	snprintf(text, sizeof(text), "%s", pattern);
	for (clause = strtok_r(text, " ", &save); clause; clause = strtok_r(NULL, " ", &save)) {
		negated = *clause == '!';
		if (naive_clause(clause + negated, f, len) == negated)
			return 0;
	}
	return 1;
}

static int naive(const char *const *patterns, const uint8_t *f, unsigned int len)
{
	int i;

	for (i = 0; patterns[i]; i++)
		if (naive_pattern(patterns[i], f, len))
			return i;
	return NO_MATCH;
}

static const char *const sets[][BTY_MAX_OUT + 1] = {
	{ "12/0806 20/0001", "12/0806 20/0002", "12/0800", "-" },
	{ "12/8100", "12/0800 23/06", "12/0800 23/11", "12/86dd" },
	{ "!12/0800", "33/02%03", "30/0a??????" },
	{ "0/02????????01", "0/?0", "5/?1 !6/02", "0/ffffffff%0f0f0f0f" },
	{ "14/45000030????????40060000"
	  "0a000001",
	  "13/00450000", "7/0000000001" },
	{ "-", "12/0800" },
	{ "60/00", "59/00", "!63/00", "-" },
	{ "12/????", "-" },
	{ "2047/00", "2040/0000000000000000", "!200/00%ff" },
};

#define NSETS (sizeof(sets) / sizeof(sets[0]))

static void against_naive(void **state)
{
	struct gen g = { .seed = 0x777, .min = 14, .mutate_percent = 40 };
	static uint8_t frame[GEN_MAX + 2048];
	unsigned int len;
	struct el el;
	size_t s;
	int i;

	for (s = 0; s < NSETS; s++) {
		if (el_configure(&el, "Classifier", 0, sets[s]))
			fail_msg("%s", el.err.msg);
		for (i = 0; i < 20000; i++) {
			len = gen_frame(&g, frame);
			assert_int_equal(el_push_copy(&el, frame, len), naive(sets[s], frame, len));
		}
	}
}

static void make_clause(struct gen *g, const uint8_t *frame, unsigned int len, char *out)
{
	unsigned int bytes = 1 + gen_below(g, gen_chance(g, 80) ? 4 : 24),
		     off = gen_below(g, gen_chance(g, 80) ? 40 : 100), i;
	int masked = gen_chance(g, 30);
	char mask[64];

	out += sprintf(out, "%s%u/", gen_chance(g, 25) ? "!" : "", off);
	for (i = 0; i < 2 * bytes; i++) {
		/* mostly digits that the frame has, so that clauses hold now and then */
		int v = off + i / 2 < len ? frame[off + i / 2] >> (i % 2 ? 0 : 4) & 15 : 0;

		*out++ = gen_chance(g, 20) ? '?'
					   : "0123456789abcdef"[gen_chance(g, 5) ? gen_below(g, 16) : (unsigned int)v];
		mask[i] = "0123456789abcdef"[gen_below(g, 16)];
	}
	sprintf(out, "%s%.*s", masked ? "%" : "", masked ? (int)(2 * bytes) : 0, mask);
}

static void make_pattern(struct gen *g, const uint8_t *frame, unsigned int len, char *out)
{
	unsigned int clauses = 1 + gen_below(g, 3);

	for (*out = 0; clauses; clauses--) {
		make_clause(g, frame, len, out);
		out += strlen(out);
		if (clauses > 1)
			*out++ = ' ';
	}
}

static void random_patterns(void **state)
{
	struct gen g = { .seed = 0x4242, .min = 14, .mutate_percent = 30 };
	static uint8_t frames[8][GEN_MAX + 2048];
	static char text[5][1024];
	const char *patterns[6] = { 0 };
	unsigned int len[8], used[6] = { 0 };
	struct el el;
	int round, i, want;

	for (round = 0; round < 5000; round++) {
		for (i = 0; i < 8; i++)
			len[i] = gen_frame(&g, frames[i]);
		for (i = 0; i < 5; i++) {
			make_pattern(&g, frames[i], len[i], text[i]);
			patterns[i] = text[i];
		}
		if (el_configure(&el, "Classifier", 0, patterns))
			fail_msg("%s", el.err.msg);
		assert_int_equal(el.nout, 5);
		for (i = 0; i < 8; i++) {
			want = naive(patterns, frames[i], len[i]);
			if (el_push_copy(&el, frames[i], len[i]) != want)
				fail_msg("%s | %s | %s | %s | %s", text[0], text[1], text[2], text[3], text[4]);
			used[want < 0 ? 5 : want]++;
		}
	}
	for (i = 0; i < 6; i++)
		assert_true(used[i] > 500);
}

static void every_length(void **state)
{
	static const char *const patterns[] = { "12/0800 30/0a", "!20/40 12/08", "14/45%f0", NULL };
	uint8_t frame[64];
	unsigned int len;
	struct el el;

	el_hex("020000000002 020000000001 0800 45000014 00004000 4011 26d7 0a000001 0a000002", frame);
	assert_int_equal(el_configure(&el, "Classifier", 0, patterns), 0);
	for (len = 34; len >= 14; len--)
		assert_int_equal(el_push_copy(&el, frame, len), naive(patterns, frame, len));
}

static void errors(void **state)
{
	static char text[10][512];
	const char *patterns[18] = { 0 };
	struct el el;
	int i, k;

	EL_REFUSES("Classifier", "expected a pattern for each output", NULL);
	EL_REFUSES("Classifier", "test.click:2:3: el: empty pattern", "");
	EL_REFUSES("Classifier", "test.click:3:3: el: '0800'", "-", "0800");
	EL_REFUSES("Classifier", "even number of hexadecimal digits", "12/080");
	EL_REFUSES("Classifier", "even number of hexadecimal digits", "12/");
	EL_REFUSES("Classifier", "hexadecimal digit or '?' before 'g'", "12/08gg");
	EL_REFUSES("Classifier", "the mask has 2 digits, the value 4", "12/0800%ff");
	EL_REFUSES("Classifier", "the mask has 5 digits, the value 4", "12/0800%fffff");
	EL_REFUSES("Classifier", "OFFSET/HEX", "12/0800 & 14/45");
	EL_REFUSES("Classifier", "OFFSET/HEX", "-1/08");
	EL_REFUSES("Classifier", "OFFSET/HEX", "12/0800 -");
	EL_REFUSES("Classifier", "out of reach", "2048/00");
	EL_REFUSES("Classifier", "out of reach", "99999999999999999999/00");
	el_refuses_many("Classifier", "65 patterns; an element has at most 64", "-");
	/* 150 tests that differ */
	memset(patterns, 0, sizeof(patterns));
	for (i = 0; i < 10; i++) {
		for (k = 0, text[i][0] = 0; k < 15; k++)
			sprintf(text[i] + strlen(text[i]), "%d/%02x ", 20 + 10 * k, i);
		patterns[i] = text[i];
	}
	assert_int_equal(el_configure(&el, "Classifier", 0, patterns), -EINVAL);
	assert_non_null(strstr(el.err.msg, "more than 128 tests"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_naive),
		cmocka_unit_test(random_patterns),
		cmocka_unit_test(every_length),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
