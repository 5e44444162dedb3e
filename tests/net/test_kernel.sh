#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels that lack something: doctor says what and what for, attach refuses in words or does without, and nothing is left.
# A seccomp filter answers in the kernel's place (without.py), or an empty folder is mounted over what a kernel may not have.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034
NOT_IN_VM="it plays other kernels than the one that runs"

WITHOUT=$NET_DIR/without.py
QUEUES=$NET_DIR/pipelines/two-queues.click

lacks() {
	[ "$(uname -m)" = x86_64 ] || skip "the seccomp filter is for x86-64"
	AS=("$WITHOUT" "$@" --)
}

# doctor_says STATUS CHECK PATTERN: run by AS
doctor_says() {
	"${AS[@]}" "$AGENT" doctor -j >"$T/doctor.json" || true
	expect "doctor: $2" "$(jq -r --arg n "$2" '.checks[] | select(.name == $n) | .status' "$T/doctor.json")" = "$1"
	jq -r --arg n "$2" '.checks[] | select(.name == $n) | .why + "; " + .do' "$T/doctor.json" | grep -Eq "$3" ||
		fail "doctor: $2: says $(jq -c --arg n "$2" '.checks[] | select(.name == $n)' "$T/doctor.json"), expected /$3/"
}

doctor_exits() {
	local rc=0
	"${AS[@]}" "$AGENT" doctor >"$T/doctor.txt" || rc=$?
	expect "exit status of doctor" "$rc" == "$1"
}

nothing_attached() {
	AS=()
	detached c0 s0
	[ -z "$(find /run/batchy -mindepth 1 2>/dev/null)" ] || fail "left $(find /run/batchy -mindepth 1)"
	ping_works 1
}

test_without_af_xdp() {
	lacks socket/AF_XDP=EAFNOSUPPORT
	doctor_exits 1
	doctor_says fail af_xdp 'not supported.*packets reach the workers.*CONFIG_XDP_SOCKETS'
	doctor_says ok xdp .
	agent_refuses 'AF_XDP socket: Address family not supported.*doctor' c0 --pipeline "$QUEUES"
	agent_start c0 # no queue in it
	ping_works 1
	agent_stop
	nothing_attached
}

test_without_bpf() {
	local c nosys
	nosys=$(python3 -c 'import errno, os; print(os.strerror(errno.ENOSYS))')
	lacks bpf=ENOSYS
	doctor_exits 1
	doctor_says fail xdp 'CONFIG_BPF_SYSCALL'
	for c in af_xdp bpf_timer ringbuf; do doctor_says fail "$c" "$nosys"; done
	agent_refuses "$nosys.*doctor" c0
	nothing_attached
}

test_without_xdp_links() {
	lacks bpf/LINK_CREATE=EINVAL
	agent_refuses 'attaching XDP: Invalid argument; .*doctor' c0 --pipeline "$QUEUES"
	nothing_attached
}

# Elements and queues need none of the kernel's own types.
test_without_btf() {
	mount -t tmpfs tmpfs /sys/kernel/btf
	doctor_exits 0
	doctor_says warn btf 'CONFIG_DEBUG_INFO_BTF'
	agent_start c0 --pipeline "$QUEUES"
	traffic 1kpps 500 5000
	timely arrived 5000 500
	agent_stop
	nothing_attached
}

test_without_tun() {
	mount -t tmpfs tmpfs /dev/net
	printf '%s\n' "FromDevice(\$IFACE) -> Queue -> ToHost;" >"$T/host.click"
	agent_refuses 'ToHost behind a Queue needs /dev/net/tun: No such file.*modprobe tun' c0 --pipeline "$T/host.click"
	nothing_attached
}

# What this very kernel has and has not, against what it shows of itself elsewhere.
test_this_kernel() {
	doctor_exits 0
	[ -d /sys/bus/event_source/devices/kprobe ] || doctor_says warn kprobe 'CONFIG_KPROBES'
	tc qdisc add dev lo root fq 2>/dev/null || doctor_says warn sch_fq 'CONFIG_NET_SCH_FQ'
	bpftool btf dump file /sys/kernel/btf/vmlinux 2>/dev/null | grep -q "'bpf_struct_ops_Qdisc_ops'" ||
		doctor_says warn bpf_qdisc 'CONFIG_NET_SCH_BPF'
	nothing_attached
}

net_main "$@"
