// SPDX-License-Identifier: GPL-2.0-or-later
/* NBA's load balancers as Queues: what they say is checked for its form, and has no meaning here. */
#include <elements/loadbalance.h>
#include <elements/queue.h>

#include "registry.h"
#include "user/config/argtable.h"
#include "user/config/conf.h"

_Static_assert(sizeof(struct loadbalance_args) == sizeof(struct queue_args), "one stands for the other");

int bty_loadbalance_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	const struct bty_conf none = {
		.file = conf->file, .element = conf->element, .class_name = conf->class_name, .pos = conf->pos
	};

	*nout = 1;
	if (conf->n > 1)
		return bty_conf_fail(conf, 1, err, "expected one argument at most, a weight or \"from-env\"");
	return bty_argtable_compile(&none, bty_class_find("Queue")->args, args, err);
}
