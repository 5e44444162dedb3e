#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What attach must refuse, saying why, and leave everything as it was.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

nothing_attached() {
	detached c0 s0
	if agent_answers; then fail "an agent answers"; fi
	ping_works 1
}

test_unknown_interface() {
	agent_refuses 'nope0' nope0
	nothing_attached
}

# without CAPABILITY...: attach is run without these. CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON, so it goes with them.
without() {
	AS=(setpriv "--bounding-set=$(printf -- '-%s,' "$@" | sed 's/,$//')")
}

# Each one alone is named, and no other.
test_each_capability() {
	local c
	need setpriv
	for c in net_admin net_raw "bpf sys_admin" "perfmon sys_admin"; do
		# shellcheck disable=SC2086
		without $c
		c=${c% *}
		agent_refuses "missing CAP_${c^^}; run as root" c0
		AS=()
		nothing_attached
	done
}

# Root without capabilities, as in a container, and a user who is not root.
test_no_capabilities() {
	local all='missing CAP_BPF, CAP_NET_ADMIN, CAP_NET_RAW, CAP_PERFMON;'
	need setpriv
	AS=(setpriv --bounding-set=-all --inh-caps=-all)
	agent_refuses "$all" c0
	AS=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	cp "$AGENT" "$T/agent-copy"
	chmod 755 "$T" "$T/agent-copy"
	AGENT=$T/agent-copy agent_refuses "$all" c0
	AS=()
	nothing_attached
}

# These suffice; CAP_IPC_LOCK in place of a memlock limit that may be low.
test_needed_capabilities_suffice() {
	need setpriv
	AS=(setpriv "--bounding-set=-all,+bpf,+net_admin,+net_raw,+perfmon,+ipc_lock")
	agent_start c0 --pipeline "$NET_DIR/pipelines/two-queues.click"
	traffic 1kpps 500 5000
	timely arrived 5000 500
	agent_stop
	nothing_attached
}

# What must be locked is said, and doctor warns of it; a pipeline without queues needs none.
test_too_little_locked_memory() {
	need setpriv
	AS=(prlimit --memlock=65536 setpriv --bounding-set=-ipc_lock)
	agent_refuses 'memory: [0-9]+ KiB may not be locked; .*ulimit -l.* CAP_IPC_LOCK' c0 \
		--pipeline "$NET_DIR/pipelines/two-queues.click"
	nothing_attached
	"${AS[@]}" "$AGENT" doctor -j >"$T/doctor.json" || fail "doctor failed"
	expect "doctor: memlock" "$(jq -r '.checks[] | select(.name == "memlock") | .status' "$T/doctor.json")" = warn
	"${AS[@]}" "$AGENT" attach c0 --daemon >"$T/agent.log" 2>&1 || fail "attach host.click: $(tail -n 1 "$T/agent.log")"
	ping_works 1
	"$AGENT" detach --all || fail "detach failed"
	AS=()
	until_true 5 no_agent_process || fail "the agent still runs"
	nothing_attached
}

no_agent_process() { ! pgrep -x batchy-agent >/dev/null; }

# Nothing but --pin needs bpffs where the kernel has no dispatcher; where it has one, it is mounted in a place of the agent's own.
test_no_bpffs() {
	umount /sys/fs/bpf
	agent_refuses '\-\-pin: no bpffs at /sys/fs/bpf; mount -t bpf bpf /sys/fs/bpf' c0 --pin
	nothing_attached
	agent_start c0 --pipeline "$NET_DIR/pipelines/two-queues.click"
	traffic 1kpps 500 5000
	timely arrived 5000 500
	agent_stop
	nothing_attached
	if mountpoint -q /sys/fs/bpf; then fail "the agent mounted something where others see it"; fi
	"$AGENT" doctor -j >"$T/doctor.json" || fail "doctor failed"
	expect "doctor: bpffs" "$(jq -r '.checks[] | select(.name == "bpffs") | .status' "$T/doctor.json")" = warn
}

# Nor may it be mounted: without CAP_SYS_ADMIN there is no other way.
test_no_bpffs_and_no_mount() {
	need setpriv
	umount /sys/fs/bpf
	without sys_admin
	agent_refuses 'no bpffs at /sys/fs/bpf' c0 --pin
	"${AS[@]}" "$AGENT" attach c0 --daemon >"$T/agent.log" 2>&1 || fail "attach: $(tail -n 1 "$T/agent.log")"
	ping_works 1
	"$AGENT" detach --all || fail "detach failed"
	AS=()
	until_true 5 no_agent_process || fail "the agent still runs"
	nothing_attached
}

xdp_id() { ip -j -d link show dev "$1" | jq -r '.[0].xdp.prog.id // "none"'; }

test_other_xdp_program_is_left_alone() {
	local id clang
	clang=$(command -v clang-19 || command -v clang) || skip "clang is not installed"
	printf '%s\n' '__attribute__((section("xdp"), used)) int other(void *ctx) { return 2; }' \
		'char l[] __attribute__((section("license"), used)) = "GPL";' >"$T/other.c"
	"$clang" -O2 -g --target=bpf -c "$T/other.c" -o "$T/other.o"
	bpftool prog load "$T/other.o" /sys/fs/bpf/other type xdp || fail "cannot load a trivial XDP program"
	bpftool net attach xdp pinned /sys/fs/bpf/other dev c0 || fail "cannot attach a trivial XDP program"
	rm /sys/fs/bpf/other
	id=$(xdp_id c0)
	agent_refuses 'xdp|program' c0
	expect "program on c0" "$(xdp_id c0)" = "$id"
	ip link set dev c0 xdp off
	nothing_attached
}

# Neither mode native nor auto: a fall back to generic would be silent.
test_mtu_too_large_for_native() {
	ip link set c0 mtu 9000
	in_client ip link set eth0 mtu 9000
	agent_refuses "the MTU of the veth's other end, 9000, .*, at most [0-9]+; .*mtu 1500, or use --mode generic" c0 --mode native
	agent_refuses "the MTU of the veth's other end, 9000, .*, at most [0-9]+; .*mtu 1500, or use --mode generic" c0
	printf '%s\n' "FromDevice(\$IFACE) -> Queue -> ToHost;" >"$T/host.click"
	agent_refuses 'mtu 1500; generic XDP takes any, with ToHost before the Queue' c0 --pipeline "$T/host.click"
	nothing_attached
}

# broken PATTERN TEXT: such a pipeline is refused with file, line and column, and what is wrong
broken() {
	printf '%b' "$2" >"$T/broken.click"
	agent_refuses "broken\.click:[0-9]+:[0-9]+: .*($1)" c0 --pipeline "$T/broken.click"
}

test_broken_pipelines() {
	broken 'expected' 'in :: FromDevice($IFACE);\nin -> -> ToHost;\n'
	broken 'Tohost' 'in :: FromDevice($IFACE);\nin -> Tohost;\n'
	broken 'out' 'FromDevice($IFACE) -> out;\n'
	broken 'NOVALUE' 'FromDevice($NOVALUE) -> ToHost;\n'
	broken 'TRIGGER|0' 'FromDevice($IFACE) -> Queue(TRIGGER 0) -> ToHost;\n'
	broken 'microfortnight|time' 'FromDevice($IFACE) -> Queue(DEADLINE 3microfortnight) -> ToHost;\n'
	broken '.' ''
	nothing_attached
}

test_missing_pipeline_file() {
	agent_refuses 'no-such\.click' c0 --pipeline "$T/no-such.click"
	nothing_attached
}

test_missing_output_device() {
	printf '%s\n' 'FromDevice($IFACE) -> Queue -> ToDevice(nope0);' >"$T/nodev.click"
	agent_refuses 'nope0' c0 --pipeline "$T/nodev.click"
	nothing_attached
}

test_usage_errors_are_status_2() {
	local rc=0
	timeout 10 "$AGENT" attach >/dev/null 2>"$T/usage" || rc=$?
	expect "status of attach without an interface" "$rc" == 2
	rc=0
	timeout 10 "$AGENT" frobnicate >/dev/null 2>"$T/usage" || rc=$?
	expect "status of an unknown verb" "$rc" == 2
	nothing_attached
}

test_cpus() {
	local list rc
	for list in 4095 0-1023 99999999999999999999; do
		agent_refuses 'CPU [0-9]+ is not there' c0 --cpus "$list" --pipeline "$NET_DIR/pipelines/two-queues.click"
	done
	for list in -1 a 0,a "" 0x1; do
		rc=0
		timeout 10 "$AGENT" attach c0 --cpus "$list" 2>"$T/usage" || rc=$?
		expect "status of --cpus '$list'" "$rc" == 2
		grep -q 'expected a list such as' "$T/usage" || fail "says: $(cat "$T/usage")"
	done
	nothing_attached
}

# A pipe that nobody writes to would hold up the agent, and all who ask it.
test_pipeline_that_is_no_file() {
	local rc=0
	mkfifo "$T/fifo"
	agent_start c0
	timeout 10 "$AGENT" attach s0 --pipeline "$T/fifo" >"$T/refused.log" 2>&1 || rc=$?
	expect "exit status" "$rc" == 1
	grep -q 'not a file' "$T/refused.log" || fail "says: $(cat "$T/refused.log")"
	timeout 10 "$AGENT" status >/dev/null || fail "the agent does not answer"
	agent_stop
}

# The same for captures; and one that is being written is not for others to write.
test_captures_that_cannot_be() {
	local i rc sources=('FromPcap(pipe) -> Sink' 'FromPcap(.) -> Sink' 'InfiniteSource -> ToPcap(pipe)' 'InfiniteSource -> ToPcap(out.pcap)')
	local why=('pipe: not a file' 'not a file but a directory' 'pipe: not a file' 'out.pcap: another ToPcap writes it')
	mkfifo "$T/pipe"
	printf '%s\n' "FromDevice(\$IFACE) -> ToHost; InfiniteSource(LIMIT 5) -> ToPcap(out.pcap);" >"$T/one.click"
	agent_start c0 --pipeline "$T/one.click"
	for i in "${!sources[@]}"; do
		printf '%s\n' "FromDevice(\$IFACE) -> ToHost; ${sources[i]};" >"$T/two.click"
		rc=0
		timeout 20 "$AGENT" attach s0 --pipeline "$T/two.click" >"$T/refused.log" 2>&1 || rc=$?
		expect "exit status of ${sources[i]}" "$rc" == 1
		grep -qF -- "${why[i]}" "$T/refused.log" || fail "says: $(cat "$T/refused.log")"
		timeout 10 "$AGENT" status >/dev/null || fail "the agent does not answer"
	done
	agent_stop
	expect "bytes of the capture" "$(stat -c %s "$T/out.pcap")" == $((24 + 5 * (16 + 60)))
}

# A tap device by the name of ours may be anybody's.
test_tap_of_somebody_else() {
	printf '%s\n' "FromDevice(\$IFACE) -> Queue -> ToHost;" >"$T/tap.click"
	ip tuntap add "bty$(cat /sys/class/net/c0/ifindex)" mode tap || skip "no tap devices"
	agent_refuses 'tap device bty' c0 --pipeline "$T/tap.click"
	ip link del "bty$(cat /sys/class/net/c0/ifindex)"
	nothing_attached
}

# It would get its own packets again.
test_to_host_without_native_xdp() {
	printf '%s\n' "FromDevice(\$IFACE) -> Queue -> ToHost;" >"$T/host.click"
	agent_refuses 'native' c0 --mode generic --pipeline "$T/host.click"
	ip link add br0 type bridge || skip "no bridges"
	ip link set br0 up
	agent_refuses 'native' br0 --pipeline "$T/host.click"
	detached br0
	ip link del br0
	nothing_attached
}

# Another pipeline of the same agent may not take what is attached, not even what is pinned.
test_interface_of_another_pipeline() {
	local rc=0
	agent_start c0 --pin
	printf '%s\n' "FromDevice(\$IFACE) -> host :: ToHost; FromDevice(c0) -> Counter -> host;" >"$T/both.click"
	timeout $((20 * SLOWER)) "$AGENT" attach s0 --pin --pipeline "$T/both.click" >"$T/refused.log" 2>&1 || rc=$?
	expect "exit status" "$rc" == 1
	grep -q 'c0: already attached' "$T/refused.log" || fail "says: $(cat "$T/refused.log")"
	detached s0
	ping_router || fail "c0 no longer passes packets up the stack"
	expect "packets through c0" "$(ask status .totals.rx)" '>' 0
	"$AGENT" detach c0
	agent_stop
}

net_main "$@"
