// SPDX-License-Identifier: GPL-2.0-or-later
/* Tee's number of outputs, which its table alone would not tell the graph. Called when a pipeline is read. */
#include <elements/tee.h>

#include "user/config/argtable.h"

extern const struct bty_class bty_class_tee;

int bty_tee_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	int ret = bty_argtable_compile(conf, bty_class_tee.args, args, err);

	*nout = ((struct tee_args *)args)->n;
	return ret;
}
