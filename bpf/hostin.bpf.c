// SPDX-License-Identifier: GPL-2.0-only
/*
 * On the tap device of a ToHost that runs in a worker: moves each packet to the receive side of the device it came from,
 * so that the host stack (ARP, reverse path filter, firewall) sees it as if the pipeline were not there. Attached by
 * user/run/host.c.
 */
#include <batchy/compiler.h>

const volatile __u32 bty_ifindex SEC(".rodata");

SEC("tc")
int bty_hostin(struct __sk_buff *skb)
{
	return bpf_redirect(bty_ifindex, BPF_F_INGRESS);
}

char LICENSE[] SEC("license") = "GPL";
