# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sleep or spin: CPU time of the worker and the wait of packets at rates below, at and above where the choice turns, for a worker
# that always sleeps, one that always spins, and one that chooses. Batches of one: their wait is nothing but what the worker's
# rest adds. Sourced by scripts/bench.sh.

# fewer rates and other windows from the environment, to try something
SPIN_RATES=${SPIN_RATES:-1kpps 5kpps 10kpps 20kpps 50kpps 100kpps 200kpps}
SPIN_SECONDS=${SPIN_SECONDS:-1}

# spin_window CONFIG RATE [OPTION]...
spin_window() {
	local a b config=$1 rate=$2 metric value
	shift 2
	agent_up queue.click "$@"
	"$AGENT" queue set q trigger 1 deadline 20ms
	gen_up "$rate" 30s
	sleep 0.2
	a=$(agent_json status) || bench_die "the agent does not answer"
	sleep "$SPIN_SECONDS"
	b=$(agent_json status) || bench_die "the agent does not answer"
	agent_json queue show >"$WORK/queue.json" || bench_die "the agent does not answer"
	gen_down
	agent_down
	sample spin "$config" "$rate" worker_cpu % "$(jq -n --argjson a "$a" --argjson b "$b" \
		'($b.workers.cpu_ns - $a.workers.cpu_ns) / ($b.uptime_ns - $a.uptime_ns) * 10000 | round / 100')"
	while read -r metric value; do
		sample spin "$config" "$rate" "$metric" "$([ "$metric" = wait_p95 ] && echo ns || echo 1)" "$value"
	done < <(jq -r '.queues[0] | "wait_p95 \(.wait_ns.p95 // 0)",
		(([.packets, 1] | max) as $n | {sleeps, spins, spins_useful} | to_entries[] | "\(.key)_per_packet \(.value / $n * 1000 | round / 1000)")' \
		"$WORK/queue.json")
	[ "$config" != "sleep or spin" ] ||
		sample spin "$config" "$rate" wakeup_cost ns "$(jq -n --argjson b "$b" '$b.workers.wakeup_cost_ns')"
}

bench_spin() {
	local rate
	for rate in $SPIN_RATES; do
		spin_window "always sleep" "$rate" --spin-max 0
		spin_window "always spin" "$rate" --busy-poll
		spin_window "sleep or spin" "$rate"
	done
}
