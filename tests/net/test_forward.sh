#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# UDP from client to server through queues and a worker: nothing lost, nothing late, triggers and deadlines kept.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

# Both queues at once, RATE each.
two_queues() {
	local rate=$1 count=$2 a b
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	sink_start 5001
	a=$BG
	gen_start "$rate" "$count" 5001 --backend packet # the first transmit queue is the other sender's
	b=$BG
	traffic "$rate" "$count" 5000
	gen_end "$b" 5001
	wait "$a" || fail "batchy-gen sink: $(tail -n 1 "$T/sink-5001.json.err")"
	conserved
	timely all_arrived 5000
	timely all_arrived 5001
	expect "packets through q1" "$(queue q1 .packets)" '>=' "$(sent 5000)"
	expect "packets through q2" "$(queue q2 .packets)" '>=' "$(sent 5001)"
	expect "batches of q1" "$(queue q1 .batches)" '<=' "$(queue q1 .packets)"
	agent_stop
	detached c0 s0
}

test_two_queues_1kpps() { two_queues 1kpps 3000; }

LIMIT[test_two_queues_50kpps]=120
test_two_queues_50kpps() {
	needs_speed
	two_queues 25kpps 75000
}

test_large_and_small_frames() {
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	traffic 5kpps 5000 5000 --size 1514
	timely arrived 5000 5000
	traffic 5kpps 5000 5001 --size 200
	timely arrived 5001 5000
	conserved
}

# Far fewer packets than the trigger: the deadline alone lets them out, each in time.
test_deadline_at_10_pps() {
	agent_start c0 --pipeline "$PIPES/slow-queue.click"
	traffic 10pps 30 5000
	arrived 5000 30
	expect "batches released by the trigger" "$(queue q1 .released_trigger)" == 0
	timely expect "batches released by the deadline" "$(queue q1 .released_deadline)" '>=' 29
	timely expect "p95 wait in ns" "$(queue q1 .wait_ns.p95)" '<=' 10000000
	expect "p95 wait in ns" "$(queue q1 .wait_ns.p95)" '>=' 3000000
	conserved
}

test_one_packet_alone() {
	local i
	agent_start c0 --pipeline "$PIPES/slow-queue.click"
	for i in 1 2 3; do
		traffic 1kpps 1 5000
		arrived 5000 1
	done
	expect "packets in q1" "$(queue q1 .packets)" == 3
	conserved
}

test_trigger_makes_batches() {
	local p b
	agent_start c0 --pipeline "$PIPES/slow-queue.click"
	"$AGENT" queue set q1 trigger 16 deadline 50ms || fail "queue set failed"
	traffic 10kpps 10000 5000
	timely arrived 5000 10000
	note "batch average $(queue q1 .batch_avg)"
	timely expect "batch average at trigger 16" "$(queue q1 .batch_avg)" '>=' 12
	timely expect "batches released by the trigger" "$(queue q1 .released_trigger)" '>' "$(queue q1 '.released_deadline * 5')"
	p=$(queue q1 .packets) b=$(queue q1 .batches)
	"$AGENT" queue set q1 trigger 1 || fail "queue set failed"
	expect "trigger" "$(queue q1 .trigger)" == 1
	traffic 1kpps 1000 5000
	arrived 5000 1000
	p=$(($(queue q1 .packets) - p)) b=$(($(queue q1 .batches) - b))
	timely expect "packets per batch at trigger 1" "$(awk "BEGIN { print $p / $b }")" '<=' 2
}

test_queue_set_while_packets_wait() {
	agent_start c0 --pipeline "$PIPES/slow-queue.click"
	"$AGENT" queue set q1 trigger 512 deadline 20s || fail "queue set failed"
	sink_start 5000
	gen_start 100pps 10 5000
	gen_end "$BG" 5000
	sleep 0.3
	expect backlog "$(queue q1 .backlog)" == 10
	"$AGENT" queue set q1 trigger 1 || fail "queue set failed"
	until_true 2 backlog_gone || fail "still $(queue q1 .backlog) packets wait 2 s after the trigger was lowered to 1"
	conserved
}

backlog_gone() { [ "$("$AGENT" queue show -j | jq '.queues[0].backlog')" = 0 ]; }

test_queue_set_refuses_nonsense() {
	local rc args
	agent_start c0 --pipeline "$PIPES/slow-queue.click"
	for args in "nosuch trigger 4" "q1 trigger -1" "q1 trigger x" "q1 deadline 5" "q1 deadline 5parsec" "q1 trigger 99999999999"; do
		rc=0
		# shellcheck disable=SC2086
		"$AGENT" queue set $args >"$T/out" 2>&1 || rc=$?
		expect "status of queue set $args" "$rc" '>=' 1
	done
	expect trigger "$(queue q1 .trigger)" == 32
	expect deadline "$(queue q1 .deadline_ns)" == 5000000
}

# The same file on two interfaces: one name, two queues.
test_queue_set_in_two_pipelines() {
	sed 's/ToDevice(s0)/ToDevice(d1)/' "$PIPES/two-queues.click" >"$T/other.click"
	ip link add d0 type veth peer name d1
	ip link set d0 up
	ip link set d1 up
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	timeout $((20 * SLOWER)) "$AGENT" attach d0 --pipeline "$T/other.click" || fail "attach d0 failed"
	"$AGENT" queue set q1 trigger 77 || fail "queue set q1 failed"
	expect "triggers of q1" "$(ask queue show '[.queues[] | select(.name == "q1") | .trigger] | join(" ")')" = "77 77"
	"$AGENT" detach d0 || fail "detach d0 failed"
	ip link del d0
	agent_stop
}

net_main "$@"
