/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `batchy-agent model` shows. Private to user/cli. */
#ifndef USER_CLI_MODEL_H
#define USER_CLI_MODEL_H

#include <jansson.h>
#include "../model/model.h"

struct model_shown {
	const struct bty_graph *g;
	struct bty_model m;
	struct bty_model_gaps gaps;
	struct bty_prediction p;
	const char *stale; /* of the costs, or NULL */
};

/* To standard error, what makes the prediction worth less. */
void model_warn(const struct model_shown *s);
/* To standard output: tables. */
void model_print(const struct model_shown *s);
/* A new reference. */
json_t *model_json(const struct model_shown *s);

#endif
