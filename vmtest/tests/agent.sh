#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The agent where the kernel refuses nothing: doctor, a driver other than veth, an interface shared with another XDP program, and
# the programs that only some kernels take. Run by suite.sh.
# shellcheck source=vmtest/lib.sh
. "$(dirname "$0")/../lib.sh"

AGENT=$BUILD/batchy-agent

answers() { "$AGENT" status -j >"$T/status.json" 2>/dev/null || ! kill -0 "$AGENT_PID" 2>/dev/null; }

agent_start() { # ATTACH-ARGUMENTS...
	"$AGENT" -v attach --fuse off "$@" >"$T/agent.log" 2>&1 &
	AGENT_PID=$!
	until_true 30 answers || fail "agent attach $*: no answer in 30 s: $(tail -n 3 "$T/agent.log")"
	kill -0 "$AGENT_PID" 2>/dev/null || fail "agent attach $* ended: $(tail -n 3 "$T/agent.log")"
}

# From 6.13, and in 6.12 stable, a program that changes packets may only replace one that does, and the dispatcher of libxdp before
# 1.5.5 does not (xdp-tools pull request 509): then nobody can share an interface with us, and the agent must say so.
old_dispatcher() { grep -q 'changes packet data' "$T/agent.log"; }

attached_by() { # IFACE
	local want="dispatcher"
	if old_dispatcher; then want="link"; fi
	equal "attached to $1 by" "$(ask '.interfaces[0].attach')" "$want"
	equal "what doctor says of sharing" "$("$AGENT" doctor -j | jq -r '.checks[] | select(.name == "xdp_dispatcher") | .status')" \
		"$(if [ "$want" = link ]; then echo warn; else echo ok; fi)"
}

agent_stop() {
	kill -TERM "$AGENT_PID"
	wait "$AGENT_PID" || fail "the agent ended with status $?: $(tail -n 3 "$T/agent.log")"
}

ask() { # FILTER
	"$AGENT" status -j >"$T/status.json" || fail "batchy-agent status failed"
	jq -r "$1" "$T/status.json"
}

equal() { [ "$2" = "$3" ] || fail "$1 is '$2', expected '$3'"; }
more() { [ "$2" -gt "$3" ] || fail "$1: $2, expected more than $3"; }

conserved() {
	ask '.totals | "\(.rx) \(.tx + .pass + .drop + .queued)"' | { read -r rx sum; equal "rx, the sum of what became of it," "$sum" "$rx"; }
}

doctor() { jq -r --arg n "$1" '.checks[] | select(.name == $n) | .status' "$T/doctor.json"; }

test_doctor() {
	local c
	"$AGENT" doctor -j >"$T/doctor.json" || fail "batchy-agent doctor failed"
	for c in btf xdp af_xdp bpf_timer ringbuf freplace fentry kprobe sch_fq; do equal "doctor: $c" "$(doctor "$c")" ok; done
	case $BATCHY_KERNEL in
	6.*) equal "doctor: bpf_qdisc" "$(doctor bpf_qdisc)" warn ;;
	*) equal "doctor: bpf_qdisc" "$(doctor bpf_qdisc)" ok ;;
	esac
}

test_virtio() {
	nic_pair
	agent_start eth0
	equal "mode on eth0" "$(ask '.interfaces[0].mode')" native
	attached_by eth0
	ping_peer "with the agent on eth0"
	more "packets received on eth0" "$(ask .totals.rx)" 1
	conserved
	agent_stop
	equal "XDP left on eth0" "$(xdp_mode eth0)" 0
	ping_peer "after the agent"
}

# A queue on a driver that has no zero-copy, hence sockets in copy mode; answers to pings are what is queued.
test_virtio_queue() {
	cat >"$T/queue.click" <<-'CLICK'
	FromDevice($IFACE) -> q :: Queue(TRIGGER 8, DEADLINE 1ms) -> Counter -> ToHost;
	CLICK
	nic_pair
	agent_start eth0 --pipeline "$T/queue.click" --controller fix8
	ping -n -q -c 10 -i 0.2 -W 3 "$B_IP" >/dev/null || fail "no ping through the queue"
	"$AGENT" queue show -j >"$T/queue.json" || fail "queue show failed"
	more "packets through q" "$(jq '.queues[0].packets' "$T/queue.json")" 9
	conserved
	agent_stop
}

share() {
	"$BUILD/vmtest/envprobe" "$BUILD/vmtest/other.bpf.o" share v0 >"$T/share.log" 2>&1 &
	SHARE_PID=$!
	until_true 30 share_ready || true
	grep -q attached "$T/share.log" || fail "no second XDP program on v0: $(cat "$T/share.log")"
}

share_ready() { grep -q attached "$T/share.log" || ! kill -0 "$SHARE_PID" 2>/dev/null; }

share_stop() {
	kill -TERM "$SHARE_PID"
	wait "$SHARE_PID" || fail "the other program: $(tail -n 1 "$T/share.log")"
	more "packets the other program saw" "$(sed -n 's/^packets //p' "$T/share.log")" 1
}

test_joins_another_program() {
	veth_pair
	share
	if ! "$AGENT" -v attach v0 --daemon >"$T/agent.log" 2>&1; then
		old_dispatcher || fail "attach v0: $(tail -n 1 "$T/agent.log")"
		grep -q 'another XDP program' "$T/agent.log" || fail "attach v0 does not say why: $(tail -n 1 "$T/agent.log")"
		ping_peer "after the agent was refused"
		share_stop
		skip "refused, as it must be: this libxdp's dispatcher takes no program that changes packets on $(uname -r)"
	fi
	attached_by v0
	ping_peer "with two programs on v0"
	more "packets the agent saw" "$(ask .totals.rx)" 1
	"$AGENT" detach v0 || fail "detach v0 failed"
	[ "$(xdp_mode v0)" != 0 ] || fail "the other program went with the agent"
	share_stop
	ping_peer
}

test_another_program_joins() {
	veth_pair
	agent_start v0
	attached_by v0
	if old_dispatcher; then
		agent_stop
		skip "this libxdp's dispatcher takes no program that changes packets on $(uname -r)"
	fi
	share
	ping_peer "with two programs on v0"
	more "packets the agent saw" "$(ask .totals.rx)" 1
	share_stop
	ping_peer "after the other program"
	agent_stop
	equal "XDP left on v0" "$(xdp_mode v0)" 0
}

# What a killed agent leaves in the dispatcher lets packets pass, and the next one replaces it.
test_killed_agent() {
	veth_pair
	agent_start v0
	kill -KILL "$AGENT_PID"
	wait "$AGENT_PID" 2>/dev/null || true
	ping_peer "after the agent was killed"
	agent_start v0
	ping_peer "with the next agent"
	agent_stop
	equal "XDP left on v0" "$(xdp_mode v0)" 0
}

vm_main "$@"
