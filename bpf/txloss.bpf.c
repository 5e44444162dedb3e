// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts packets that a ToDevice in XDP redirected and the kernel could not send: an XDP program never learns of them,
 * because the kernel sends after it has returned. On tracepoints that are hit once per failure or per bulk of 16, so that
 * it costs nothing per packet. Loaded by user/load/txloss.c when a ToDevice runs in XDP.
 */
#include <linux/errno.h>
#include <batchy/compiler.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <maps/txloss.h>

/* the fields used, by name: where they are is the running kernel's to say */
struct net {
	__u64 net_cookie;
} __attribute__((preserve_access_index));

struct possible_net {
	struct net *net;
} __attribute__((preserve_access_index));

struct net_device {
	int ifindex;
	struct possible_net nd_net;
} __attribute__((preserve_access_index));

struct bpf_prog_aux {
	__u32 id;
} __attribute__((preserve_access_index));

struct bpf_prog {
	struct bpf_prog_aux *aux;
} __attribute__((preserve_access_index));

const volatile struct bty_txloss_cfg bty_config SEC(".rodata");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BTY_MAX_DEVICES);
	__type(key, __u32);
	__type(value, struct bty_txloss);
} bty_txloss SEC(".maps");

/* Programs attached in generic mode, by device; 0: none. Known only once they are attached. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BTY_MAX_DEVICES);
	__type(key, __u32);
	__type(value, __u32);
} bty_generic SEC(".maps");

static __always_inline const struct bty_txloss_cfg *config(void)
{
	return bty_opaque((const struct bty_txloss_cfg *)&bty_config);
}

/* The device's number in the graph, or -1. Interface numbers mean something in one network namespace only. */
static __always_inline int device(const struct net_device *dev)
{
	const struct bty_txloss_cfg *cfg = config();
	__u32 i;

	if (dev->nd_net.net->net_cookie != cfg->netns_cookie)
		return -1;
	for (i = 0; i < BTY_MAX_DEVICES; i++)
		if (i < cfg->ndev && cfg->ifindex[i] == (__u32)dev->ifindex)
			return i;
	return -1;
}

static __always_inline struct bty_txloss *counters(int dev)
{
	__u32 key = dev;

	return dev < 0 ? NULL : bpf_map_lookup_elem(&bty_txloss, &key);
}

/* A device took less than it was given: it has no room, or, with err, takes nothing at all. */
SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(bty_devmap_xmit, const struct net_device *from, const struct net_device *to, int sent, int drops, int err)
{
	struct bty_txloss *loss;
	int dev;

	if (drops <= 0)
		return 0;
	dev = device(from);
	if (dev < 0 || !(config()->receives & (1U << dev)))
		return 0;
	loss = counters(device(to));
	if (loss && err < 0)
		loss->error += drops;
	else if (loss)
		loss->full += drops;
	return 0;
}

/* One packet, refused before it reached the device: that is down, or its MTU is less. */
SEC("tp_btf/xdp_redirect_err")
int BPF_PROG(bty_redirect_err, const struct net_device *from, const struct bpf_prog *prog, const void *to, int err,
	     int map_type, __u32 map_id, __u32 index)
{
	struct bty_txloss *loss;

	if (map_id != config()->devmap_id || index >= config()->ndev)
		return 0;
	loss = counters(index);
	if (loss && err == -EMSGSIZE)
		loss->too_big++;
	else if (loss)
		loss->error++;
	return 0;
}

/*
 * In generic mode a packet is sent at once; what the device does not take is reported as an exception of the program
 * that ran on the device it came from.
 */
SEC("tp_btf/xdp_exception")
int BPF_PROG(bty_generic_err, const struct net_device *to, const struct bpf_prog *prog, __u32 act)
{
	struct bty_txloss *loss;
	__u32 i, key, *id;

	if (act != XDP_TX)
		return 0;
	for (i = 0; i < BTY_MAX_DEVICES; i++) {
		key = i;
		id = bpf_map_lookup_elem(&bty_generic, &key);
		if (!id || !*id || *id != prog->aux->id)
			continue;
		loss = counters(device(to));
		if (loss)
			loss->full++;
		return 0;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
