#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --napi-defer: set on the interface, felt by traffic, and put back however the agent ends.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

# "polls that may be empty / ns between polls"
napi() { echo "$(cat /sys/class/net/c0/napi_defer_hard_irqs) / $(cat /sys/class/net/c0/gro_flush_timeout)"; }

killed() {
	kill -KILL "$AGENT_PID"
	wait "$AGENT_PID" 2>/dev/null || true
	AGENT_PID=
}
agent_ended() { ! kill -0 "$AGENT_PID" 2>/dev/null; }

no_files() { [ -z "$(find /run/batchy -name '*.napi' 2>/dev/null)" ] || fail "left in /run/batchy: $(ls /run/batchy)"; }

test_set_and_put_back() {
	echo 3 >/sys/class/net/c0/napi_defer_hard_irqs
	echo 7000 >/sys/class/net/c0/gro_flush_timeout
	agent_start c0 --napi-defer 50us
	expect "while attached" "$(napi)" = "1 / 50000"
	expect "status" "$(ask status '.interfaces[0].napi_defer_ns')" == 50000
	agent_stop
	expect "after detach" "$(napi)" = "3 / 7000"
	no_files
	agent_start c0
	expect "not asked for" "$(napi)" = "3 / 7000"
	expect "status" "$(ask status '.interfaces[0].napi_defer_ns')" == 0
}

test_refused() {
	local t rc
	for t in 1us 20ms 0 soon; do
		rc=0
		"$AGENT" attach c0 --napi-defer "$t" >"$T/refused.log" 2>&1 || rc=$?
		expect "status of --napi-defer $t" "$rc" == 2
		grep -q -- '--napi-defer' "$T/refused.log" || fail "$t: says $(cat "$T/refused.log")"
	done
	expect "nothing changed" "$(napi)" = "0 / 0"
}

# An attach that fails after all else went well.
test_attach_that_fails() {
	mkdir -p /run/batchy
	mkdir "/run/batchy/$(stat -L -c %i /proc/self/ns/net)-$(cat /sys/class/net/c0/ifindex).napi"
	agent_refuses 'c0: cannot keep its NAPI settings' c0 --napi-defer 50us
	expect "nothing changed" "$(napi)" = "0 / 0"
	detached c0
	rmdir /run/batchy/*.napi
}

test_killed() {
	agent_start c0 --napi-defer 50us
	killed
	expect "after SIGKILL" "$(napi)" = "1 / 50000"
	"$AGENT" detach c0 || fail "detach c0 failed"
	expect "detach without an agent" "$(napi)" = "0 / 0"
	no_files
	agent_start c0 --napi-defer 60us
	killed
	agent_start c0
	expect "the next attach" "$(napi)" = "0 / 0"
	no_files
}

# /sys of another namespace, with an interface of the same name and index
test_other_sysfs() {
	local ns timeout=/sys/class/net/x0/gro_flush_timeout
	ns=/run/netns/$(netns_name c)
	ip link add x0 index 77 type veth peer name x0p
	in_client ip link add x0 index 77 type veth peer name x0p
	in_client ip link set x0 up
	in_client ip link set x0p up
	nsenter --net="$ns" "$AGENT" attach x0 --napi-defer 50us >"$T/agent.log" 2>&1 &
	AGENT_PID=$!
	until_true 15 grep -q attached "$T/agent.log" || fail "attach: $(cat "$T/agent.log")"
	expect "ours, of the same name" "$(cat "$timeout")" == 0
	expect "the one attached" "$(in_client cat "$timeout")" == 50000
	killed
	nsenter --net="$ns" "$AGENT" detach x0 || fail "detach failed"
	expect "after detach" "$(in_client cat "$timeout")" == 0
	ip link del x0
	nsenter --net="$ns" "$AGENT" attach x0 >"$T/agent.log" 2>&1 & # replaces socket and lock of the one that was killed
	AGENT_PID=$!
	until_true 15 grep -q attached "$T/agent.log" || fail "attach: $(cat "$T/agent.log")"
}

# What is left of an agent that was killed, and is not what it seems.
test_odd_leftovers() {
	local file
	agent_start c0 --napi-defer 50us
	file=$(find /run/batchy -name '*.napi')
	killed
	! "$AGENT" detach nosuch0 2>"$T/err" || fail "detach nosuch0 succeeds"
	expect "of an interface that is not there" "$(napi)" = "1 / 50000"
	echo 9000 >/sys/class/net/c0/gro_flush_timeout
	agent_start c0
	expect "the one changed by somebody else stays" "$(napi)" = "0 / 9000"
	agent_stop
	no_files
	echo 0 >/sys/class/net/c0/napi_defer_hard_irqs
	echo 0 >/sys/class/net/c0/gro_flush_timeout
	mkfifo "$file"
	agent_start c0
	no_files
	agent_stop
	echo garbage >"$file"
	agent_start c0
	no_files
}

test_interface_removed() {
	agent_start c0 --napi-defer 50us
	ip link del c0
	until_true 10 agent_ended || fail "the agent runs on"
	AGENT_PID=
	no_files
}

# Packets of a poll are a batch even with trigger 1, and the objective pays for the time they were held.
test_polls_find_many() {
	local batches packets
	agent_start c0 --pipeline "$PIPES/two-queues.click" --napi-defer 2ms --controller null
	"$AGENT" queue set q1 trigger 1
	traffic 10kpps 10000 5000
	conserved
	timely all_arrived 5000
	packets=$(queue q1 .packets) batches=$(queue q1 .batches)
	note "$packets packets in $batches batches"
	expect "packets a batch" $((packets / batches)) '>=' 4
}

test_objective_pays() {
	agent_start c0 --pipeline "$PIPES/two-queues.click" --napi-defer 500us --slo 2ms
	"$AGENT" queue set q1 trigger auto deadline auto
	until_true 5 deadline_at_most 1500000 || fail "the deadline is $(queue q1 .deadline_ns) ns, with 500 us of 2 ms held before it"
}

test_objective_out_of_reach() {
	agent_start c0 --pipeline "$PIPES/controlled.click" --napi-defer 5ms
	grep -q 'leaves nothing of the objective of flow' "$T/agent.log" || fail "no warning: $(cat "$T/agent.log")"
}

deadline_at_most() { [ "$(queue q1 .deadline_ns)" -le "$1" ]; }

net_main "$@"
