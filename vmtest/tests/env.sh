#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The virtual machine itself: is it the kernel we wanted, and does it allow what other machines refuse? Run by suite.sh.
# shellcheck source=vmtest/lib.sh
. "$(dirname "$0")/../lib.sh"

probe() { "$BUILD/vmtest/envprobe" "$BUILD/vmtest/envprobe.bpf.o" "$@" 2>"$T/probe.err" || fail "$(head -n 1 "$T/probe.err")"; }

test_kernel() {
	[[ $(uname -r) == "$BATCHY_KERNEL".* ]] || fail "this is $(uname -r), not $BATCHY_KERNEL"
	[ -s /sys/kernel/btf/vmlinux ] || fail "no BTF"
}

test_fentry() { probe fentry; }

test_freplace() { probe freplace; }

answered() { # PID: has it ended? else something to receive
	kill -0 "$1" 2>/dev/null || return 0
	ping -n -q -c 1 -W 1 "$B_IP" >/dev/null 2>&1
	return 1
}

test_af_xdp() {
	local pid
	veth_pair
	probe xsk v0 &
	pid=$!
	# the answer does not come: it is what the socket gets
	until_true 15 answered "$pid" || true
	wait "$pid"
}

# native IFACE: an XDP program that passes everything, in the driver
native() {
	probe pin /sys/fs/bpf/pass
	bpftool net attach xdpdrv pinned /sys/fs/bpf/pass dev "$1" || fail "no native XDP on $1"
	[ "$(xdp_mode "$1")" = 1 ] || fail "XDP on $1 is not native: $(ip -d link show dev "$1")"
	ping_peer "with XDP on $1"
}

test_native_xdp_on_veth() {
	veth_pair
	native v0
}

test_native_xdp_on_virtio() {
	nic_pair
	native eth0
}

test_qdiscs() {
	veth_pair
	tc qdisc add dev v0 root fq || fail "no sch_fq"
	tc qdisc replace dev v0 root netem delay 1ms || fail "no sch_netem"
	tc qdisc add dev v0 clsact || fail "no clsact"
	ping_peer "through netem"
}

vm_main "$@"
