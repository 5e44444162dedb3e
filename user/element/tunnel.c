// SPDX-License-Identifier: GPL-2.0-or-later
/* What the arguments of encapsulating elements must agree in; called by their finish() hooks when a pipeline is read. */
#include <elements/greencap.h>
#include <elements/gtpuencap.h>
#include <elements/vxlanencap.h>

#include "user/config/conf.h"

static int check_outer(const struct bty_conf *conf, const struct bty_outer *o, struct bty_err *err)
{
	if (o->src.v6 != o->dst.v6)
		return bty_conf_fail(conf, -1, err,
				     "SRC is an IPv%d address, DST an IPv%d one: expected the same family",
				     o->src.v6 ? 6 : 4, o->dst.v6 ? 6 : 4);
	return 0;
}

int bty_vxlanencap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	return check_outer(conf, &((struct vxlanencap_args *)args)->outer, err);
}

int bty_greencap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	return check_outer(conf, &((struct greencap_args *)args)->outer, err);
}

int bty_gtpuencap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	const struct gtpuencap_args *a = args;

	if (a->uplink && !a->has_qfi)
		return bty_conf_fail(conf, -1, err, "UPLINK without QFI: expected QFI, or no UPLINK");
	return check_outer(conf, &a->outer, err);
}
