// SPDX-License-Identifier: GPL-2.0-or-later
/* ACL's arguments and tables. Called when a pipeline is read, loaded and updated. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "entries.h"
#include "user/config/conf.h"

/* The value of an argument `KEYWORD value`, or NULL when it is not that. */
static const char *value_of(const char *text, const char *keyword)
{
	size_t n = strlen(keyword);

	if (strncmp(text, keyword, n) || !strchr(" \t\r\n", text[n]))
		return NULL;
	return text + n + strspn(text + n, " \t\r\n");
}

int bty_acl_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct acl_args *a = args;
	const char *value;
	uint8_t *set;
	int i, action;

	a->action = ACL_DENY;
	a->unmatched = 0;
	*nout = 1;
	for (i = 0; i < conf->n; i++) {
		set = &a->action;
		value = value_of(conf->arg[i].text, "ACTION");
		if (!value) {
			set = &a->unmatched;
			value = value_of(conf->arg[i].text, "UNMATCHED");
		}
		if (!value)
			continue;
		action = bty_acl_action(value);
		if (action < 0)
			return bty_conf_fail(conf, i, err, "'%.40s': expected allow, deny or an output from 0 to %d",
					     value, BTY_MAX_OUT - 1);
		*set = action;
		if (action != ACL_DENY && action >= *nout)
			*nout = action + 1;
	}
	return 0;
}

static __u64 prefix_mask(unsigned int len)
{
	return len ? 0xffffffffU << (32 - len) & 0xffffffffU : 0;
}

static void make_rule(const struct acl_entry *e, uint32_t number, struct acl_rule *r)
{
	int all_ports = !e->sport[0] && e->sport[1] == 65535 && !e->dport[0] && e->dport[1] == 65535;
	int tcp = e->proto == BTY_PROTO_TCP && e->proto_mask == 0xff;
	unsigned int flags = tcp ? e->flags << ACL_FLAGS_SH : 0, mask = tcp ? e->flags_mask << ACL_FLAGS_SH : 0;

	if (mask || !all_ports)
		mask |= ACL_HAS_PORTS;

	*r = (struct acl_rule){
		.addr = (__u64)e->src << 32 | e->dst,
		.addr_mask = prefix_mask(e->src_len) << 32 | prefix_mask(e->dst_len),
		.sport_lo = e->sport[0],
		.sport_span = e->sport[1] - e->sport[0],
		.dport_lo = e->dport[0],
		.dport_span = e->dport[1] - e->dport[0],
		.proto = e->proto | flags | (mask & ACL_HAS_PORTS),
		.proto_mask = e->proto_mask | mask,
		.verdict = number << 8 | e->action,
	};
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	struct bty_acl_trees *t = NULL;
	struct acl_rule *rules;
	uint32_t i;
	int ret;

	if (e->n >= ACL_MAX_RULES)
		return bty_fail(err, -E2BIG, "%zu rules; at most %d are possible", e->n, ACL_MAX_RULES - 1);
	rules = calloc(e->n + 1, sizeof(*rules));
	if (!rules)
		return bty_fail(err, -ENOMEM, "no memory for %zu rules", e->n);
	for (i = 0; i < e->n; i++)
		make_rule(bty_entry(e, i), i, &rules[i]);
	ret = bty_acl_trees_make(rules, e->n, &t, err);
	free(rules);
	*priv = t;
	if (ret)
		return ret;
	((struct acl_args *)args)->nrules = e->n;
	spec[0] = (struct bty_table_spec){ .nrows = t->nnodes, .row_size = sizeof(__u64) };
	spec[1] = (struct bty_table_spec){ .nrows = t->nrules, .row_size = sizeof(struct acl_rule) };
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	const struct bty_acl_trees *t = priv;

	memcpy(rows[0], t->nodes, t->nnodes * sizeof(*t->nodes));
	if (t->nrules)
		memcpy(rows[1], t->rules, t->nrules * sizeof(*t->rules));
	return 0;
}

static void release(void *priv)
{
	bty_acl_trees_free(priv);
}

static int port(const void *entry)
{
	const struct acl_entry *e = entry;

	return e->action == ACL_DENY ? 0 : e->action;
}

const struct bty_table_ops bty_acl_tables = {
	.noun = "rule",
	.keywords = " ACTION UNMATCHED ",
	.entry_size = sizeof(struct acl_entry),
	.key_size = offsetof(struct acl_entry, action),
	.parse = bty_acl_parse,
	.print = bty_acl_print,
	.port = port,
	.plan = plan,
	.fill = fill,
	.release = release,
};
