// SPDX-License-Identifier: GPL-2.0-or-later
/* FromInput's and ToOutput's arguments, called when a pipeline is read; which devices they stand for: user/graph/expand.c. */
#include <string.h>
#include <elements/frominput.h>
#include <elements/tooutput.h>

#include "user/config/conf.h"

static int check_names(const struct bty_conf *conf, struct bty_err *err)
{
	int i;

	for (i = 0; i < conf->n; i++)
		if (!*conf->arg[i].text || strlen(conf->arg[i].text) >= 16 || strpbrk(conf->arg[i].text, "/: \t\""))
			return bty_conf_fail(conf, i, err, "'%.40s': expected the name of a network device",
					     conf->arg[i].text);
	if (conf->n > BTY_MAX_OUT)
		return bty_conf_fail(conf, BTY_MAX_OUT, err, "expected %d devices at most", BTY_MAX_OUT);
	return 0;
}

int bty_frominput_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	*nout = 1;
	return check_names(conf, err);
}

int bty_tooutput_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct tooutput_args *a = args;

	memset(a->port_of, TOOUTPUT_NONE, sizeof(a->port_of));
	/* no output is the file's to connect */
	*nout = 0;
	return check_names(conf, err);
}

int bty_tooutput_devices(void *args, const struct bty_device_info *info, struct bty_err *why)
{
	struct tooutput_args *a = args;
	int i;

	for (i = 0; i < info->nout; i++)
		if (info->out_dev[i] >= 0)
			a->port_of[info->out_dev[i]] = i;
	if (!info->mac)
		return 0;
	for (i = 0; i < info->ndev; i++)
		memcpy(a->mac[i], info->mac[i], 6);
	a->has_macs = 1;
	return 0;
}
