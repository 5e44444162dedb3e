// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent detach: stops the pipeline of an interface, or all of them and so the agent; also what --pin left. */
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <batchy/abi.h>

#include "../control/client.h"
#include "../control/paths.h"
#include "../load/bpffs.h"
#include "../load/defer.h"
#include "cli.h"

static const char doc[] =
	"Stops the pipeline that IFACE belongs to, or all of them; the agent ends with its last one.\v"
	"EXAMPLES:\n"
	"  batchy-agent detach eth1\n"
	"  batchy-agent detach --all\n";

struct args {
	const char *iface;
	int all;
};

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Every interface of this network namespace" },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'a':
		a->all = 1;
		return 0;
	case ARGP_KEY_ARG:
		if (a->iface)
			argp_error(state, "one interface at a time; --all detaches every one");
		a->iface = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->iface == !a->all)
			argp_error(state, "give either an interface or --all");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* NAPI deferral that an agent which was killed left set. Returns on how many interfaces. */
static int undo_defer(const char *iface)
{
	uint32_t ifindex = iface ? if_nametoindex(iface) : 0;
	char prefix[PATH_MAX];

	if ((iface && !ifindex) || bty_run_path("", prefix, sizeof(prefix)))
		return 0;
	return bty_defer_undo(prefix, ifindex);
}

/* What --pin left attached when its agent ended. Returns on how many interfaces that was. */
static int detach_pinned(const char *iface)
{
	uint32_t ifindex[BTY_MAX_DEVICES];
	int n, i, done = 0;

	n = bty_pinned_interfaces(ifindex, BTY_MAX_DEVICES);
	for (i = 0; i < n; i++)
		if (!iface || ifindex[i] == if_nametoindex(iface))
			done += !bty_detach_pinned(ifindex[i]);
	return done;
}

int cli_detach(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "IFACE | --all", doc, cli_globals };
	struct args a = { 0 };
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CLI_USAGE;
	if (bty_client_agent_runs() || !(undo_defer(a.iface) + detach_pinned(a.iface))) {
		status = cli_tell(json_pack("{s:s, s:s*, s:b}", "verb", "detach", "iface", a.iface, "all", a.all));
		if (status)
			return status;
	}
	if (cli.json)
		return cli_print(json_pack("{s:s?}", "detached", a.iface));
	printf("%s: detached\n", a.iface ? a.iface : "every interface");
	return cli_flush();
}
