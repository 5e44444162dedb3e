// SPDX-License-Identifier: GPL-2.0-or-later
/* L2Forward's argument, the number of devices, and the row that says whose turn it is. */
#include <stdio.h>
#include <string.h>
#include <elements/l2forward.h>

#include "table.h"
#include "user/config/conf.h"

static const char *const methods[] = { "echoback", "echoback_cross", "roundrobin", "roundrobin_batch", "two_to_one" };

int bty_l2forward_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct l2forward_args *a = args;
	const char *text = conf->n ? conf->arg[0].text : "method echoback";
	char word[32] = "", name[32] = "", rest[2] = "";
	size_t i;

	*nout = 1;
	if (conf->n > 1)
		return bty_conf_fail(conf, 1, err, "expected one argument, as method echoback");
	if (sscanf(text + (*text == '"'), " %31[a-z] %31[a-z_] %1s", word, name, rest) < 2 || strcmp(word, "method") ||
	    (*rest && *rest != '"'))
		return bty_conf_fail(conf, 0, err, "'%.40s': expected `method' and its name, as method echoback", text);
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(name, methods[i])) {
			a->method = i;
			return 0;
		}
	return bty_conf_fail(conf, 0, err,
			     "'%s': expected echoback, echoback_cross, roundrobin, roundrobin_batch or two_to_one",
			     name);
}

int bty_l2forward_devices(void *args, const struct bty_device_info *info, struct bty_err *why)
{
	((struct l2forward_args *)args)->ndev = info->ndev;
	return 0;
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	spec[0] = (struct bty_table_spec){ .nrows = 1, .row_size = sizeof(struct l2forward_turn), .kept = 1 };
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	return 0; /* begins with the first device */
}

const struct bty_table_ops bty_l2forward_tables = { .plan = plan, .fill = fill };
