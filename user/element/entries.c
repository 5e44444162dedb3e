// SPDX-License-Identifier: GPL-2.0-or-later
/* Entries by key, from arguments and files; called by user/graph when a pipeline is read, by user/control for changes. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entries.h"
#include "user/config/argvalue.h"
#include "user/config/conf.h"
#include "user/lib/file.h"

#define FIRST_SIZE 64
#define MAX_LINE   (64 << 10)  /* bytes */
#ifndef MAX_ENTRIES	       /* a test's is smaller */
#define MAX_ENTRIES (1u << 30) /* numbers are stored in 32 bits, and half of the slots stay free */
#endif

static int make(const struct bty_table_ops *ops, struct bty_entries **out, struct bty_err *err)
{
	struct bty_entries *e = calloc(1, sizeof(*e));

	*out = e;
	if (!e) {
		bty_fail(err, -ENOMEM, "out of memory");
		return -ENOMEM;
	}
	e->ops = ops;
	e->stride = (ops->entry_size + 1 + 7) & ~(size_t)7;
	return 0;
}

void bty_entries_free(struct bty_entries *e)
{
	if (!e)
		return;
	free(e->e);
	free(e->slot);
	free(e);
}

size_t bty_entries_bytes(const struct bty_entries *e)
{
	return sizeof(*e) + e->size * e->stride + e->nslots * sizeof(*e->slot);
}

static uint8_t *from_file(const struct bty_entries *e, size_t i)
{
	return e->e + i * e->stride + e->ops->entry_size;
}

static size_t hash(const uint8_t *key, size_t len)
{
	uint64_t h = 0, word;
	size_t n;

	for (; len; len -= n, key += n) {
		n = len < sizeof(word) ? len : sizeof(word);
		word = 0;
		memcpy(&word, key, n);
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	return h * 0xbf58476d1ce4e5b9ULL >> 17;
}

/* The slot of key, or the free one where it belongs. */
static uint32_t *find_slot(const struct bty_entries *e, const void *key)
{
	size_t i = hash(key, e->ops->key_size);

	for (;; i++) {
		i &= e->nslots - 1;
		if (!e->slot[i] || !memcmp(bty_entry(e, e->slot[i] - 1), key, e->ops->key_size))
			return &e->slot[i];
	}
}

static int index_again(struct bty_entries *e, size_t nslots, struct bty_err *err)
{
	uint32_t *slot = calloc(nslots, sizeof(*slot));
	size_t i;

	if (!slot)
		return bty_fail(err, -ENOMEM, "no memory for %zu entries", nslots / 2);
	free(e->slot);
	e->slot = slot;
	e->nslots = nslots;
	for (i = 0; i < e->n; i++)
		*find_slot(e, bty_entry(e, i)) = i + 1;
	return 0;
}

static int grow(struct bty_entries *e, struct bty_err *err)
{
	size_t size = e->size ? 2 * e->size : FIRST_SIZE;
	uint8_t *p;

	if (size > MAX_ENTRIES)
		return bty_fail(err, -E2BIG, "more than %u %ss", MAX_ENTRIES, e->ops->noun);
	p = realloc(e->e, size * e->stride);
	if (!p) {
		bty_fail(err, -ENOMEM, "no memory for %zu entries", size);
		return -ENOMEM;
	}
	e->e = p;
	e->size = size;
	return index_again(e, 2 * size, err);
}

/* Adds a parsed entry, or replaces the one with its key. */
static int put(struct bty_entries *e, const void *entry, int file, struct bty_err *err)
{
	uint32_t *slot;
	int ret;

	if (e->n == e->size) {
		ret = grow(e, err);
		if (ret)
			return ret;
	}
	slot = find_slot(e, entry);
	if (!*slot)
		*slot = ++e->n;
	if (!e->e) /* never: there is room for one more */
		return -EINVAL;
	memcpy(e->e + (*slot - 1) * e->stride, entry, e->ops->entry_size);
	*from_file(e, *slot - 1) = file;
	return 0;
}

static int check_port(const struct bty_entries *e, const void *entry, int nout, struct bty_err *why)
{
	int port = e->ops->port ? e->ops->port(entry) : 0;

	if (port < nout)
		return 0;
	return bty_fail(why, -ERANGE, "a %s to output %d, which is not connected: expected 0 to %d", e->ops->noun, port,
			nout - 1);
}

static int read_entry(struct bty_entries *e, const void *args, const char *text, int nout, int file,
		      struct bty_err *why)
{
	uint64_t entry[BTY_ENTRY_MAX / 8] = { 0 };
	int ret = e->ops->parse(args, text, 0, entry, why);

	if (!ret)
		ret = check_port(e, entry, nout, why);
	return ret ? ret : put(e, entry, file, why);
}

static int is_empty(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return !*s;
}

/* The next line of f without its end. Returns 1, 0 at the end of the file, or -errno with why set. */
static int read_line(FILE *f, char *line, struct bty_err *why)
{
	size_t n = 0;
	int c;

	errno = 0;
	while ((c = getc_unlocked(f)) != EOF && c != '\n') {
		if (!c)
			return bty_fail(why, -EINVAL, "a NUL byte: the file is binary or torn");
		if (n == MAX_LINE)
			return bty_fail(why, -E2BIG, "a line of more than %d bytes", MAX_LINE);
		line[n++] = c;
	}
	line[n] = 0;
	if (ferror(f))
		return bty_fail(why, errno ? -errno : -EIO, "cannot read on: %m");
	return n || c != EOF;
}

/* Cuts a comment off. Returns whether there is anything else. */
static int has_entry(char *line)
{
	char *end = strchr(line, '#');

	if (end)
		*end = 0;
	return !is_empty(line);
}

/* There was no room for one more: counts the others in f, so that it is said how many there are. */
static int fail_full(const struct bty_entries *e, const char *at, int ret, char *line, FILE *f,
		     const struct bty_err *full, struct bty_err *err)
{
	size_t n = e->n + 1;
	struct bty_err why;

	while (read_line(f, line, &why) > 0)
		n += has_entry(line);
	return bty_fail(err, ret, "%s: %s; the file has %zu", at, full->msg, n);
}

static int read_lines(struct bty_entries *e, const void *args, const char *path, FILE *f, int nout, struct bty_err *err)
{
	char *line = malloc(MAX_LINE + 1), at[320];
	size_t before = e->n;
	struct bty_err why;
	int ret, no;

	if (!line)
		return bty_fail(err, -ENOMEM, "%s: no memory to read %ss", path, e->ops->noun);
	for (no = 1; (ret = read_line(f, line, &why)) > 0; no++) {
		ret = has_entry(line) ? read_entry(e, args, line, nout, 1, &why) : 0;
		if (ret)
			break;
	}
	snprintf(at, sizeof(at), "%s:%d", path, no);
	if (ret == -ENOMEM || (ret == -E2BIG && e->n == MAX_ENTRIES))
		ret = fail_full(e, at, ret, line, f, &why, err);
	else if (ret)
		ret = bty_fail(err, ret, "%s: %s", at, why.msg);
	free(line);
	if (ret)
		return ret;
	if (e->n == before)
		return bty_fail(err, -EINVAL, "%s: no %ss in it", path, e->ops->noun);
	return 0;
}

static int read_file(struct bty_entries *e, const void *args, const char *path, int nout, struct bty_err *err)
{
	struct bty_err why;
	FILE *f;
	int ret = bty_file_stream(path, &f, &why);

	if (ret)
		return bty_fail(err, ret, "%s: cannot read %ss: %s", path, e->ops->noun, why.msg);
	ret = read_lines(e, args, path, f, nout, err);
	fclose(f);
	if (!ret)
		snprintf(e->file, sizeof(e->file), "%s", path);
	return ret;
}

/* 1 when argument text is `word ...`. */
static int begins_with(const char *text, const char *word, size_t len)
{
	return !strncmp(text, word, len) && (!text[len] || isspace((unsigned char)text[len]));
}

/* How long the keyword is that text begins with; 0 for none. */
static size_t keyword_length(const struct bty_table_ops *ops, const char *text)
{
	size_t n = strcspn(text, " \t\r\n");
	char word[32];

	if (begins_with(text, "FILE", 4))
		return 4;
	snprintf(word, sizeof(word), " %.*s ", (int)n, text);
	return n && ops->keywords && strstr(ops->keywords, word) ? n : 0;
}

int bty_entries_is_entry(const struct bty_table_ops *ops, const char *text)
{
	return !(ops->words && !strpbrk(text, " \t\r\n")) && !keyword_length(ops, text);
}

/* *found: the argument that says FILE, -1 when there is none. Returns 0, or -EINVAL with err set when there are two. */
static int find_file(const struct bty_entries *e, const struct bty_conf *conf, int *found, struct bty_err *err)
{
	int i;

	*found = -1;
	for (i = 0; i < conf->n; i++) {
		if (!begins_with(conf->arg[i].text, "FILE", 4))
			continue;
		if (*found >= 0)
			return bty_conf_fail(conf, i, err, "a second FILE; put all its %ss in one", e->ops->noun);
		*found = i;
	}
	return 0;
}

static int configure_file(struct bty_entries *e, const struct bty_conf *conf, const void *args, struct bty_err *err)
{
	static const struct bty_arg arg = { .keyword = "FILE", .what = "a file of entries", .type = BTY_ARG_FILE };
	struct bty_err why;
	const char *s;
	char path[256];
	int i, ret = find_file(e, conf, &i, err);

	if (ret || (i < 0 && (conf->n || !e->ops->default_file)))
		return ret;
	s = i < 0 ? e->ops->default_file : conf->arg[i].text + 4;
	ret = bty_argvalue_set(conf, i, &arg, s + strspn(s, " \t\r\n"), path, err);
	if (ret)
		return ret;
	ret = read_file(e, args, path, BTY_MAX_OUT, &why);
	return ret ? bty_conf_fail(conf, i, err, "%s", why.msg) : 0;
}

static int check_twice(const struct bty_table_ops *ops, const struct bty_conf *conf, struct bty_err *err)
{
	size_t n;
	int i, k;

	for (i = 0; i < conf->n; i++) {
		n = keyword_length(ops, conf->arg[i].text);
		for (k = 0; n && k < i; k++)
			if (begins_with(conf->arg[k].text, conf->arg[i].text, n))
				return bty_conf_fail(conf, i, err, "%.*s is given twice: expected it once", (int)n,
						     conf->arg[i].text);
	}
	return 0;
}

static int configure_arguments(struct bty_entries *e, const struct bty_conf *conf, const void *args,
			       struct bty_err *err)
{
	struct bty_err why;
	int i;

	for (i = 0; i < conf->n; i++) {
		if (!bty_entries_is_entry(e->ops, conf->arg[i].text))
			continue;
		if (read_entry(e, args, conf->arg[i].text, BTY_MAX_OUT, 0, &why))
			return bty_conf_fail(conf, i, err, "'%.200s': %s", conf->arg[i].text, why.msg);
	}
	return 0;
}

/* That the tables can be made is found out now, not when an interface waits for them. */
static int try_plan(const struct bty_entries *e, const struct bty_conf *conf, void *args, struct bty_err *err)
{
	struct bty_table_spec spec[BTY_MAX_TABLES] = { 0 };
	struct bty_err why;
	void *priv = NULL;
	int ret = e->ops->plan(args, e, spec, &priv, &why);

	if (e->ops->release)
		e->ops->release(priv);
	return ret ? bty_conf_fail(conf, -1, err, "%s", why.msg) : 0;
}

int bty_entries_configure(const struct bty_class *cls, const struct bty_conf *conf, void *args,
			  struct bty_entries **out, int *nout, struct bty_err *err)
{
	const struct bty_table_ops *ops = cls->table_ops;
	struct bty_entries *e;
	size_t i;
	int ret;

	*out = NULL;
	if (!ops->parse)
		return 0;
	ret = make(ops, &e, err);
	if (!ret)
		ret = configure_file(e, conf, args, err);
	if (!ret)
		ret = check_twice(ops, conf, err);
	if (!ret)
		ret = configure_arguments(e, conf, args, err);
	if (!ret && !e->n && !ops->can_be_empty)
		ret = bty_conf_fail(conf, -1, err, "no %ss: expected %s", ops->noun, cls->usage);
	if (!ret)
		ret = try_plan(e, conf, args, err);
	if (ret) {
		bty_entries_free(e);
		return ret;
	}
	for (i = 0; ops->port && !ops->more_outputs && i < e->n; i++)
		if (ops->port(bty_entry(e, i)) >= *nout)
			*nout = ops->port(bty_entry(e, i)) + 1;
	*out = e;
	return 0;
}

/* The argument that an entry comes from, or the FILE, or -1. */
static int find_argument(const struct bty_entries *e, const struct bty_conf *conf, const void *args, const void *entry)
{
	int i, file = -1;

	for (i = conf->n - 1; i >= 0; i--) {
		uint64_t other[BTY_ENTRY_MAX / 8] = { 0 };

		if (begins_with(conf->arg[i].text, "FILE", 4))
			file = i;
		else if (bty_entries_is_entry(e->ops, conf->arg[i].text) &&
			 !e->ops->parse(args, conf->arg[i].text, 0, other, NULL) &&
			 !memcmp(other, entry, e->ops->entry_size))
			return i;
	}
	return file;
}

int bty_entries_connected(const struct bty_entries *e, const struct bty_conf *conf, const void *args, int nout,
			  struct bty_err *err)
{
	struct bty_err why;
	char text[256];
	size_t i;

	for (i = 0; e->ops->more_outputs && i < e->n; i++) {
		if (!check_port(e, bty_entry(e, i), nout, &why))
			continue;
		e->ops->print(args, bty_entry(e, i), text, sizeof(text));
		return bty_conf_fail(conf, find_argument(e, conf, args, bty_entry(e, i)), err, "'%s': %s", text,
				     why.msg);
	}
	return 0;
}

static int copy(const struct bty_entries *old, struct bty_entries **out, struct bty_err *err)
{
	struct bty_entries *e;
	int ret = make(old->ops, &e, err);

	*out = e;
	if (!e)
		return ret;
	memcpy(e->file, old->file, sizeof(e->file));
	if (!old->n)
		return 0;
	e->e = malloc(old->size * old->stride);
	e->slot = malloc(old->nslots * sizeof(*e->slot));
	if (!e->e || !e->slot)
		return bty_fail(err, -ENOMEM, "no memory for %zu entries", old->size);
	memcpy(e->e, old->e, old->n * old->stride);
	memcpy(e->slot, old->slot, old->nslots * sizeof(*e->slot));
	e->n = old->n;
	e->size = old->size;
	e->nslots = old->nslots;
	return 0;
}

static int set_entry(const struct bty_entries *old, const void *args, const char *text, int nout,
		     struct bty_entries **out, struct bty_err *err)
{
	struct bty_err why;
	int ret = copy(old, out, err);

	if (ret)
		return ret;
	ret = read_entry(*out, args, text, nout, 0, &why);
	return ret ? bty_fail(err, ret, "'%.200s': %s", text, why.msg) : 0;
}

static int del_entry(const struct bty_entries *old, const void *args, const char *text, struct bty_entries **out,
		     struct bty_err *err)
{
	uint64_t entry[BTY_ENTRY_MAX / 8] = { 0 };
	struct bty_entries *e;
	struct bty_err why;
	uint32_t *slot;
	int ret = copy(old, out, err);

	if (ret)
		return ret;
	e = *out;
	ret = e->ops->parse(args, text, 1, entry, &why);
	if (ret)
		return bty_fail(err, ret, "'%.200s': %s", text, why.msg);
	slot = e->n ? find_slot(e, entry) : NULL;
	if (!slot || !*slot)
		return bty_fail(err, -ENOENT, "'%.200s': there is no such %s", text, e->ops->noun);
	memmove(e->e + (*slot - 1) * e->stride, e->e + *slot * e->stride, (e->n - *slot) * e->stride);
	e->n--;
	return index_again(e, e->nslots, err);
}

static int load_file(const struct bty_entries *old, const void *args, const char *path, int nout,
		     struct bty_entries **out, struct bty_err *err)
{
	int ret = make(old->ops, out, err);
	size_t i, left = 0;
	struct bty_err why;

	if (!ret)
		ret = read_file(*out, args, path, nout, err);
	if (ret)
		return ret;
	for (i = 0; i < old->n; i++) {
		if (*from_file(old, i))
			continue;
		if (!ret)
			ret = put(*out, bty_entry(old, i), 0, &why);
		left += ret != 0;
	}
	return ret ? bty_fail(err, ret, "%s: %s; with those set by hand there are %zu", path, why.msg, (*out)->n + left)
		   : 0;
}

int bty_entries_change(const struct bty_entries *old, const void *args, enum bty_change what, const char *text,
		       int nout, struct bty_entries **out, struct bty_err *err)
{
	struct bty_entries *e = NULL;
	int ret;

	if (what == BTY_TABLE_SET)
		ret = set_entry(old, args, text, nout, &e, err);
	else if (what == BTY_TABLE_DEL)
		ret = del_entry(old, args, text, &e, err);
	else
		ret = load_file(old, args, text, nout, &e, err);
	if (ret) {
		bty_entries_free(e);
		return ret;
	}
	e->version = old->version + 1;
	*out = e;
	return 0;
}
