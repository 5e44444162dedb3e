# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What batches save: CPU time of the worker per packet, by trigger and by rate, against busy polling; and what a deadline
# holds: the wait of packets at low and high rates. Sourced by scripts/bench.sh.

# window EXPERIMENT CONFIG RATE: two seconds of traffic that already runs
batch_window() {
	local a b experiment=$1
	shift
	a=$(agent_json status) && sleep 2 && b=$(agent_json status) || bench_die "the agent does not answer"
	local tx cpu wake
	tx=$(jq -n --argjson a "$a" --argjson b "$b" '$b.totals.tx + $b.totals.drop - $a.totals.tx - $a.totals.drop')
	cpu=$(jq -n --argjson a "$a" --argjson b "$b" '$b.workers.cpu_ns - $a.workers.cpu_ns')
	wake=$(jq -n --argjson a "$a" --argjson b "$b" '$b.workers.wakeups - $a.workers.wakeups')
	sample "$experiment" "$1" "$2" cpu_per_packet ns "$(ratio "$cpu" "$tx")"
	sample "$experiment" "$1" "$2" wakeups_per_packet 1 "$(ratio "$wake" "$tx")"
	sample "$experiment" "$1" "$2" delivered pps $((tx / 2))
}

# rounds EXPERIMENT PIPELINE
batch_rounds() {
	local rate trigger experiment=$1 pipeline=$2
	for rate in 10kpps 50kpps 200kpps; do
		agent_up "$pipeline"
		gen_up "$rate" 60s
		sleep 0.3
		for trigger in 1 4 16 32 64; do
			"$AGENT" queue set q trigger "$trigger" deadline 20ms
			sleep 0.1
			batch_window "$experiment" "trigger $trigger" "$rate"
		done
		gen_down
		agent_down
		agent_up "$pipeline" --busy-poll
		gen_up "$rate" 60s
		sleep 0.3
		batch_window "$experiment" "busy polling" "$rate"
		gen_down
		agent_down
	done
}

# received and forwarded; received alone
bench_batch() { batch_rounds batch queue.click; }
bench_receive() { batch_rounds receive receive.click; }

bench_deadline() {
	local rate deadline seconds
	for rate in 10pps 1kpps 50kpps; do
		for deadline in 200us 1ms 5ms; do
			seconds=2
			[ "$rate" != 10pps ] || seconds=4
			agent_up queue.click
			"$AGENT" queue set q trigger 1024 deadline "$deadline"
			gen_up "$rate" "${seconds}s"
			wait "$GEN_PID" || bench_die "batchy-gen: $(tail -n 1 "$WORK/gen.err")"
			GEN_PID=''
			sleep 0.1
			agent_json queue show >"$WORK/queue.json"
			sample deadline "$deadline" "$rate" wait_p95 ns "$(jq '.queues[0].wait_ns.p95 // 0' "$WORK/queue.json")"
			sample deadline "$deadline" "$rate" wait_max ns "$(jq '.queues[0].wait_ns.max // 0' "$WORK/queue.json")"
			agent_down
		done
	done
}

# No traffic: what the agent takes all the same. And how much memory it holds with one queue and one worker.
bench_idle() {
	local a
	agent_up queue.click
	sleep 1
	a=$(process_ns "$AGENT_PID")
	sleep 10
	sample idle agent 0 cpu_in_10s us $((($(process_ns "$AGENT_PID") - a) / 1000))
	sample memory agent 0 rss kB "$(sed -n 's/^VmRSS:[\t ]*\([0-9]*\).*/\1/p' "/proc/$AGENT_PID/status")"
	agent_down
}
