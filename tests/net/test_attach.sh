#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Attaching to interfaces and detaching again, with traffic of the host's own.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

# One second of TCP from client to server, through the router's stack.
tcp_works() {
	need iperf3
	bg iperf-server.log in_server iperf3 -s -1 --forceflush -B "$SERVER_IP"
	until_true 5 grep -q listening "$T/iperf-server.log" || fail "iperf3 -s does not start"
	in_client timeout 15 iperf3 -c "$SERVER_IP" -t 1 -J "$@" >"$T/iperf.json" ||
		fail "iperf3: $(jq -r '.error // "failed"' "$T/iperf.json")"
	expect "TCP bytes received" "$(jq '.end.sum_received.bytes | floor' "$T/iperf.json")" '>' 1000000
}

test_host_pipeline_leaves_traffic_alone() {
	agent_start c0
	xdp_on c0 || fail "no XDP program on c0"
	ping_works
	tcp_works
	tcp_works -R
	expect interfaces "$(ask status '[.interfaces[].name] | join(" ")')" = c0
	expect "packets received" "$(ask status .totals.rx)" '>' 100
	expect "packets dropped" "$(ask status .totals.drop)" == 0
	conserved
	agent_stop
	detached c0
	ping_works
}

# XDP programs that count where the one on an interface does: those of its pipeline
programs_on() { # IFACE
	local id stats
	id=$(ip -j link show dev "$1" | jq '.[0].xdp.prog.id')
	stats=$(bpftool -j prog show id "$id" | jq -r '.map_ids[]' | while read -r m; do bpftool -j map show id "$m"; done |
		jq 'select(.name == "bty_stats") | .id')
	bpftool -j prog show | jq "[.[] | select(.map_ids // [] | index($stats))] | length"
}

# The same pipeline as one program and as one for each element.
test_fused_and_not() {
	local fuse want
	cat >"$T/host.click" <<-'END'
		FromDevice($IFACE) -> Counter -> cl :: Classifier(12/0806, -);
		cl[0] -> host :: ToHost;
		cl[1] -> CheckIPHeader -> host;
	END
	for fuse in on:fused off:chain auto:fused; do
		agent_start c0 --fuse "${fuse%:*}" --pipeline "$T/host.click"
		expect "programs with --fuse ${fuse%:*}" "$(ask status '.interfaces[0].programs')" = "${fuse#*:}"
		want=5 # elements in XDP
		[ "${fuse#*:}" = chain ] || want=2
		expect "XDP programs" "$(programs_on c0)" == "$want"
		ping_works
		expect "packets checked" "$(ask element show '.elements[] | select(.class == "CheckIPHeader") | .packets_in')" '>=' 6
		conserved
		agent_stop
		detached c0
	done
}

# PATH with everything but a compiler
without_clang() {
	local dir
	dir=$(mktemp -d "$T/bin.XXXXXX")
	ln -s "$(command -v true)" "$dir/true"
	AS=(env PATH="$dir")
}

test_without_clang() {
	without_clang
	agent_start c0
	expect programs "$(ask status '.interfaces[0].programs')" = chain
	agent_stop
	agent_refuses 'cannot be fused: clang: not installed' c0 --fuse on
	expect "what doctor says of clang" "$(env PATH="${AS[1]#PATH=}" "$AGENT" doctor -j | jq -r '.checks[] | select(.name == "clang") | .status')" \
		= warn
}

# One that fails, and one that never ends.
test_broken_clang() {
	without_clang
	printf '#!/bin/sh\necho "error: no such machine" >&2\nexit 1\n' | tee "${AS[1]#PATH=}/clang" >/dev/null
	chmod +x "${AS[1]#PATH=}/clang"
	agent_refuses 'clang failed: error: no such machine' c0 --fuse on
	agent_start c0
	expect programs "$(ask status '.interfaces[0].programs')" = chain
	ping_works 1
}

test_generic_mode() {
	agent_start c0 --mode generic
	expect mode "$(ask status '.interfaces[0].mode')" = generic
	ping_works
	conserved
	agent_stop
	detached c0
}

test_detach_ends_the_agent() {
	agent_start c0
	"$AGENT" detach c0 || fail "detach c0 failed"
	until_true 5 agent_gone || fail "the agent still runs 5 s after its last interface was detached"
	agent_stop
	detached c0
	ping_works 1
}

agent_gone() { ! agent_answers; }

test_second_interface_joins_the_agent() {
	agent_start c0
	timeout $((20 * SLOWER)) "$AGENT" attach s0 >"$T/second.log" 2>&1 || fail "attach s0: $(tail -n 2 "$T/second.log")"
	expect interfaces "$(ask status '[.interfaces[].name] | sort | join(" ")')" = "c0 s0"
	ping_works
	"$AGENT" detach s0 || fail "detach s0 failed"
	detached s0
	expect interfaces "$(ask status '[.interfaces[].name] | join(" ")')" = c0
	"$AGENT" detach --all || fail "detach --all failed"
	agent_stop
	detached c0 s0
}

test_attached_twice_is_refused() {
	agent_start c0
	agent_refuses 'c0' c0
	expect interfaces "$(ask status '[.interfaces[].name] | join(" ")')" = c0
	ping_works 1
}

# Two at the same moment: in the end one agent serves both interfaces, whoever came first.
test_two_agents_at_once() {
	local a b
	[ -x "$AGENT" ] || fail "$AGENT is not built"
	"$AGENT" attach c0 >"$T/agent.log" 2>&1 &
	a=$!
	"$AGENT" attach s0 >"$T/second.log" 2>&1 &
	b=$!
	PIDS+=("$a" "$b")
	until_true 15 both_attached || fail "after 15 s: $(tail -n 1 "$T/agent.log"); $(tail -n 1 "$T/second.log")"
	ping_works 1
	"$AGENT" detach --all || fail "detach --all failed"
	wait "$a" || fail "attach c0 ended with status $?"
	wait "$b" || fail "attach s0 ended with status $?"
	detached c0 s0
}

both_attached() { [ "$("$AGENT" status -j 2>/dev/null | jq -r '[.interfaces[].name] | sort | join(" ")')" = "c0 s0" ]; }

# Both want the same interface: one has it, the other is told so, and which one it is does not matter.
LIMIT[test_two_agents_at_once_for_one_interface]=90
test_two_agents_at_once_for_one_interface() {
	local a b i rc_a rc_b
	for i in 1 2 3 4 5; do
		"$AGENT" attach c0 >"$T/agent.log" 2>&1 &
		a=$!
		"$AGENT" attach c0 >"$T/second.log" 2>&1 &
		b=$!
		PIDS+=("$a" "$b")
		until_true 15 one_of_them_ended "$a" "$b" || fail "after 15 s both still run"
		expect interfaces "$(ask status '[.interfaces[].name] | join(" ")')" = c0
		"$AGENT" detach --all || fail "detach --all failed"
		rc_a=0 rc_b=0
		wait "$a" || rc_a=$?
		wait "$b" || rc_b=$?
		expect "exit statuses" "$((rc_a < rc_b ? rc_a : rc_b)) $((rc_a > rc_b ? rc_a : rc_b))" = "0 1"
		expect "refusals" "$(cat "$T/agent.log" "$T/second.log" | grep -c '^batchy-agent: attach: c0: already attached')" == 1
		detached c0
	done
	ping_works 1
}

one_of_them_ended() { agent_answers && { ! kill -0 "$1" 2>/dev/null || ! kill -0 "$2" 2>/dev/null; }; }

LIMIT[test_attach_and_detach_again]=120
test_attach_and_detach_again() {
	local i n=10
	[ "$SLOWER" = 1 ] || n=3
	for ((i = 0; i < n; i++)); do
		agent_start c0
		agent_stop
		detached c0
	done
	ping_works 1
}

# --daemon returns once it is attached; the agent it leaves is stopped by detach.
test_daemon() {
	timeout $((20 * SLOWER)) "$AGENT" attach c0 --daemon >"$T/agent.log" 2>&1 || fail "attach --daemon: $(tail -n 2 "$T/agent.log")"
	agent_answers || fail "attach --daemon returned before the agent answers"
	ping_works 1
	"$AGENT" detach --all || fail "detach --all failed"
	until_true 5 agent_gone || fail "the daemon still answers 5 s after detach --all"
	until_true 5 no_agent_process || fail "the daemon still runs 5 s after detach --all"
	detached c0
}

# Status 1 means that nothing stays attached, whoever attached it.
test_ready_line_that_cannot_be_written() {
	local how rc
	for how in "" --daemon; do
		rc=0
		timeout $((20 * SLOWER)) "$AGENT" attach c0 $how >/dev/full 2>"$T/refused.log" || rc=$?
		expect "status of attach c0 $how" "$rc" == 1
		grep -q 'cannot write to standard output' "$T/refused.log" || fail "says: $(cat "$T/refused.log")"
		until_true 5 no_agent_process || fail "attach c0 $how >/dev/full leaves an agent"
		detached c0
	done
	agent_start c0
	for how in "" --daemon; do
		rc=0
		timeout $((20 * SLOWER)) "$AGENT" attach s0 $how >/dev/full 2>"$T/refused.log" || rc=$?
		expect "status of attach s0 $how" "$rc" == 1
		detached s0
	done
	expect "still attached" "$(ask status '[.interfaces[].name] | join(" ")')" = c0
}

no_agent_process() { ! pgrep -x batchy-agent >/dev/null; }

net_main "$@"
