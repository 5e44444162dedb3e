// SPDX-License-Identifier: GPL-2.0-or-later
/* Arguments by table: positional ones, then KEYWORD value, then defaults. Called for every instance of a class with
 * one. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "argtable.h"
#include "argvalue.h"
#include "near.h"

#define MAX_TABLE 32

/* Length of the word at s, if blanks or nothing follow it; else 0. */
static size_t leading_word(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return !s[n] || isspace((unsigned char)s[n]) ? n : 0;
}

static const char *after_blank(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static const char *label(const struct bty_arg *arg)
{
	return arg->keyword ? arg->keyword : "a value";
}

static int find_keyword(const struct bty_arg *table, const char *s, size_t len)
{
	int t;

	for (t = 0; table[t].what; t++)
		if (table[t].keyword && strlen(table[t].keyword) == len && !memcmp(table[t].keyword, s, len))
			return t;
	return -1;
}

static int fail_unknown(const struct bty_conf *conf, int i, const struct bty_arg *table, size_t len,
			struct bty_err *err)
{
	char word[BTY_NAME_LEN + 1], hint[64 + BTY_NAME_LEN], all[256] = "";
	struct bty_near near;
	size_t used = 0;
	int t;

	snprintf(word, sizeof(word), "%.*s", (int)(len < BTY_NAME_LEN ? len : BTY_NAME_LEN), conf->arg[i].text);
	bty_near_init(&near, word);
	for (t = 0; table[t].what; t++) {
		if (!table[t].keyword)
			continue;
		bty_near_try(&near, table[t].keyword);
		if (used < sizeof(all))
			used += snprintf(all + used, sizeof(all) - used, "%s%s", used ? ", " : "", table[t].keyword);
	}
	if (near.best)
		return bty_conf_fail(conf, i, err, "unknown argument '%s'%s", word,
				     bty_near_hint(&near, hint, sizeof(hint)));
	return bty_conf_fail(conf, i, err, "unknown argument '%s': expected one of %s", word, all);
}

static int fail_surplus(const struct bty_conf *conf, int i, int most, struct bty_err *err)
{
	if (!most)
		return bty_conf_fail(conf, i, err, "'%.40s': expected arguments with a keyword", conf->arg[i].text);
	return bty_conf_fail(conf, i, err, "'%.40s': expected %d argument%s without a keyword at most",
			     conf->arg[i].text, most, most == 1 ? "" : "s");
}

/*
 * Which entry argument i is for, and its value. *npos counts positional ones. Returns the entry, or -EINVAL.
 * Two words or more begin with a keyword: no value is two words.
 */
static int match(const struct bty_conf *conf, int i, const struct bty_arg *table, int *npos, const char **value,
		 struct bty_err *err)
{
	const char *text = conf->arg[i].text;
	size_t len = leading_word(text);
	int t, most = 0;

	t = len ? find_keyword(table, text, len) : -1;
	if (t >= 0) {
		*value = after_blank(text + len);
		if (!**value)
			return bty_conf_fail(conf, i, err, "%s: expected a value: %s", table[t].keyword, table[t].what);
		return t;
	}
	if (len && text[len])
		return fail_unknown(conf, i, table, len, err);
	*value = text;
	++*npos;
	for (t = 0; table[t].what; t++) {
		if (table[t].positional == *npos)
			break;
		most += table[t].positional > 0;
	}
	if (!table[t].what)
		return fail_surplus(conf, i, most, err);
	if (!*text)
		return bty_conf_fail(conf, i, err, "empty argument: expected %s (%s)", label(&table[t]), table[t].what);
	return t;
}

static void mark_given(const struct bty_arg *arg, void *args)
{
	if (arg->given_offset)
		*((uint8_t *)args + arg->given_offset) = 1;
}

static int finish_defaults(const struct bty_conf *conf, const struct bty_arg *table, const uint8_t *given, void *args,
			   struct bty_err *err)
{
	int t, r;

	for (t = 0; table[t].what; t++) {
		if (given[t])
			continue;
		if (table[t].required)
			return bty_conf_fail(conf, -1, err, "argument missing: expected %s (%s)", label(&table[t]),
					     table[t].what);
		if (!table[t].deflt)
			continue;
		r = bty_argvalue_set(conf, -1, &table[t], table[t].deflt, args, err);
		if (r)
			return r;
	}
	return 0;
}

int bty_argtable_compile(const struct bty_conf *conf, const struct bty_arg *table, void *args, struct bty_err *err)
{
	uint8_t given[MAX_TABLE] = { 0 };
	int i, t, r, npos = 0;
	const char *value = NULL;

	for (t = 0; table[t].what; t++)
		assert(t < MAX_TABLE);
	for (i = 0; i < conf->n; i++) {
		t = match(conf, i, table, &npos, &value, err);
		if (t < 0)
			return t;
		if (given[t])
			return bty_conf_fail(conf, i, err, "%s is given twice: expected it once", label(&table[t]));
		given[t] = 1;
		mark_given(&table[t], args);
		r = bty_argvalue_set(conf, i, &table[t], value, args, err);
		if (r)
			return r;
	}
	return finish_defaults(conf, table, given, args, err);
}
