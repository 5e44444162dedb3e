// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-gen: traffic generator and sink for tests and benchmarks. Verbs, signals and what they need set up. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <batchy/abi.h>

#include "../lib/log.h"
#include "iface.h"
#include "options.h"
#include "report.h"
#include "sender.h"
#include "sink.h"

#define EXIT_USAGE 2

static const char usage_text[] =
	"Usage: batchy-gen send IFACE [OPTION...]   send frames on a precise schedule\n"
	"       batchy-gen sink IFACE [OPTION...]   receive them: losses, order, damage, delay\n"
	"       batchy-gen --help | --version       batchy-gen VERB --help for the options\n";

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	stop = 1;
}

static void catch_signals(void)
{
	/* no SA_RESTART: sleeps must end */
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static int pin(int cpu, struct bty_err *err)
{
	cpu_set_t set;

	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return bty_fail(err, -errno,
				"--cpu %d: %s; see `nproc` and the allowed processors in /proc/self/status", cpu,
				strerror(errno));
	return 0;
}

static int prepare_send(struct gen_send_opts *o, struct bty_netdev *iface, struct gen_frame *frame, struct bty_err *err)
{
	int ret;

	ret = gen_iface_get(iface, o->iface, err);
	if (!ret && !o->force)
		ret = gen_iface_check_safe(iface, err);
	if (!ret)
		ret = gen_iface_wait_carrier(iface, err);
	if (!ret)
		ret = pin(o->cpu, err);
	if (ret)
		return ret;
	if (!o->src_mac_set)
		memcpy(o->frame.src_mac, iface->mac, sizeof(iface->mac));
	ret = gen_frame_init(frame, &o->frame, err);
	if (!ret && frame->len - frame->l3 > iface->mtu)
		ret = bty_fail(err, -EMSGSIZE, "%s: MTU %u is too small for frames of %u bytes; lower --size",
			       iface->name, iface->mtu, frame->len);
	return ret;
}

static int verb_send(int argc, char **argv, struct bty_err *err)
{
	static struct gen_send_report r;
	static struct gen_frame frame;
	struct gen_send_opts o;
	struct gen_send_conf c;
	struct bty_netdev iface;
	int ret;

	gen_parse_send(&o, argc, argv);
	ret = prepare_send(&o, &iface, &frame, err);
	if (ret)
		return ret;
	c = (struct gen_send_conf){
		.ops = strcmp(o.backend, "xdp") ? &gen_tx_packet : &gen_tx_xdp,
		.tx = { .iface = &iface, .frame = &frame, .queue = o.queue, .qdisc = o.qdisc },
		.flows = o.flows,
		.max = o.max,
		.spin = o.spin,
		.count = o.count,
		.duration_ns = o.duration_ns,
		.stop = &stop,
	};
	gen_schedule_init(&c.schedule, o.arrivals, o.rate_pps, o.burst, o.seed);
	ret = gen_send(&c, &r, err);
	/* also after a failure: frames may have left */
	if (ret && !r.offered)
		return ret;
	if (gen_report_send(&o, &r, frame.len))
		return bty_fail(err, -EIO, "report: cannot write to stdout; is there space?");
	if (!ret && (r.sent < r.offered || r.interrupted))
		ret = bty_fail(err, -EAGAIN, "%s: %llu of %llu frames were sent; see the report for why", o.iface,
			       (unsigned long long)r.sent, (unsigned long long)(o.count ? o.count : r.offered));
	return ret;
}

static void say_listening(void *ctx)
{
	bty_info("listening on %s", (const char *)ctx);
}

static int verb_sink(int argc, char **argv, struct bty_err *err)
{
	static struct gen_account account;
	struct gen_rx_stats st = { 0 };
	struct gen_sink_opts o;
	struct gen_sink_conf c;
	struct bty_netdev iface;
	int ret;

	gen_parse_sink(&o, argc, argv);
	ret = gen_iface_get(&iface, o.iface, err);
	if (!ret)
		ret = pin(o.cpu, err);
	if (!ret)
		ret = gen_account_init(&account, o.expect_flows ? o.expect_flows : GEN_FLOWS_MAX, err);
	if (ret)
		return ret;
	account.joined = o.join;
	account.dport = o.dport;
	c = (struct gen_sink_conf){
		.ops = strcmp(o.backend, "xdp") ? &gen_rx_packet : &gen_rx_xdp,
		.iface = &iface,
		.count = o.count,
		.duration_ns = o.duration_ns,
		.idle_ns = o.idle_ns,
		.stop = &stop,
		.listening = say_listening,
		.ctx = (void *)o.iface,
	};
	ret = gen_sink(&c, &account, &st, err);
	/* also after a failure: what was received until then is true */
	if ((!ret || account.received) && gen_report_sink(&o, &account, &st))
		ret = bty_fail(err, -EIO, "report: cannot write to stdout; is there space?");
	gen_account_free(&account);
	return ret;
}

int main(int argc, char **argv)
{
	struct bty_err err = { "" };
	int ret;

	if (argc >= 2 && !strcmp(argv[1], "--help")) {
		fputs(usage_text, stdout);
		return EXIT_SUCCESS;
	}
	if (argc >= 2 && !strcmp(argv[1], "--version")) {
		printf("batchy-gen %s\n", BTY_VERSION);
		return EXIT_SUCCESS;
	}
	bty_log_init_libbpf();
	catch_signals();
	if (argc >= 2 && !strcmp(argv[1], "send")) {
		ret = verb_send(argc - 1, argv + 1, &err);
	} else if (argc >= 2 && !strcmp(argv[1], "sink")) {
		ret = verb_sink(argc - 1, argv + 1, &err);
	} else {
		fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	if (ret)
		bty_error("%s", err.msg);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
