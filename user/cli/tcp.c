// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * batchy-agent tcp: the connections of this network namespace with what the kernel reports of each; top shows them too. Of
 * the sixteen metrics those that need programs in the kernel are null.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../observe/tcp_filter.h"
#include "cli.h"
#include "show.h"
#include "table.h"

static const char doc[] =
	"Shows TCP connections: windows, retransmissions, bytes, round-trip times. No agent is needed. EXPR combines "
	"`src|dst|host "
	"ADDR[/LEN]', `sport|dport|port N[-M]', `state NAME', `comm NAME', `pid N', `ip', `ip6' with and, or, not and "
	"parentheses.\v"
	"EXAMPLES:\n"
	"  batchy-agent tcp\n"
	"  batchy-agent tcp --filter 'dport 443 and src 10.0.0.0/8'\n"
	"  batchy-agent tcp --filter 'comm nginx and not state time-wait' --watch\n"
	"  batchy-agent tcp --json | jq '.connections[].srtt_us'\n";

struct args {
	const char *filter;
	int watch;
};

static const struct argp_option options[] = {
	{ "filter", 'f', "EXPR", 0, "Only connections that match" },
	{ "watch", 'w', NULL, 0, "Again each second, until Ctrl-C" },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'f':
		a->filter = arg;
		return 0;
	case 'w':
		a->watch = 1;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': conditions go into --filter 'EXPR'", arg);
	}
	return ARGP_ERR_UNKNOWN;
}

static json_t *metric(const struct bty_tcp_conn *c, enum bty_tcp_metric m)
{
	return c->known >> m & 1 ? json_integer((json_int_t)c->metric[m]) : json_null();
}

/* Only programs in the kernel can count these. */
static const char *const unknown[] = { "fast_retrans", "max_app_wqueue", "rtt_samples", "rtt_sum_us",
				       "read_bytes",   "write_bytes",	 "duration_us" };

static const struct {
	const char *key;
	enum bty_tcp_metric metric;
} known[] = {
	{ "flight_size", BTY_TCP_FLIGHT },
	{ "rwnd", BTY_TCP_RWND },
	{ "cwnd", BTY_TCP_CWND },
	{ "mss", BTY_TCP_MSS },
	{ "retrans_packets", BTY_TCP_RETRANS },
	{ "bytes_sent", BTY_TCP_BYTES_SENT },
	{ "bytes_received", BTY_TCP_BYTES_RECEIVED },
	{ "timeouts", BTY_TCP_TIMEOUTS },
	{ "cur_app_wqueue", BTY_TCP_WQUEUE },
	{ "srtt_us", BTY_TCP_SRTT },
	{ "rtt_min_us", BTY_TCP_RTT_MIN },
};

static json_t *connection(const struct bty_tcp_conn *c)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	json_t *o;
	size_t i;

	inet_ntop(c->family, &c->src, src, sizeof(src));
	inet_ntop(c->family, &c->dst, dst, sizeof(dst));
	o = json_pack(
		"{s:s, s:s, s:i, s:s, s:i, s:s, s:o, s:o, s:s?}", "family", c->family == AF_INET ? "ipv4" : "ipv6",
		"saddr", src, "sport", c->sport, "daddr", dst, "dport", c->dport, "state", bty_tcp_state_name(c->state),
		/* a process may name itself in bytes that are no text */
		"comm", c->pid ? json_string(c->comm) ?: json_string("?") : json_null(), "pid",
		c->pid ? json_integer(c->pid) : json_null(), "congestion", c->congestion[0] ? c->congestion : NULL);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		json_object_set_new(o, known[i].key, metric(c, known[i].metric));
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		json_object_set_new(o, unknown[i], json_null());
	return o;
}

struct collect {
	const struct bty_tcp_filter *filter;
	const struct bty_tcp_owners *owners;
	json_t *list;
};

static int collect(const struct bty_tcp_conn *found, void *arg)
{
	struct bty_tcp_conn c = *found;
	struct collect *to = arg;

	bty_tcp_owner(to->owners, &c);
	return bty_tcp_filter_match(to->filter, &c) && json_array_append_new(to->list, connection(&c));
}

int cli_connections(const char *filter, json_t **out)
{
	struct bty_tcp_owners *owners = NULL;
	struct bty_tcp_filter *f = NULL;
	struct collect to;
	struct bty_err err;
	int r = 0;

	if (filter && bty_tcp_filter_parse(filter, &f, &err))
		return cli_usage("tcp: %s", err.msg);
	owners = bty_tcp_owners_new();
	to = (struct collect){ f, owners, json_array() };
	if (!owners || !to.list)
		r = bty_fail(&err, -ENOMEM, "out of memory");
	else
		r = bty_tcp_dump(collect, &to, &err);
	bty_tcp_owners_free(owners);
	free(f);
	if (r) {
		json_decref(to.list);
		return cli_fail("tcp: %s", err.msg);
	}
	*out = json_pack("{s:o}", "connections", to.list);
	return CLI_OK;
}

static void add_end(struct table *t, const json_t *c, const char *addr, const char *port)
{
	const char *host = json_string_value(json_object_get(c, addr));
	char end[64];

	snprintf(end, sizeof(end), host && strchr(host, ':') ? "[%s]:%lld" : "%s:%lld", host,
		 json_integer_value(json_object_get(c, port)));
	table_add(t, end);
}

static void add_us(struct table *t, const json_t *v)
{
	char buf[24];

	table_add(t, json_is_number(v) ? format_ns(json_number_value(v) * 1000, buf) : NULL);
}

static void add_wide(struct table *t, const json_t *c)
{
	add_us(t, json_object_get(c, "rtt_min_us"));
	table_count(t, json_object_get(c, "mss"));
	table_count(t, json_object_get(c, "cur_app_wqueue"));
	table_count(t, json_object_get(c, "rwnd"));
	table_count(t, json_object_get(c, "timeouts"));
	table_text(t, json_object_get(c, "congestion"));
}

void show_connections(const json_t *tcp, FILE *f, int max_rows)
{
	char head[128] = "<local <remote <state <process srtt cwnd flight sent received retrans";
	const json_t *c;
	struct table t;
	size_t n;

	if (cli.verbose)
		strcat(head, " rtt-min mss queued rwnd timeouts <cc");
	table_init(&t, head);
	json_array_foreach (json_object_get(tcp, "connections"), n, c) {
		add_end(&t, c, "saddr", "sport");
		add_end(&t, c, "daddr", "dport");
		table_text(&t, json_object_get(c, "state"));
		table_text(&t, json_object_get(c, "comm"));
		add_us(&t, json_object_get(c, "srtt_us"));
		table_count(&t, json_object_get(c, "cwnd"));
		table_count(&t, json_object_get(c, "flight_size"));
		table_count(&t, json_object_get(c, "bytes_sent"));
		table_count(&t, json_object_get(c, "bytes_received"));
		table_count(&t, json_object_get(c, "retrans_packets"));
		if (cli.verbose)
			add_wide(&t, c);
	}
	table_print(&t, f, max_rows);
}

int cli_tcp(int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, doc, cli_globals };
	struct args a = { 0 };
	json_t *tcp = NULL;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CLI_USAGE;
	do {
		status = cli_connections(a.filter, &tcp);
		if (status)
			return status;
		if (cli.json) {
			status = cli_print(tcp);
		} else {
			show_connections(tcp, stdout, 0);
			json_decref(tcp);
			if (a.watch)
				putchar('\n');
			status = cli_flush();
		}
	} while (a.watch && !status && !sleep(1));
	return status;
}
