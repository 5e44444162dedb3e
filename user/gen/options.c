// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of `send` and `sink`; called by main. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ether.h>

#include "../lib/log.h"
#include "../lib/units.h"
#include "options.h"

#define EXIT_USAGE 2

enum {
	OPT_RATE = 0x100,
	OPT_ARRIVALS,
	OPT_COUNT,
	OPT_DURATION,
	OPT_SIZE,
	OPT_FLOWS,
	OPT_SRC_MAC,
	OPT_DST_MAC,
	OPT_SRC_IP,
	OPT_DST_IP,
	OPT_SPORT,
	OPT_DPORT,
	OPT_PROTO,
	OPT_VLAN,
	OPT_SEED,
	OPT_QUEUE,
	OPT_CPU,
	OPT_BACKEND,
	OPT_SPIN,
	OPT_NO_SPIN,
	OPT_QDISC,
	OPT_FORCE,
	OPT_IDLE,
	OPT_JOIN,
	OPT_EXPECT_FLOWS,
	OPT_BY_FLOW,
};

static _Noreturn void usage(const char *option, const char *arg, const char *want)
{
	bty_error("%s %s: not understood; give %s", option, arg, want);
	exit(EXIT_USAGE);
}

static uint64_t number(const char *option, const char *arg, uint64_t min, uint64_t max, const char *want)
{
	uint64_t v;

	if (bty_parse_u64(arg, &v) || v < min || v > max)
		usage(option, arg, want);
	return v;
}

static uint64_t duration(const char *option, const char *arg)
{
	uint64_t ns;

	/* a week: far below where additions of nanoseconds could wrap */
	if (bty_parse_time_ns(arg, &ns) || !ns || ns > 7 * 86400 * 1000000000ULL)
		usage(option, arg, "a time such as 500ms or 10s, up to 604800s");
	return ns;
}

static void mac(const char *option, const char *arg, uint8_t *out)
{
	struct ether_addr a;

	if (!ether_aton_r(arg, &a))
		usage(option, arg, "an address such as 02:00:00:00:00:01");
	memcpy(out, &a, 6);
}

static void address(struct gen_send_opts *o, const char *option, const char *arg, uint8_t *out)
{
	int family = strchr(arg, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, arg, out) != 1)
		usage(option, arg, "an IPv4 or IPv6 address");
	if ((o->src_set || o->dst_set) && family != o->frame.family)
		usage(option, arg, "--src-ip and --dst-ip of one family");
	o->frame.family = family;
}

static const char *backend(const char *arg, const char *const *names, const char *want)
{
	for (; *names; names++)
		if (!strcmp(arg, *names))
			return *names;
	usage("--backend", arg, want);
}

static void arrivals(struct gen_send_opts *o, const char *arg)
{
	static const char want[] = "fixed, poisson or burst:N (N frames at once, 1 to 65536)";

	o->burst = 1;
	if (!strcmp(arg, "fixed")) {
		o->arrivals = GEN_FIXED;
	} else if (!strcmp(arg, "poisson")) {
		o->arrivals = GEN_POISSON;
	} else if (!strncmp(arg, "burst:", 6)) {
		o->arrivals = GEN_BURST;
		o->burst = number("--arrivals", arg + 6, 1, 65536, want);
	} else {
		usage("--arrivals", arg, want);
	}
}

static void rate(struct gen_send_opts *o, const char *arg)
{
	o->max = !strcmp(arg, "max");
	if (!o->max && (bty_parse_rate_pps(arg, &o->rate_pps) || !o->rate_pps || o->rate_pps > 1000000000))
		usage("--rate", arg, "a rate such as 500pps, 50kpps or 1.5Mpps, or max");
}

static error_t parse_frame(int key, char *arg, struct argp_state *state)
{
	struct gen_send_opts *o = state->input;
	struct gen_frame_conf *f = &o->frame;

	switch (key) {
	case OPT_SIZE:
		f->size = number("--size", arg, 60, GEN_FRAME_MAX, "60 to 4096 bytes, without FCS");
		return 0;
	case OPT_SRC_MAC:
		mac("--src-mac", arg, f->src_mac);
		o->src_mac_set = true;
		return 0;
	case OPT_DST_MAC:
		mac("--dst-mac", arg, f->dst_mac);
		return 0;
	case OPT_SRC_IP:
		address(o, "--src-ip", arg, f->src);
		o->src_set = true;
		return 0;
	case OPT_DST_IP:
		address(o, "--dst-ip", arg, f->dst);
		o->dst_set = true;
		return 0;
	case OPT_SPORT:
		f->sport = number("--sport", arg, 1, 65535, "a port, 1 to 65535");
		return 0;
	case OPT_DPORT:
		f->dport = number("--dport", arg, 1, 65535, "a port, 1 to 65535");
		return 0;
	case OPT_PROTO:
		if (strcmp(arg, "udp"))
			usage("--proto", arg, "udp");
		return 0;
	case OPT_VLAN:
		f->vlan = number("--vlan", arg, 0, 4094, "a VLAN id, 0 to 4094");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_send(int key, char *arg, struct argp_state *state)
{
	static const char *const backends[] = { "xdp", "packet", NULL };
	struct gen_send_opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = o;
		return 0;
	case OPT_RATE:
		rate(o, arg);
		return 0;
	case OPT_ARRIVALS:
		arrivals(o, arg);
		return 0;
	case OPT_COUNT:
		o->count = number("--count", arg, 1, UINT64_MAX, "a number of frames, at least 1");
		return 0;
	case OPT_DURATION:
		o->duration_ns = duration("--duration", arg);
		return 0;
	case OPT_FLOWS:
		o->flows = number("--flows", arg, 1, GEN_FLOWS_MAX, "1 to 65536 flows");
		return 0;
	case OPT_SEED:
		o->seed = number("--seed", arg, 0, UINT64_MAX, "a number");
		return 0;
	case OPT_QUEUE:
		o->queue = number("--queue", arg, 0, 4095, "a queue, 0 to 4095");
		o->queue_set = true;
		return 0;
	case OPT_CPU:
		o->cpu = number("--cpu", arg, 0, 1023, "a processor, 0 to 1023");
		return 0;
	case OPT_BACKEND:
		o->backend = backend(arg, backends, "xdp or packet");
		return 0;
	case OPT_SPIN:
	case OPT_NO_SPIN:
		o->spin = key == OPT_SPIN;
		return 0;
	case OPT_QDISC:
		o->qdisc = true;
		return 0;
	case OPT_FORCE:
		o->force = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->iface)
			usage("send", arg, "one interface");
		o->iface = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_sink(int key, char *arg, struct argp_state *state)
{
	static const char *const backends[] = { "packet", "xdp", NULL };
	struct gen_sink_opts *o = state->input;

	switch (key) {
	case OPT_COUNT:
		o->count = number("--count", arg, 1, UINT64_MAX, "a number of frames, at least 1");
		return 0;
	case OPT_DURATION:
		o->duration_ns = duration("--duration", arg);
		return 0;
	case OPT_IDLE:
		o->idle_ns = duration("--idle", arg);
		return 0;
	case OPT_DPORT:
		o->dport = number("--dport", arg, 1, 65535, "a port, 1 to 65535");
		return 0;
	case OPT_EXPECT_FLOWS:
		o->expect_flows = number("--expect-flows", arg, 1, GEN_FLOWS_MAX, "1 to 65536 flows");
		return 0;
	case OPT_BACKEND:
		o->backend = backend(arg, backends, "packet or xdp");
		return 0;
	case OPT_CPU:
		o->cpu = number("--cpu", arg, 0, 1023, "a processor, 0 to 1023");
		return 0;
	case OPT_JOIN:
		o->join = true;
		return 0;
	case OPT_BY_FLOW:
		o->by_flow = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->iface)
			usage("sink", arg, "one interface");
		o->iface = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option frame_options[] = {
	{ 0, 0, 0, 0, "Frames:", 2 },
	{ "size", OPT_SIZE, "BYTES", 0,
	  "frame without FCS, 60 to 4096 (the smallest that holds the headers, from 60)" },
	{ "src-mac", OPT_SRC_MAC, "MAC", 0, "(that of IFACE)" },
	{ "dst-mac", OPT_DST_MAC, "MAC", 0, "(02:00:00:00:00:02, which no stack answers to)" },
	{ "src-ip", OPT_SRC_IP, "ADDR", 0, "IPv4 or IPv6 (198.18.0.1 or 2001:2::1)" },
	{ "dst-ip", OPT_DST_IP, "ADDR", 0, "(198.18.0.2 or 2001:2::2)" },
	{ "sport", OPT_SPORT, "PORT", 0, "of flow 0; flow i has PORT + i (10000)" },
	{ "dport", OPT_DPORT, "PORT", 0, "(9000)" },
	{ "proto", OPT_PROTO, "udp", 0, "the only one there is" },
	{ "vlan", OPT_VLAN, "ID", 0, "802.1Q tag (none)" },
	{ 0 },
};

static const struct argp_option send_options[] = {
	{ 0, 0, 0, 0, "Load:", 1 },
	{ "rate", OPT_RATE, "RATE", 0, "frames per second of all flows, such as 50kpps, or max (1kpps)" },
	{ "arrivals", OPT_ARRIVALS, "LAW", 0, "fixed, poisson, or burst:N frames at once (fixed)" },
	{ "count", OPT_COUNT, "N", 0, "stop after N frames (until a signal)" },
	{ "duration", OPT_DURATION, "TIME", 0, "stop after TIME" },
	{ "flows", OPT_FLOWS, "N", 0, "flows, taken in turn (1)" },
	{ "seed", OPT_SEED, "S", 0, "of --arrivals poisson: the same seed, the same times (1)" },
	{ 0, 0, 0, 0, "How:", 3 },
	{ "backend", OPT_BACKEND, "NAME", 0, "xdp (AF_XDP) or packet (AF_PACKET) (xdp)" },
	{ "queue", OPT_QUEUE, "N", 0, "transmit queue, with --backend xdp (0)" },
	{ "qdisc", OPT_QDISC, 0, 0, "pass tc and the queueing discipline, with --backend packet" },
	{ "cpu", OPT_CPU, "N", 0, "run on this processor" },
	{ "spin", OPT_SPIN, 0, 0, "spin for the last 60 us before a departure (the default)" },
	{ "no-spin", OPT_NO_SPIN, 0, 0, "sleep them: less CPU, frames leave some 50 us late" },
	{ "force", OPT_FORCE, 0, 0, "send on interfaces other than veth, tap, dummy and lo" },
	{ "json", 'j', 0, 0, "report as JSON" },
	{ 0 },
};

static const struct argp_option sink_options[] = {
	{ "count", OPT_COUNT, "N", 0, "stop after N intact frames" },
	{ "duration", OPT_DURATION, "TIME", 0, "stop after TIME" },
	{ "idle", OPT_IDLE, "TIME", 0, "stop TIME after the last frame; the first is waited for, at most --duration" },
	{ "dport", OPT_DPORT, "PORT", 0, "count only frames to this port (any)" },
	{ "expect-flows", OPT_EXPECT_FLOWS, "N", 0, "flows 0 to N-1 are sent: say which stay silent (table of 65536)" },
	{ "join", OPT_JOIN, 0, 0, "the sender runs already: count losses from the first frame of each flow on" },
	{ "by-flow", OPT_BY_FLOW, 0, 0, "report each flow too" },
	{ "backend", OPT_BACKEND, "NAME", 0,
	  "packet (AF_PACKET) or xdp (AF_XDP: the stack does not see the frames) (packet)" },
	{ "cpu", OPT_CPU, "N", 0, "run on this processor" },
	{ "json", 'j', 0, 0, "report as JSON" },
	{ 0 },
};

static const struct argp frame_argp = { frame_options, parse_frame };
static const struct argp_child send_children[] = { { &frame_argp, 0, NULL, 2 }, { 0 } };

static const struct argp send_argp = {
	.options = send_options,
	.parser = parse_send,
	.args_doc = "IFACE",
	.children = send_children,
	.doc = "Sends frames on a precise schedule and reports how precise it was.\v"
	       "Exit status: 0 all frames were sent, 1 some were not, 2 usage.\n\n"
	       "EXAMPLES\n"
	       "  batchy-gen send veth0 --rate 50kpps --duration 10s\n"
	       "  batchy-gen send veth0 --rate 20kpps --arrivals poisson --seed 7 --flows 16\n"
	       "  batchy-gen send veth0 --rate max --count 1000000 --backend packet -j\n",
};

static const struct argp sink_argp = {
	.options = sink_options,
	.parser = parse_sink,
	.args_doc = "IFACE",
	.doc = "Receives what `batchy-gen send` sends; reports losses, order, damage and one-way delay. Start it "
	       "first.\v"
	       "Delay runs from just before the sender's system call to the entry of the receiver's stack, and needs "
	       "both on one machine. Exit status: 0 it ran (read the report for losses), 1 it could not, 2 usage.\n\n"
	       "EXAMPLES\n"
	       "  batchy-gen sink veth1 --idle 1s\n"
	       "  batchy-gen sink veth1 --duration 10s --expect-flows 16 --by-flow -j\n",
};

static void parse(const struct argp *argp, char *verb, int argc, char **argv, void *input)
{
	char name[32] = "batchy-gen ";

	strncat(name, verb, sizeof(name) - strlen(name) - 1);
	argv[0] = name;
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(argp, argc, argv, 0, NULL, input);
	argv[0] = verb;
}

static void default_addresses(struct gen_send_opts *o)
{
	const char *src = o->frame.family == AF_INET6 ? "2001:2::1" : "198.18.0.1";
	const char *dst = o->frame.family == AF_INET6 ? "2001:2::2" : "198.18.0.2";

	if (!o->src_set)
		inet_pton(o->frame.family, src, o->frame.src);
	if (!o->dst_set)
		inet_pton(o->frame.family, dst, o->frame.dst);
}

void gen_parse_send(struct gen_send_opts *o, int argc, char **argv)
{
	*o = (struct gen_send_opts){
		.backend = "xdp",
		.rate_pps = 1000,
		.burst = 1,
		.flows = 1,
		.seed = 1,
		.cpu = -1,
		.spin = true,
		.frame = { .dst_mac = { 2, 0, 0, 0, 0, 2 },
			   .family = AF_INET,
			   .sport = 10000,
			   .dport = 9000,
			   .vlan = GEN_NO_VLAN },
	};
	parse(&send_argp, argv[0], argc, argv, o);
	if (!o->iface)
		usage("send", "IFACE", "an interface; see batchy-gen send --help");
	if (o->queue_set && strcmp(o->backend, "xdp"))
		usage("--queue with --backend", o->backend, "--backend xdp: AF_PACKET has no choice of queue");
	if (o->qdisc && strcmp(o->backend, "packet"))
		usage("--qdisc with --backend", o->backend, "--backend packet: AF_XDP goes around the qdisc");
	default_addresses(o);
}

void gen_parse_sink(struct gen_sink_opts *o, int argc, char **argv)
{
	*o = (struct gen_sink_opts){ .backend = "packet", .cpu = -1 };
	parse(&sink_argp, argv[0], argc, argv, o);
	if (!o->iface)
		usage("sink", "IFACE", "an interface; see batchy-gen sink --help");
}
