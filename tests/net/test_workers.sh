#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Workers: how many, on which CPUs, with which vectors; queues inside them, and their way to the host.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

# The CPUs that each worker's thread may run on, one line each.
worker_cpus() {
	local t
	for t in "/proc/$AGENT_PID/task"/*; do
		[[ $(<"$t/comm") != bty-worker-* ]] || sed -n 's/^Cpus_allowed_list:\t//p' "$t/status"
	done | sort
}

test_one_for_each_receive_queue() {
	local q
	netns_queues 4
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	expect "workers" "$(worker_cpus | wc -l)" == 4
	for q in 0 1 2 3; do
		traffic 1kpps 300 5000 --queue "$q"
		timely arrived 5000 300
	done
	expect "packets through q1" "$(queue q1 .packets)" '>=' 1200
	conserved
}

test_pinned_to_the_cpus_given() {
	[ "$(nproc)" -ge 2 ] || skip "one CPU"
	netns_queues 4
	agent_start c0 --pipeline "$PIPES/two-queues.click" --cpus 1
	expect "CPUs of the workers" "$(worker_cpus | tr '\n' ' ')" = "1 1 1 1 "
	agent_stop
	agent_start c0 --pipeline "$PIPES/two-queues.click" --cpus 0-1
	expect "CPUs of the workers" "$(worker_cpus | tr '\n' ' ')" = "0 0 1 1 "
}

# No batch is larger than the vector, and a large one is used.
test_vector() {
	agent_start c0 --pipeline "$PIPES/slow-queue.click" --vector 16
	"$AGENT" queue set q1 trigger 256 deadline 50ms || fail "queue set failed"
	traffic 20kpps 20480 5000 --arrivals burst:256
	timely arrived 5000 20480
	expect "average batch with --vector 16" "$(queue q1 .batch_avg)" '<=' 16
	agent_stop
	agent_start c0 --pipeline "$PIPES/slow-queue.click" --vector 256
	"$AGENT" queue set q1 trigger 256 deadline 50ms || fail "queue set failed"
	traffic 20kpps 20480 5000 --arrivals burst:256
	timely arrived 5000 20480
	timely expect "average batch with --vector 256" "$(queue q1 .batch_avg)" '>' 64
	conserved
}

test_busy_polling() {
	agent_start c0 --pipeline "$PIPES/two-queues.click" --busy-poll
	traffic 1kpps 500 5000
	timely arrived 5000 500
	expect "wake-ups" "$(ask status .workers.wakeups)" == 0
	conserved
}

# Each queue is a task with a weight that the controller sets; what waits leaves at once, whatever trigger and deadline say.
test_weighted_fair_queueing() {
	sed 's/-> EtherRewrite/-> q2 :: Queue(TRIGGER 48, DEADLINE 20s, CAPACITY 64) -> EtherRewrite/' "$PIPES/slow-queue.click" >"$T/inner.click"
	agent_start c0 --pipeline "$T/inner.click" --schedule wfq --controller null
	expect schedule "$(ask status '.interfaces[0].schedule') $(queue q1 .schedule)" = "wfq wfq"
	timely expect weights "$(queue q1 .weight) $(queue q2 .weight)" = "1 1"
	traffic 10kpps 10000 5000
	timely arrived 5000 10000
	expect "packets through q2" "$(queue q2 .packets)" == 10000
	expect "drops of q2" "$(queue q2 .drops)" == 0
	"$AGENT" controller set max || fail "controller set failed"
	timely expect weights "$(queue q1 .weight) $(queue q2 .weight)" = "1024 1024"
	expect "weight in the table" "$("$AGENT" queue show | awk '$1 == "q2" { print $7 }')" = 1024
	traffic 1kpps 1 5000
	arrived 5000 1
	conserved
}

rests() { queue q1 "[.sleeps, .spins, .spins_useful, .spun_ns] | map(tostring) | join(\" \")"; }

# At gaps of 50 us it looks on where a sleep and a wake-up cost more than that; told not to, or without traffic, it sleeps.
test_sleep_or_spin() {
	local sleeps spins useful spun before cost
	agent_start c0 --pipeline "$PIPES/two-queues.click" --spin-max 1ms
	"$AGENT" queue set q1 trigger 1 || fail "queue set failed"
	traffic 20kpps 10000 5000
	timely arrived 5000 10000
	read -r sleeps spins useful spun <<<"$(rests)"
	cost=$(ask status .workers.wakeup_cost_ns)
	note "$sleeps sleeps, $spins spins, $useful useful, $spun ns; a wake-up costs $cost ns"
	expect "cost of a wake-up, ns" "$cost" '>' 0
	expect "useful spins" "$useful" '<=' "$spins"
	expect "columns of each line" "$("$AGENT" queue show | awk '{ print NF }' | sort -u | tr '\n' ' ')" = "20 "
	expect "all spins of workers" "$(ask status .workers.spins)" '>=' "$spins"
	[ "$cost" -lt 60000 ] || timely expect "useful spins" "$useful" '>=' 100
	before=$(ask status .workers.cpu_ns)
	sleep 1
	timely expect "CPU time of a worker without traffic in 1 s, ns" $(($(ask status .workers.cpu_ns) - before)) '<' $((2000000 * SLOWER))
	conserved
	agent_stop
	agent_start c0 --pipeline "$PIPES/two-queues.click" --spin-max 0
	"$AGENT" queue set q1 trigger 1 || fail "queue set failed"
	traffic 20kpps 10000 5000
	timely arrived 5000 10000
	read -r sleeps spins useful spun <<<"$(rests)"
	expect "spins with --spin-max 0" "$spins $useful $spun" = "0 0 0"
	expect "sleeps with --spin-max 0" "$sleeps" '>=' 1
	expect "cost that nobody asked for" "$(ask status .workers.wakeup_cost_ns)" == 0
	conserved
}

# q2 fills from q1's batches: its own trigger lets them out, its deadline the rest.
test_queue_inside_a_worker() {
	sed 's/-> EtherRewrite/-> q2 :: Queue(TRIGGER 48, DEADLINE 20ms) -> EtherRewrite/' "$PIPES/slow-queue.click" >"$T/inner.click"
	agent_start c0 --pipeline "$T/inner.click" --controller fix8
	expect backends "$(queue q1 .backend) $(queue q2 .backend)" = "xsk worker"
	"$AGENT" queue set q2 trigger 48 deadline 20ms || fail "queue set failed"
	traffic 10kpps 10000 5000
	timely arrived 5000 10000
	expect "packets through q2" "$(queue q2 .packets)" == 10000
	timely expect "batches of q2 released by its trigger" "$(queue q2 .released_trigger)" '>=' 100
	timely expect "average batch of q2" "$(queue q2 .batch_avg)" '>=' 32
	traffic 1kpps 1 5000
	arrived 5000 1
	expect "batches of q2 released by its deadline" "$(queue q2 .released_deadline)" '>=' 1
	conserved
}

# What a worker gives to the host goes through a tap device, and answers leave by the interface as ever.
test_to_host_from_a_worker() {
	local tap
	printf '%s\n' "FromDevice(\$IFACE) -> q1 :: Queue(TRIGGER 4, DEADLINE 1ms) -> Counter -> ToHost;" >"$T/host.click"
	tap=bty$(cat /sys/class/net/c0/ifindex)
	agent_start c0 --pipeline "$T/host.click"
	ip link show dev "$tap" >/dev/null || fail "no tap device $tap"
	ping_works
	expect "packets passed" "$(ask status .totals.pass)" '>=' 6
	expect "packets through q1" "$(queue q1 .packets)" '>=' 6
	conserved
	agent_stop
	if ip link show dev "$tap" 2>/dev/null; then fail "$tap is left"; fi
	ping_works 1
}

net_main "$@"
