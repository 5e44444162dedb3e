#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/experiments: an experiment of a few rounds leaves a dump with the original's columns, a summary, pictures and a page; what the
# summary says of dumps that are known; command lines that are wrong. Nothing here depends on how fast the machine is.
set -euo pipefail

cd "$(dirname "$0")/../.."
TOP=$PWD
EXP=$TOP/scripts/experiments
W=$(mktemp -d "${TMPDIR:-/tmp}/bty-experiments-XXXXXX")
trap 'rm -rf "$W"' EXIT
export ATTEMPTS=1 # runs that stall are not what this is about
BAD=0

good() { echo "ok $1"; }
bad() { echo "not ok $1: $(tr '\n' ' ' <<<"$2")"; BAD=1; }

for c in gnuplot jq python3 xmllint file; do
	command -v "$c" >/dev/null || { echo "skip experiments: $c is not installed"; exit 0; }
done

# --- a run

COLUMNS_WANTED="t q1:control q1:x_v q1:R_v q1:b_v q1:b_in q2:control q2:x_v q2:R_v q2:b_v q2:b_in f1:delay f1:delay_estimate f2:delay \
f2:delay_estimate f1:pps f2:pps w0:task_pps w0:t_0 w0:t_0_estimate w0:b_0 w0:cyc_per_packet sum_fpps ctrlr_deadtime stall"

pictures_are_valid() { # DIR NAME...
	local d=$1 n
	for n in "${@:2}"; do
		file -b "$d/$n.png" | grep -q '^PNG image data, 900 x' && xmllint --noout "$d/$n.svg" || return 1
		grep -q '<path' "$d/$n.svg" || return 1
	done
}

test_run() {
	local d=$W/out/simple said
	if ! timeout 120 "$EXP/simple.sh" --repeats 2 --rounds 3 --controllers null,slo,nfvnice --objective 20us -o "$W/out" >"$W/said" 2>"$W/err"; then
		bad run "$(cat "$W/err")"
		return
	fi
	good run
	said=$(head -n 1 "$d/simple/slo-2.tsv" | tr '\t' ' ')
	if [ "$said" = "$COLUMNS_WANTED" ] && [ "$(wc -l <"$d/simple/slo-2.tsv")" = 4 ]; then good dump; else bad dump "$said"; fi
	if grep -q '^null  ' "$d/summary.txt" && grep -q '^slo  ' "$d/summary.txt" && grep -q '^nfvnice (wfq)  ' "$d/summary.txt" &&
		grep -q '^objectives: 20 us (f1), 133.3 us (f2)' "$d/summary.txt" && cmp -s "$d/summary.txt" "$W/said"; then
		good summary
	else
		bad summary "$(cat "$d/summary.txt")"
	fi
	# the first controller of the second repeat is another one
	said=$(jq -r 'select(.status != "absent") | "\(.repeat)\(.controller)"' "$d/runs.jsonl" | tr '\n' ' ')
	case $said in "1null 1slo "*"2slo "*"2null "*) good alternates ;; *) bad alternates "$said" ;; esac
	if pictures_are_valid "$d" simple simple-slo; then good pictures; else bad pictures "$(ls -l "$d")"; fi
	# a second time in the same place; not over something else
	mkdir -p "$W/else/simple" && touch "$W/else/simple/precious"
	if "$EXP/simple.sh" --rounds 2 -o "$W/else" 2>"$W/err" || [ ! -e "$W/else/simple/precious" ]; then
		bad not_over_something_else "status 0"
	else
		good not_over_something_else
	fi
}

test_page() {
	local page=$W/out/index.html
	[ -e "$W/out/simple/summary.json" ] || { bad page "there is no run"; return; }
	if [ "$(python3 "$EXP/page.py" "$W/out")" = "$page" ] && [ "$(grep -c '<svg' "$page")" -ge 2 ] && grep -q '<h2 id="simple">' "$page" &&
		grep -q '<td>slo</td>' "$page"; then
		good page
	else
		bad page "$(head -c 300 "$page")"
	fi
	# nothing that it would fetch, no identifier twice
	if grep -qE '(src|href)="[^#]' "$page"; then bad page_alone "$(grep -oE '(src|href)="[^#][^"]*"' "$page" | head -n 3)"; else good page_alone; fi
	if [ -z "$(grep -oE "\bid=[\"'][^\"']+" "$page" | sort | uniq -d)" ]; then good page_ids; else
		bad page_ids "$(grep -oE "\bid=[\"'][^\"']+" "$page" | sort | uniq -d | head -n 3)"
	fi
	if python3 "$EXP/page.py" "$W/nothing" 2>"$W/err"; then bad page_of_nothing "status 0"; else good page_of_nothing; fi
}

# --- what is said of known dumps: tests/cli/experiments.py

test_known_dumps() { python3 tests/cli/experiments.py "$EXP" "$W/known" || BAD=1; }

# --- pipelines

test_pipelines() {
	local agent=$TOP/${BUILD:-build}/batchy-agent f
	[[ ${BUILD:-} != /* ]] || agent=$BUILD/batchy-agent
	mkdir -p "$W/p"
	scripts/tables.py l2l3 --branches 2 --nhops 4 --routes 20 --rules 5 --pairs 5 --queues 1 -o "$W/p" --packets 500
	python3 "$EXP/pipelines.py" rated "$W/p/l2l3.click" "$W/p/rated.click" "$W/p/l2l3" 2 4 100000
	python3 "$EXP/pipelines.py" inside "$W/p/l2l3.click" "$W/p/inside.click" "$W/p/l2l3" 32
	python3 "$EXP/pipelines.py" tree "$W/p/tree.click" 3 100 1000 8
	python3 "$EXP/pipelines.py" users "$W/p/users.click" 3 5000 250000 1ms
	python3 "$EXP/pipelines.py" objectives "$W/p/tree.click" f1=7us "f[23]=none"
	for f in rated inside tree users; do
		if "$agent" check "$W/p/$f.click" >"$W/out.check" 2>&1; then good "pipeline_$f"; else bad "pipeline_$f" "$(cat "$W/out.check")"; fi
	done
	if [ "$(grep -c DELAY_SLO "$W/p/tree.click")" = 1 ] && grep -qF 'Flow(f1, PATH q1 nf1, DELAY_SLO 7us);' "$W/p/tree.click"; then
		good objectives
	else
		bad objectives "$(grep Flow "$W/p/tree.click")"
	fi
	scripts/tables.py l2l3 --branches 1 --nhops 4 --rules 0 --pairs 0 --queues 1 -o "$W/h"
	if python3 "$EXP/pipelines.py" heavy "$W/h/l2l3.click" "$W/h/l2l3" 3000 | grep -qE '^[0-9]{4} packets of .* 4 next hops differ by [0-5] %$'; then
		good heavy_tailed
	else
		bad heavy_tailed "uneven"
	fi
}

# --- command lines

# refuses NAME TEXT SCRIPT ARGUMENT...: status 2, says TEXT on standard error and nothing else
refuses() {
	local name=$1 text=$2 rc=0
	timeout 10 "$EXP/$3" "${@:4}" >"$W/said" 2>"$W/err" || rc=$?
	if [ "$rc" = 2 ] && grep -qF -- "$text" "$W/err" && [ ! -s "$W/said" ]; then good "$name"; else
		bad "$name" "status $rc: $(cat "$W/said" "$W/err")"
	fi
}

test_command_lines() {
	local n
	refuses unexpected 'fast: unexpected' simple.sh fast
	refuses repeats '--repeats 0: expected a number' simple.sh --repeats 0
	refuses repeats_missing '--repeats' simple.sh --repeats
	refuses rounds '--rounds x: expected a number' l2l3.sh --rounds x
	refuses controllers '--controllers best: expected names of' simple.sh --controllers null,best
	refuses decompositions 'expected CONTROLLER+none, +greedy or +slo' decomposition.sh --controllers null,slo+best
	refuses decomposed_controllers '--controllers best: expected names of' decomposition.sh --controllers best+slo
	refuses objective '--objective 5: expected a time' simple.sh --objective 5
	refuses place_missing '-o: its value is missing' simple.sh -o
	refuses steps_need_rounds 'at least 6' variable-slo.sh --rounds 5 -o "$W/few"
	refuses all_only '--only nothing: expected names of' all.sh --only nothing
	refuses all_unexpected '--slow: unexpected' all.sh --slow
	for n in "$EXP"/*.sh; do
		case ${n##*/} in lib.sh | veth.sh) continue ;; esac
		if timeout 10 "$n" --help 2>"$W/err" | grep -q 'scripts/experiments/' && [ ! -s "$W/err" ]; then good "help_$(basename "$n" .sh)"; else
			bad "help_$(basename "$n" .sh)" "$(cat "$W/err")"
		fi
	done
}

test_command_lines
test_pipelines
test_known_dumps
test_run
test_page
exit "$BAD"
