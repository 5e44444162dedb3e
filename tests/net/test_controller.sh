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
	agent_refuses 'nonsense' c0 --controller nonsense
	agent_start c0 --pipeline "$PIPES/controlled.click"
	! "$AGENT" controller set nonsense 2>"$T/err" || fail "controller set nonsense succeeds"
	expect controller "$(ask status .controller)" = slo
}

# slo keeps p95 below the 2 ms of the pipeline file, with batches larger than one
slo_at() {
	agent_start c0 --pipeline "$PIPES/controlled.click" --controller slo
	traffic "$1" "$2" 5000
	note "trigger $(queue q1 .trigger), batch $(queue q1 .batch_avg), delay $(ask flow show '.flows[0].delay_ns | tojson')"
	expect "p95 delay of the flow in ns" "$(ask flow show '.flows[0].delay_ns.p95')" '<=' 2000000
	conserved
}

LIMIT[test_slo_2ms_at_1kpps]=90
test_slo_2ms_at_1kpps() { slo_at 1kpps 5000; }

LIMIT[test_slo_2ms_at_20kpps]=90
test_slo_2ms_at_20kpps() {
	slo_at 20kpps 100000
	expect "average batch at 20 kpps under 2 ms" "$(queue q1 .batch_avg)" '>=' 4
}

test_slo_can_be_changed_live() {
	local t1 t2
	agent_start c0 --pipeline "$PIPES/controlled.click" --controller slo
	traffic 20kpps 40000 5000
	t1=$(queue q1 .trigger)
	"$AGENT" flow set bulk slo 200us || fail "flow set failed"
	expect "objective" "$(ask flow show '.flows[0].delay_slo_ns')" == 200000
	traffic 20kpps 40000 5000
	t2=$(queue q1 .trigger)
	note "trigger $t1 at 2 ms, $t2 at 200 us"
	expect "trigger at a tenth of the objective" "$t2" '<' "$t1"
}

net_main "$@"
