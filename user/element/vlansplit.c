// SPDX-License-Identifier: GPL-2.0-or-later
/* VLANSplit's arguments. Called when a pipeline is read. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <elements/vlansplit.h>

#include "user/config/conf.h"

/* A VLAN's number at *s. Returns it, or -1. */
static int read_id(const char **s)
{
	unsigned long id;
	char *end;

	if (!isdigit((unsigned char)**s))
		return -1;
	id = strtoul(*s, &end, 10);
	*s = end;
	return id <= 4095 ? (int)id : -1;
}

static int read_vlans(const struct bty_conf *conf, int i, struct vlansplit_args *a, struct bty_err *err)
{
	const char *s = conf->arg[i].text;
	int first, last;

	if (!strcmp(s, "-")) {
		first = 0;
		last = VLANSPLIT_UNTAGGED;
	} else if (!strcmp(s, "untagged")) {
		first = last = VLANSPLIT_UNTAGGED;
	} else {
		first = last = read_id(&s);
		if (first >= 0 && *s == '-') {
			s++;
			last = read_id(&s);
		}
		if (first < 0 || last < first || *s)
			return bty_conf_fail(
				conf, i, err,
				"'%.40s': expected a VLAN from 0 to 4095, a range as 10-19, 'untagged' or '-'",
				conf->arg[i].text);
	}
	a->out[i].first = first;
	a->out[i].last = last;
	return 0;
}

int bty_vlansplit_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct vlansplit_args *a = args;
	int i, ret;

	if (!conf->n)
		return bty_conf_fail(conf, -1, err, "expected VLANs for each output, such as 10, 20-29, -");
	if (conf->n > BTY_MAX_OUT)
		return bty_conf_fail(conf, BTY_MAX_OUT, err, "%d arguments; an element has at most %d outputs", conf->n,
				     BTY_MAX_OUT);
	for (i = 0; i < conf->n; i++) {
		ret = read_vlans(conf, i, a, err);
		if (ret)
			return ret;
	}
	for (; i < BTY_MAX_OUT; i++)
		a->out[i].first = VLANSPLIT_UNTAGGED + 1;
	*nout = conf->n;
	return 0;
}
