// SPDX-License-Identifier: GPL-2.0-or-later
/* Types of arguments, enum bty_arg_type: text to value, bounds, messages. Called by argument tables. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../lib/units.h"
#include "argtable.h"
#include "argvalue.h"

struct value {
	const struct bty_conf *conf;
	int i;
	const struct bty_arg *arg;
	const char *text;
	struct bty_err *err;
};

static int fail(const struct value *v, const char *expected)
{
	const char *label = v->arg->keyword ? v->arg->keyword : v->arg->what;

	return bty_conf_fail(v->conf, v->i, v->err, "%s '%.40s': expected %s", label, v->text, expected);
}

static const char *show_bound(const struct value *v, uint64_t n, char *buf, size_t size)
{
	if (v->arg->type == BTY_ARG_TIME_NS)
		return bty_format_time(n, buf, size);
	snprintf(buf, size, "%llu", (unsigned long long)n);
	return buf;
}

static int fail_range(const struct value *v, uint64_t min, uint64_t max)
{
	char a[32], b[32], expected[256];

	show_bound(v, min, a, sizeof(a));
	show_bound(v, max, b, sizeof(b));
	if (max == UINT64_MAX)
		snprintf(expected, sizeof(expected), "%s or more (%s)", a, v->arg->what);
	else
		snprintf(expected, sizeof(expected), "%s to %s (%s)", a, b, v->arg->what);
	return fail(v, expected);
}

static int check_range(const struct value *v, uint64_t n, uint64_t type_max)
{
	uint64_t min = v->arg->min, max = v->arg->max;

	if ((!min && !max) || max > type_max)
		max = type_max;
	return n < min || n > max ? fail_range(v, min, max) : 0;
}

static int set_u32(const struct value *v, void *dst)
{
	uint64_t n = 0;
	uint32_t u;
	int r;

	r = bty_parse_u64(v->text, &n);
	if (r == -EINVAL)
		return fail(v, "a whole number");
	r = check_range(v, r ? UINT64_MAX : n, UINT32_MAX);
	if (r)
		return r;
	u = n;
	memcpy(dst, &u, sizeof(u));
	return 0;
}

static int set_time(const struct value *v, void *dst)
{
	uint64_t ns = 0;
	int r;

	r = bty_parse_time_ns(v->text, &ns);
	if (r == -EINVAL)
		return fail(v, "a time with its unit (ns, us, ms or s), as 50us");
	if (r)
		return fail(v, "a shorter time");
	r = check_range(v, ns, UINT64_MAX);
	if (!r)
		memcpy(dst, &ns, sizeof(ns));
	return r;
}

static int set_rate(const struct value *v, void *dst)
{
	uint64_t pps = 0;
	int r;

	r = bty_parse_rate_pps(v->text, &pps);
	if (r == -EINVAL)
		return fail(v, "a rate (pps, kpps or Mpps), as 10kpps");
	if (r)
		return fail(v, "a lower rate");
	r = check_range(v, pps, UINT64_MAX);
	if (!r)
		memcpy(dst, &pps, sizeof(pps));
	return r;
}

static int set_bitrate(const struct value *v, void *dst)
{
	uint64_t bps = 0;
	int r;

	r = bty_parse_bitrate(v->text, &bps);
	if (r == -EINVAL)
		return fail(v, "a rate with its unit (bps, kbps, Mbps or Gbps), as 10Mbps");
	if (r)
		return fail(v, "a lower rate");
	r = check_range(v, bps, UINT64_MAX);
	if (!r)
		memcpy(dst, &bps, sizeof(bps));
	return r;
}

static int set_real(const struct value *v, void *dst)
{
	double d;
	char *end;

	/* strtod would take "inf", "nan" and hexadecimal */
	if (!v->text[0] || v->text[strspn(v->text, "0123456789+-.eE")])
		return fail(v, "a number");
	d = strtod(v->text, &end);
	if (*end || !isfinite(d))
		return fail(v, "a number");
	memcpy(dst, &d, sizeof(d));
	return 0;
}

static int set_bool(const struct value *v, void *dst)
{
	static const char *const words[] = { "false", "true", "no", "yes", "0", "1" };
	unsigned int k;

	for (k = 0; k < sizeof(words) / sizeof(words[0]); k++)
		if (!strcasecmp(v->text, words[k]))
			break;
	if (k == sizeof(words) / sizeof(words[0]))
		return fail(v, "true or false");
	*(uint8_t *)dst = k & 1;
	return 0;
}

static int set_mac(const struct value *v, void *dst)
{
	static const char digits[] = "0123456789abcdef";
	const char *s = v->text, *hi, *lo;
	uint8_t mac[6];
	int k;

	for (k = 0; k < 6; k++) {
		hi = *s ? strchr(digits, tolower((unsigned char)*s++)) : NULL;
		lo = hi && *s ? strchr(digits, tolower((unsigned char)*s++)) : NULL;
		if (!lo || *s != (k < 5 ? ':' : '\0'))
			return fail(v, "an Ethernet address, as 02:00:00:00:00:01");
		mac[k] = (hi - digits) << 4 | (lo - digits);
		s += k < 5;
	}
	memcpy(dst, mac, sizeof(mac));
	return 0;
}

static int set_addr(const struct value *v, void *dst)
{
	struct bty_addr addr = { .v6 = !!strchr(v->text, ':') };

	if (inet_pton(addr.v6 ? AF_INET6 : AF_INET, v->text, addr.word) != 1)
		return fail(v, "an IP address, as 192.0.2.1 or 2001:db8::1");
	memcpy(dst, &addr, sizeof(addr));
	return 0;
}

/* One word, or a "string"; *dst of size bytes. */
static int unquote(const struct value *v, char *dst, size_t size)
{
	const char *s = v->text;
	int quoted = *s == '"';
	size_t n = 0;

	for (s += quoted; *s && *s != '"'; s++) {
		if (quoted && *s == '\\' && s[1])
			s++;
		else if (!quoted && isspace((unsigned char)*s))
			return fail(v, "one word, or a string in quotes");
		if (n + 1 >= size)
			return fail(v, size == BTY_NAME_LEN ? "a shorter name, of 31 characters at most"
							    : "a shorter path");
		dst[n++] = *s;
	}
	if (quoted ? s[0] != '"' || s[1] : *s)
		return fail(v, "one word, or a string in quotes");
	dst[n] = '\0';
	return n ? 0 : fail(v, v->arg->what);
}

/* A path that is not absolute is meant from where the pipeline file is. */
/* Names of files are shown as JSON, which is UTF-8. */
static int is_utf8(const char *s)
{
	json_t *j = json_string(s);

	json_decref(j);
	return j != NULL;
}

static int set_file(const struct value *v, void *dst)
{
	const char *slash = strrchr(v->conf->file, '/');
	char path[256];
	int r, n, dir = slash ? slash - v->conf->file + 1 : 0;

	r = unquote(v, path, sizeof(path));
	if (r)
		return r;
	if (!is_utf8(path))
		return fail(v, "a name in UTF-8; rename the file");
	n = snprintf(dst, sizeof(path), "%.*s%s", path[0] == '/' ? 0 : dir, v->conf->file, path);
	return n < (int)sizeof(path) ? 0 : fail(v, "a shorter path");
}

int bty_argvalue_set(const struct bty_conf *conf, int i, const struct bty_arg *arg, const char *value, void *args,
		     struct bty_err *err)
{
	const struct value v = { conf, i, arg, value, err };
	void *dst = (char *)args + arg->offset;

	switch (arg->type) {
	case BTY_ARG_U32:
		return set_u32(&v, dst);
	case BTY_ARG_TIME_NS:
		return set_time(&v, dst);
	case BTY_ARG_RATE:
		return set_rate(&v, dst);
	case BTY_ARG_BITRATE:
		return set_bitrate(&v, dst);
	case BTY_ARG_REAL:
		return set_real(&v, dst);
	case BTY_ARG_BOOL:
		return set_bool(&v, dst);
	case BTY_ARG_MAC:
		return set_mac(&v, dst);
	case BTY_ARG_NAME:
		return unquote(&v, dst, BTY_NAME_LEN);
	case BTY_ARG_FILE:
		return set_file(&v, dst);
	case BTY_ARG_ADDR:
		return set_addr(&v, dst);
	case BTY_ARG_INDEX:
		memcpy(dst, &i, sizeof(i));
		return 0;
	}
	return bty_conf_fail(conf, i, err, "%s: unknown type %u", arg->what, arg->type);
}
