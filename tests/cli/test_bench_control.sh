#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# batchy-agent bench --controller: rounds under a controller without interfaces, what changes on the way, the rows they leave, and
# both schedules. Time itself is not judged: the machine is not ours alone.
set -euo pipefail

VERB=bench
# shellcheck source=tests/cli/verb.sh
. "$(dirname "$0")/verb.sh"

bench() { verb "$@"; }

# check NAME FILTER: of the last answer
check() { if [ "$(field "$2")" = true ]; then good "$1"; else bad "$1" "$2: $(field 'del(.elements) | tojson')"; fi; }

cat >"$W/two.click" <<'EOF'
src :: InfiniteSource(RATE 40kpps, FLOWS 16);
src -> s :: RandomSplit(1, 3);
s[0] -> q1 :: Queue -> nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> d :: Discard;
s[1] -> q2 :: Queue -> nf2 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> d;
Flow(a, PATH q1 nf1, DELAY_SLO 5ms);
Flow(b, PATH q2 nf2, DELAY_SLO 5ms);
EOF
P=$W/two.click

# Its sums, and ours over its flows.
adds_up() {
	check "$1" '(.totals | .made == .tx + .pass + .drop + .queued) and .conserved and .totals.queued == 0
		and (.flows | map(.packets) | add) <= .packets
		and (.elements | (map(.made) | add) == (map(.tx + .pass + .drops + .held) | add))'
}

test_rounds() {
	local c
	for c in null max fix8 slo; do
		bench "$P" --controller $c --rounds 5 --period 100ms --warmup 50ms -j || { bad "rounds_$c" "$(cat "$W/err")"; continue; }
		adds_up "rounds_${c}_conserve"
		check "rounds_$c" ".controller == \"$c\" and .rounds == 5 and .period_ns == 100000000 and (.flows | length) == 2
			and ([.flows[] | .packets > 0 and .periods <= 5 and .delay_ns.count > 0 and .slo_ns == 5000000] | all)
			and ([.queues[] | .packets > 0 and .batches > 0] | all) and .worker.greedy == false"
	done
	bench "$P" --controller null --rounds 5 --at 0:controller=fix8 -j
	check fixed_trigger '[.queues[] | .trigger == 8 and .batch_avg > 4] | all'
	bench "$P" --controller slo --seconds 1 --period 200ms -j
	check seconds_are_rounds '.rounds == 5'
	bench "$P" -j
	check without_a_controller '(has("rounds") or has("flows") or has("controller")) | not'
}

# column NAME: its number in the rows
column() { head -n 1 "$W/rows" | tr '\t' '\n' | grep -nxF -- "$1" | cut -d: -f1; }
# cell ROUND COLUMN
cell() { awk -F'\t' -v r="$1" -v c="$(column "$2")" '$1 == r { print $c }' "$W/rows"; }

test_dump() {
	local want got n
	bench "$P" -c fix4 --rounds 6 --dump "$W/rows" -j || { bad dump "$(cat "$W/err")"; return 0; }
	want="t q1:control q1:x_v q1:R_v q1:b_v q1:b_in q2:control q2:x_v q2:R_v q2:b_v q2:b_in a:delay a:delay_estimate"
	want="$want b:delay b:delay_estimate a:pps b:pps w0:task_pps w0:t_0 w0:t_0_estimate w0:b_0 w0:cyc_per_packet sum_fpps"
	want="$want ctrlr_deadtime stall"
	got=$(head -n 1 "$W/rows" | tr '\t' ' ')
	if [ "$got" = "$want" ]; then good dump_columns; else bad dump_columns "$got"; fi
	n=$(awk -F'\t' 'NF != 25' "$W/rows" | wc -l)
	if [ "$(wc -l <"$W/rows")" = 7 ] && [ "$n" = 0 ]; then good dump_rows; else bad dump_rows "$(cat "$W/rows")"; fi
	# the trigger of the file in the first round, then the controller's; R = x b
	if [ "$(cell 0 q1:control)" = 1 ] && [ "$(cell 5 q1:control)" = 4 ]; then good dump_control; else bad dump_control "$(cat "$W/rows")"; fi
	if awk -F'\t' 'NR > 1 && $5 != "nan" { if ($3 * $5 / $4 < 0.999 || $3 * $5 / $4 > 1.001) exit 1 }' "$W/rows" &&
		awk -F'\t' 'NR > 1 { if ($16 + $17 > 1.001 * $23 || $16 + $17 < 0.999 * $23 || $24 <= 0 || $24 > 1) exit 1 }' "$W/rows"; then
		good dump_adds_up
	else
		bad dump_adds_up "$(cat "$W/rows")"
	fi
	bench "$P" -c null --rounds 2 --dump - || { bad dump_to_stdout "$(cat "$W/err")"; return 0; }
	if [ "$(wc -l <"$W/out")" = 3 ] && [ "$(cut -f1 "$W/out" | tr '\n' ' ')" = "t 0 1 " ]; then good dump_to_stdout; else bad dump_to_stdout "$(cat "$W/out")"; fi
}

# What is changed on the way, and nothing else.
test_at() {
	bench "$P" -c fix4 --rounds 10 --dump "$W/rows" --at 4:rate=src:2kpps --at 3:trigger=q1:7 --at 6:trigger=q1:auto \
		--at 7:controller=fix9 --at 5:slo=a:150us --at 5:deadline=q2:3ms -j || { bad at "$(cat "$W/err")"; return 0; }
	adds_up at_conserve
	if [ "$(for r in 2 3 5 6 7; do cell $r q1:control; done | tr '\n' ' ')" = "4 7 7 4 9 " ] && [ "$(cell 6 q2:control)" = 4 ]; then
		good at_trigger
	else
		bad at_trigger "$(cut -f1,2,7 "$W/rows" | tr '\t' ' ')"
	fi
	check at_slo '[.flows[].slo_ns] == [150000, 5000000]'
	check at_deadline '.queues[1].deadline_ns == 3000000 and .queues[0].deadline_ns == 150000'
	if awk -v a="$(cell 8 w0:task_pps)" -v b="$(cell 9 w0:task_pps)" 'BEGIN { exit !(a + b > 500 && a + b < 9000) }'; then
		good at_rate
	else
		bad at_rate "$(cut -f1,18 "$W/rows" | tr '\t' ' ')"
	fi
	bench "$P" -c max --rounds 4 --at 1:rate=src:max -j
	check at_rate_max '.worker.greedy and .packets > 100000'
	sed 's/^src ::.*/src :: FromDevice(eth0);/' "$P" >"$W/device.click"
	bench "$W/device.click" -c max --rounds 4 --at 0:rate=src:1kpps --warmup 0 -j
	check at_rate_of_a_device '.packets < 100000 and .conserved'
}

test_schedules() {
	local s
	for s in rtc wfq; do
		bench "$P" -c null --rounds 4 --schedule $s --at 1:rate=src:max -j || { bad "schedule_$s" "$(cat "$W/err")"; continue; }
		adds_up "schedule_$s"
	done
	check no_queue_overflows '[.queues[].drops] == [0, 0]'
	bench "$P" --schedule wfq --seconds 1 -j
	check wfq_without_a_controller '.conserved and .totals.queued == 0 and .packets > 1000'
}

test_bad_arguments() {
	says unknown_controller 2 'controller best: unknown' "$P" -c best
	says rounds_alone 2 '--rounds: only with --controller' "$P" --rounds 3
	says at_alone 2 '--at: only with --controller' "$P" --at 3:slo=a:1ms
	says rounds_zero 2 '--rounds 0: expected 1 to 1000000' "$P" -c max --rounds 0
	says rounds_and_seconds 2 'choose one: --seconds or --rounds' "$P" -c max --rounds 3 --seconds 1
	says period_bare 2 '--period 100: expected a time' "$P" -c max --period 100
	says period_short 2 '--period 1us: expected a time' "$P" -c max --period 1us
	says deadline_short 2 '--deadline 1ns: expected a time' "$P" -c max --deadline 1ns
	says dump_and_json 2 'both on standard output' "$P" -c max --dump - -j
	says schedule_word 2 '--schedule fair: expected rtc or wfq' "$P" --schedule fair
	says dump_nowhere 1 "$W/none/rows: No such file" "$P" -c max --rounds 1 --dump "$W/none/rows"
	says at_no_round 2 'slo=a:1ms: expected ROUND:' "$P" -c max --at slo=a:1ms
	says at_no_value 2 'expected ROUND:' "$P" -c max --at 3:slo=a
	says at_bad_time 2 'expected ROUND:' "$P" -c max --at 3:slo=a:5
	says at_zero_rate 2 'expected ROUND:' "$P" -c max --at 3:rate=src:0
	says at_word 2 'expected ROUND:' "$P" -c max --at 3:speed=src:5
	says at_controller 2 'controller best: unknown' "$P" -c max --at 3:controller=best
	says at_no_flow 1 'c: no Flow of that name' "$P" -c max --at 3:slo=c:1ms
	says at_no_source 1 'q1: no InfiniteSource of that name' "$P" -c max --at 3:rate=q1:1kpps
	says at_no_queue 1 'src: no Queue of that name' "$P" -c max --at 3:trigger=src:4
	says at_over_capacity 1 'at most its CAPACITY, 1024' "$P" -c max --at 3:trigger=q1:2000
	says at_deadline_short 1 'deadline: 1us to 60s' "$P" -c max --at 3:deadline=q1:1ns
}

test_rounds
test_dump
test_at
test_schedules
test_bad_arguments
exit "$BAD"
