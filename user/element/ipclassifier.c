// SPDX-License-Identifier: GPL-2.0-or-later
/* IPClassifier's compiler: from expression trees to a decision graph. Called when a pipeline is read. */
#include <errno.h>
#include <stdlib.h>
#include <elements/ipclassifier.h>

#include "decision.h"
#include "ipexpr.h"

struct compiler {
	struct bty_ipexpr_pool pool;
	struct bty_decision_builder b;
	struct ipclassifier_args *args;
};

/* Short-circuit code for tree e, which leads to label yes or no. Returns the label where it begins, or -E2BIG. */
static int generate(struct compiler *c, int e, int yes, int no)
{
	const struct bty_ipexpr *x = &c->pool.e[e];
	int right;

	switch (x->op) {
	case BTY_IPEXPR_ALL:
		return yes;
	case BTY_IPEXPR_NONE:
		return no;
	case BTY_IPEXPR_NOT:
		return generate(c, x->left, no, yes);
	case BTY_IPEXPR_AND:
		right = generate(c, x->right, yes, no);
		return right < 0 ? right : generate(c, x->left, right, no);
	case BTY_IPEXPR_OR:
		right = generate(c, x->right, yes, no);
		return right < 0 ? right : generate(c, x->left, yes, right);
	case BTY_IPEXPR_TEST:
		break;
	}
	if (x->test.where >= IPCLASSIFIER_SRC4 && x->test.where <= IPCLASSIFIER_DST6_LO)
		c->args->needs_addr = 1;
	if (x->test.where == IPCLASSIFIER_SPORT || x->test.where == IPCLASSIFIER_DPORT)
		c->args->needs_ports = 1;
	return bty_decision_add(&c->b, &x->test, yes, no);
}

static int compile(const struct bty_conf *conf, struct compiler *c, struct bty_err *err)
{
	int root[BTY_MAX_OUT], i, label = BTY_DECISION_NONE;

	for (i = 0; i < conf->n; i++) {
		root[i] = bty_ipexpr_parse(conf, i, &c->pool, err);
		if (root[i] < 0)
			return root[i];
	}
	while (i-- > 0) {
		label = generate(c, root[i], bty_decision_leaf(i), label);
		if (label < 0)
			return bty_conf_fail(conf, i, err, "the expressions need more than %d tests", BTY_DECISION_MAX);
	}
	bty_decision_finish(&c->b, label, &c->args->d);
	return 0;
}

int bty_ipclassifier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct compiler *c;
	int ret;

	if (!conf->n)
		return bty_conf_fail(conf, -1, err,
				     "expected an expression for each output, such as udp dst port 53, or '-'");
	if (conf->n > BTY_MAX_OUT)
		return bty_conf_fail(conf, BTY_MAX_OUT, err, "%d expressions; an element has at most %d outputs",
				     conf->n, BTY_MAX_OUT);
	c = calloc(1, sizeof(*c));
	if (!c)
		return bty_fail(err, -ENOMEM, "%s: no memory for the expressions", conf->element);
	c->args = args;
	ret = compile(conf, c, err);
	free(c);
	*nout = conf->n;
	return ret;
}
