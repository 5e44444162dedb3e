// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel allows, by loading the smallest program, map or qdisc of each kind and throwing it away; called by the
 * doctor verb. A qdisc is tried on the loopback device of a network namespace made for it.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "../lib/caps.h"
#include "../load/freplace.h"
#include "doctor.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif

/* every type takes a program that returns 0 */
static const struct bpf_insn return_0[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* 0 when a program of this type loads. btf_id: of the kernel function it would hang on, or 0. */
static int load(enum bpf_prog_type type, enum bpf_attach_type as, int btf_id, int *fd)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = as, .attach_btf_id = btf_id);

	*fd = bpf_prog_load(type, "bty_probe", "GPL", return_0, 2, &o);
	return *fd < 0 ? -errno : 0;
}

static int probe_xdp(void)
{
	int fd, r = load(BPF_PROG_TYPE_XDP, 0, 0, &fd);

	if (!r)
		close(fd);
	return r;
}

static int probe_map(enum bpf_map_type type, int key, int value, int n)
{
	int fd = bpf_map_create(type, "bty_probe", key, value, n, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int probe_ringbuf(void)
{
	return probe_map(BPF_MAP_TYPE_RINGBUF, 0, 0, sysconf(_SC_PAGESIZE));
}

static int probe_af_xdp(void)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return probe_map(BPF_MAP_TYPE_XSKMAP, 4, 4, 1);
}

static int probe_timer(void)
{
	int r = probe_xdp();

	/* libbpf takes a refusal without the verifier's word on the helper for a yes */
	if (r)
		return r;
	r = libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_timer_init, NULL);
	return r < 0 ? r : r ? 0 : -EOPNOTSUPP;
}

/* Loads and attaches: some kernels refuse only one of them. bpf_fentry_test1() is there for tests and never runs. */
static int probe_fentry(void)
{
	int id = libbpf_find_vmlinux_btf_id("bpf_fentry_test1", BPF_TRACE_FENTRY), fd, link, r;

	if (id < 0)
		return id;
	r = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, id, &fd);
	if (r)
		return r;
	link = bpf_raw_tracepoint_open(NULL, fd);
	r = link < 0 ? -errno : 0;
	if (!r)
		close(link);
	close(fd);
	return r;
}

static int probe_kprobe(void)
{
	return access("/sys/bus/event_source/devices/kprobe/type", F_OK) ? -errno : 0;
}

static int probe_tcx(void)
{
	LIBBPF_OPTS(bpf_prog_query_opts, o);

	/* asks what hangs on the loopback device; a kernel without tcx does not know the question */
	return bpf_prog_query_opts(1, BPF_TCX_INGRESS, &o) ? -errno : 0;
}

static int find_type(const char *name)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int id;

	if (!btf)
		return -errno;
	id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	btf__free(btf);
	return id < 0 ? -EOPNOTSUPP : 0;
}

static int probe_btf(void)
{
	return find_type("sk_buff");
}

static int probe_bpf_qdisc(void)
{
	return find_type("bpf_struct_ops_Qdisc_ops");
}

/* In the child's own network namespace, which ends with it. Returns a positive errno. */
static int try_qdisc(const char *kind)
{
	struct {
		struct nlmsghdr h;
		struct tcmsg t;
		struct nlattr a;
		char kind[12];
	} q = { 0 };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char rest[512];
	} answer;
	int fd;

	if (unshare(CLONE_NEWNET))
		return errno;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return errno;
	q.h = (struct nlmsghdr){ .nlmsg_len = sizeof(q),
				 .nlmsg_type = RTM_NEWQDISC,
				 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE };
	q.t.tcm_ifindex = 1;
	q.t.tcm_parent = TC_H_ROOT;
	q.a.nla_type = TCA_KIND;
	q.a.nla_len = NLA_HDRLEN + sizeof(q.kind);
	snprintf(q.kind, sizeof(q.kind), "%s", kind);
	if (send(fd, &q, sizeof(q), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(answer.e)))
		return EIO;
	return answer.h.nlmsg_type == NLMSG_ERROR ? -answer.e.error : EIO;
}

static int probe_fq(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(try_qdisc("fq"));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static const struct feature {
	const char *name;
	enum bty_check_status without;
	int (*probe)(void);
	const char *what; /* it is for */
	const char *action;
} features[] = {
	{ "btf", BTY_CHECK_WARN, probe_btf, "probes can find the kernel's own structs",
	  "use a kernel with CONFIG_DEBUG_INFO_BTF" },
	{ "xdp", BTY_CHECK_FAIL, probe_xdp, "packets are taken as they arrive",
	  "use a kernel with CONFIG_BPF_SYSCALL and XDP" },
	{ "af_xdp", BTY_CHECK_FAIL, probe_af_xdp, "packets reach the workers", "use a kernel with CONFIG_XDP_SOCKETS" },
	{ "bpf_timer", BTY_CHECK_FAIL, probe_timer, "deadlines of queues are kept", "use Linux 6.1 or later" },
	{ "ringbuf", BTY_CHECK_FAIL, probe_ringbuf, "workers are woken", "use Linux 6.1 or later" },
	{ "freplace", BTY_CHECK_WARN, bty_freplace_probe, "a program can take the place of a function of another",
	  "without it there is no dispatcher of libxdp" },
	{ "xdp_dispatcher", BTY_CHECK_WARN, bty_dispatcher_probe,
	  "XDP programs of others can share an interface (libxdp)",
	  "batchy attaches by a link, and the interface is taken for others; from Linux 6.13, or Debian's 6.12, on "
	  "libxdp 1.5.5 is "
	  "needed" },
	{ "fentry", BTY_CHECK_WARN, probe_fentry, "latency probes are cheap",
	  "probes fall back to kprobes and tracepoints" },
	{ "kprobe", BTY_CHECK_WARN, probe_kprobe, "probes work where fentry does not",
	  "use a kernel with CONFIG_KPROBES" },
	{ "tcx", BTY_CHECK_WARN, probe_tcx, "programs for sent packets share an interface", "clsact is used instead" },
	{ "bpf_qdisc", BTY_CHECK_WARN, probe_bpf_qdisc, "sent packets can wait for a batch in the kernel",
	  "use a kernel with CONFIG_NET_SCH_BPF" },
	{ "sch_fq", BTY_CHECK_WARN, probe_fq, "sent packets can be paced",
	  "use a kernel with CONFIG_NET_SCH_FQ, or load the module sch_fq" },
};

void bty_doctor_kernel(struct bty_checks *c)
{
	int allowed = bty_cap_held(CAP_BPF) && bty_cap_held(CAP_NET_ADMIN), r;
	const struct feature *f;

	for (f = features; f < features + sizeof(features) / sizeof(features[0]); f++) {
		r = f->probe();
		if (!r)
			bty_check_add(c, f->name, BTY_CHECK_OK, NULL, "%s", f->what);
		else if (r == -EPERM && !allowed)
			bty_check_add(c, f->name, BTY_CHECK_WARN, "run doctor as root",
				      "cannot tell without the capabilities above");
		else
			bty_check_add(c, f->name, f->without, f->action, "%s: needed so that %s", strerror(-r),
				      f->what);
	}
}
