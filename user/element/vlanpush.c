// SPDX-License-Identifier: GPL-2.0-or-later
/* VLANPush's arguments, once read: the tag as in a packet. Called when a pipeline is read. */
#include <elements/vlanpush.h>

#include "user/config/conf.h"

int bty_vlanpush_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	struct vlanpush_args *a = args;

	if (a->tpid != BTY_ETH_VLAN && a->tpid != BTY_ETH_QINQ)
		return bty_conf_fail(conf, -1, err, "TPID %#x: expected 0x8100 or 0x88a8", a->tpid);
	a->tag = bty_htonl(a->tpid << 16 | a->pcp << 13 | a->id);
	return 0;
}
