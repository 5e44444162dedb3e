#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The controllers set triggers while traffic runs, and slo keeps its objective.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

# trigger_after NAME: under that controller and 20 kpps
trigger_after() {
	"$AGENT" controller set "$1" || fail "controller set $1 failed"
	traffic 20kpps 20000 5000
	expect controller "$(ask controller show .controller)" = "$1"
	queue q1 .trigger
}

test_fixed_controllers() {
	local n
	agent_start c0 --pipeline "$PIPES/controlled.click" --controller null
	expect controller "$(ask status .controller)" = null
	trigger_after null >"$T/n"
	expect "trigger under null" "$(tail -n 1 "$T/n")" == 1
	trigger_after fix8 >"$T/n"
	expect "trigger under fix8" "$(tail -n 1 "$T/n")" == 8
	trigger_after max >"$T/n"
	n=$(tail -n 1 "$T/n")
	expect "trigger under max" "$n" '>=' 32
	conserved
}

test_unknown_controller_is_refused() {
	local rc=0
	"$AGENT" attach c0 --controller nonsense 2>"$T/err" || rc=$?
	expect "status of attach" "$rc" == 2
	grep -q 'nonsense: unknown' "$T/err" || fail "attach --controller nonsense says $(cat "$T/err")"
	agent_start c0 --pipeline "$PIPES/controlled.click"
	! "$AGENT" controller set nonsense 2>"$T/err" || fail "controller set nonsense succeeds"
	expect controller "$(ask status .controller)" = slo
}

# slo keeps p95 below the 2 ms of the pipeline file, with batches larger than one
slo_at() {
	agent_start c0 --pipeline "$PIPES/controlled.click" --controller slo
	traffic "$1" "$2" 5000
	note "trigger $(queue q1 .trigger), batch $(queue q1 .batch_avg), delay $(ask flow show '.flows[0].delay_ns | tojson')"
	timely expect "p95 delay of the flow in ns" "$(ask flow show '.flows[0].delay_ns.p95')" '<=' 2000000
	conserved
}

LIMIT[test_slo_2ms_at_1kpps]=90
test_slo_2ms_at_1kpps() {
	needs_speed
	slo_at 1kpps 5000
}

LIMIT[test_slo_2ms_at_20kpps]=90
test_slo_2ms_at_20kpps() {
	needs_speed
	slo_at 20kpps 100000
	timely expect "average batch at 20 kpps under 2 ms" "$(queue q1 .batch_avg)" '>=' 4
}

# batch_under SLO: the average batch in the second half of four seconds at 20 kpps
batch_under() {
	local a b
	"$AGENT" flow set bulk slo "$1" || fail "flow set failed"
	gen_start 20kpps 80000 5000
	sleep 2
	a=$(queue q1 '"\(.packets) \(.batches)"')
	sleep 1.5
	b=$(queue q1 '"\(.packets) \(.batches)"')
	gen_end "$BG" 5000
	awk -v a="$a" -v b="$b" 'BEGIN { split(a, x); split(b, y); printf "%.1f\n", (y[1] - x[1]) / (y[2] - x[2]) }'
}

test_slo_can_be_changed_live() {
	needs_speed
	local loose tight
	agent_start c0 --pipeline "$PIPES/controlled.click" --controller slo
	loose=$(batch_under 2ms)
	tight=$(batch_under 200us)
	expect "objective" "$(ask flow show '.flows[0].delay_slo_ns')" == 200000
	note "batch average $loose under 2 ms, $tight under 200 us"
	timely expect "batch at a tenth of the objective" "$tight" '<' "$loose"
	conserved
}

test_controllers_are_switched_live() {
	local n
	agent_start c0 --pipeline "$PIPES/controlled.click" --period 1ms
	gen_start 20kpps 60000 5000
	for n in onoff feasdir projgrad null slo; do
		"$AGENT" controller set "$n" || fail "controller set $n failed"
		sleep 0.4
		expect controller "$(ask controller show .controller)" = "$n"
		expect "trigger under $n" "$(queue q1 .trigger)" '>=' 1
	done
	! "$AGENT" controller set nfvnice 2>"$T/err" || fail "weights are set for queues without tasks"
	grep -q 'run to completion' "$T/err" || fail "controller set nfvnice says $(cat "$T/err")"
	expect controller "$(ask controller show .controller)" = slo
	gen_end "$BG" 5000
	# two seconds and more, a thousand periods each, on a machine that may have other things to do
	timely expect "periods of 1 ms" "$(ask controller show .periods)" '>=' 1000
	expect "period" "$(ask controller show .period_ns)" == 1000000
	expect "mean time of a period in ns" "$(ask controller show .deadtime_ns.mean)" '>' 0
	note "a period takes $(ask controller show '.deadtime_ns | tojson') ns"
	conserved
}

# Nobody decides for a minute: the deadline is the datapath's.
test_packets_leave_without_a_controller() {
	agent_start c0 --pipeline "$PIPES/controlled.click" --period 60s
	"$AGENT" queue set q1 trigger 64 deadline 5ms || fail "queue set failed"
	traffic 1kpps 5 5000
	expect "released by deadline" "$(queue q1 .released_deadline)" '>=' 1
	conserved
}

# A verdict for each flow with an objective, and a message when it changes.
test_admission() {
	agent_start c0 --pipeline "$PIPES/controlled.click"
	traffic 5kpps 5000 5000
	until_true 5 admission_is null || fail "the objective of 2 ms is not met: $(ask flow show '.flows[0].admission | tojson')"
	"$AGENT" flow set bulk slo 1us || fail "flow set failed"
	until_true 5 admission_is "objective below the service time" ||
		fail "1 us is called $(ask flow show '.flows[0].admission | tojson')"
	grep -q 'flow bulk: its objective of 1us cannot be met' "$T/agent.log" || fail "the agent does not say so"
	"$AGENT" flow show | grep -q 'below the service time' || fail "flow show does not say so"
}
admission_is() { [ "$(ask flow show '.flows[0].admission.reason')" = "$1" ]; }

net_main "$@"
