// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers with units; called by the pipeline language and the command line. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

struct unit {
	const char *name;
	double factor;
};

static int parse_unit(const char *s, const struct unit *units, uint64_t *out)
{
	double v;
	char *end;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	/* strtod also takes hexadecimal and exponents: a unit never begins with what they need */
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return -EINVAL;
	errno = 0;
	v = strtod(s, &end);
	if (errno)
		return -ERANGE;
	for (; units->name; units++)
		if (!strcmp(end, units->name))
			break;
	if (!units->name)
		return -EINVAL;
	v *= units->factor;
	if (v > 9e18)
		return -ERANGE;
	*out = (uint64_t)(v + 0.5);
	return 0;
}

int bty_parse_time_ns(const char *s, uint64_t *ns)
{
	static const struct unit units[] = {
		{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { NULL, 0 },
	};

	if (!strcmp(s, "0")) {
		*ns = 0;
		return 0;
	}
	return parse_unit(s, units, ns);
}

int bty_parse_rate_pps(const char *s, uint64_t *pps)
{
	static const struct unit units[] = {
		{ "", 1 }, { "pps", 1 }, { "kpps", 1e3 }, { "Mpps", 1e6 }, { NULL, 0 },
	};

	return parse_unit(s, units, pps);
}

int bty_parse_bitrate(const char *s, uint64_t *bps)
{
	static const struct unit units[] = {
		{ "bps", 1 }, { "kbps", 1e3 }, { "Mbps", 1e6 }, { "Gbps", 1e9 }, { NULL, 0 },
	};

	return parse_unit(s, units, bps);
}

int bty_parse_u64(const char *s, uint64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	*v = strtoull(s, &end, s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10);
	if (errno)
		return -ERANGE;
	return *end || end == s ? -EINVAL : 0;
}

char *bty_format_time(uint64_t ns, char *buf, size_t size)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 } };
	size_t i = 0;

	while (i < 3 && (ns == 0 || ns % units[i].ns))
		i++;
	snprintf(buf, size, "%llu%s", (unsigned long long)(ns / units[i].ns), units[i].name);
	return buf;
}
