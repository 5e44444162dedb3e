#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# batchy-agent model: predictions without running anything or privileges, what it warns of, what it refuses.
set -euo pipefail

VERB=model
# shellcheck source=tests/cli/verb.sh
. "$(dirname "$0")/verb.sh"

model() { verb "$@"; }

# holds NAME FILTER: what is in $W/out has it
holds() {
	if [ "$(jq -r "$2" "$W/out" 2>&1)" = true ]; then good "$1"; else bad "$1" "$(head -c 600 "$W/out") $(cat "$W/err")"; fi
}

cat >"$W/p.click" <<'P'
in :: FromDevice(eth0); back :: FromDevice(eth1);
cl :: IPClassifier(udp dst port 5000, -);
in -> cl; back -> cl;
cl[0] -> control :: Queue(TRIGGER 1) -> c :: Counter -> m :: MACSwap -> out :: ToDevice(eth1);
cl[1] -> bulk :: Queue(TRIGGER 32, DEADLINE 500us) -> m;
Flow(control, PATH control m out, DELAY_SLO 100us);
Flow(bulk, PATH bulk m out, DELAY_SLO 1ms);
P
cat >"$W/costs.json" <<'P'
{"MACSwap": {"T_0": 2000, "T_1": 20, "stat": "average"}, "Counter": {"T_0": 0, "T_1": 10, "stat": "average"}}
P
SHARES='cl[0]=0.01,cl[1]=0.99'

test_prediction() {
	model "$W/p.click" --rate 200kpps --share "$SHARES" --costs "$W/costs.json" -j || { bad prediction "$(cat "$W/err")"; return 0; }
	holds rates '.queues | map({(.name): .pps}) | add | (.control - 2000 | fabs < 100) and (.bulk - 198000 | fabs < 2000)'
	# 31 packets at 198 kpps between the first and the last of 32, half of that on average, and the service
	holds delay '.flows[] | select(.name == "bulk") | (.mean_ns - (15.5e9 / 198e3 + 2640) | fabs < 3000) and .met and .p50_ns < .p95_ns'
	holds batches '.queues[] | select(.name == "bulk") | (.batch_packets - 32 | fabs < 0.3) and .by_trigger > 0.95'
	holds cpu '.worker | (.cpu_share - (198e3 * (2000 / 32 + 20) + 2e3 * 2030) / 1e9 | fabs < 0.001) and (.overloaded | not)'
	holds said '(.stale | contains("unknown CPU")) and .near_costs == [] | not'
	grep -q 'costs are stale: ' "$W/err" || bad stale "$(cat "$W/err")"
	cp "$W/out" "$W/first"
	model "$W/p.click" --rate 200kpps --share "$SHARES" --costs "$W/costs.json" -j
	if cmp -s "$W/first" "$W/out"; then good same_again; else bad same_again "$(diff "$W/first" "$W/out")"; fi
}

test_settings() {
	model "$W/p.click" -r in=150kpps,eth1=50kpps -S "$SHARES" --trigger bulk=64 --deadline bulk=100us --costs "$W/costs.json" -j
	holds deadline '.queues[] | select(.name == "bulk") | .trigger == 64 and .deadline_ns == 100000 and .by_trigger < 0.01 and .batch_packets < 24'
	model "$W/p.click" --rate 200kpps --share "$SHARES" --trigger 1 --costs "$W/costs.json" -j
	holds trigger_of_all '[.queues[] | .trigger == 1] | all'
	model "$W/p.click" --rate 20kpps --share "$SHARES" --trigger 64 --deadline 2ms --costs "$W/costs.json" -j
	holds missed '[.flows[] | .met] == [false, false]'
	model "$W/p.click" --rate 50Mpps --share "$SHARES" --trigger 64 --costs "$W/costs.json" -j
	holds overloaded '.worker | .overloaded and .needed_share > 1 and .over_pps > 1e7'
	model "$W/p.click" --rate 0 --costs "$W/costs.json" -j
	holds no_traffic '[.flows[] | .mean_ns == null and .met == null] | all'
}

test_text() {
	model "$W/p.click" --rate 200kpps --share "$SHARES" --costs "$W/costs.json"
	if grep -q '^worker: 2.* % of a CPU, ' "$W/out" && grep -q '^bulk  *198k .* p95 .*1ms  yes$' "$W/out" && grep -q '^bulk  *32  *500us' "$W/out"; then
		good text
	else
		bad text "$(cat "$W/out")"
	fi
	model "$W/p.click" --rate 50Mpps --share "$SHARES" --trigger 64 --costs "$W/costs.json"
	if grep -q '^OVERLOADED: full batches would take' "$W/out"; then good text_overloaded; else bad text_overloaded "$(cat "$W/out")"; fi
}

test_warnings() {
	echo '{"MACSwap": {"T_0": 2000, "T_1": 20, "stat": "average"}}' >"$W/less.json"
	model "$W/p.click" --rate 1kpps --costs "$W/less.json" -j
	holds unknown '.unknown_costs == ["c"]'
	if grep -q '^batchy-agent: model: Counter (c): no cost known, counted as 0' "$W/err" && grep -q 'waking a worker: no cost known' "$W/err"; then
		good warnings
	else
		bad warnings "$(cat "$W/err")"
	fi
}

# Every pipeline there is, but for those with copies and those that go round.
test_pipelines() {
	local f sets=(--set OUT=eth1 --set PEER=eth1 --set SRC=02:00:00:00:00:01 --set DST=02:00:00:00:00:02 --set ADDR=192.0.2.1 --set PEER_ADDR=198.51.100.1 --set TRIGGER=8 --set "PATH=in q")
	for f in profiles/*.click tests/pipelines/good/*.click; do
		if model "$f" --rate 100kpps "${sets[@]}" -j; then
			holds "$(basename "$f" .click)" '(.flows | length) >= 0 and ([.queues[] | .lost == 0] | all)'
		elif grep -q 'packets go round\|makes copies' "$W/err"; then
			good "$(basename "$f" .click)_refused"
		else
			bad "$(basename "$f" .click)" "$(cat "$W/err")"
		fi
	done
}

test_bad_arguments() {
	local p=$W/p.click
	says no_file 2 'a pipeline file is missing' --rate 1kpps
	says no_rate 2 '--rate is missing' "$p"
	says two_files 2 'one file at a time' "$p" "$p" --rate 1
	says rate_word 2 '--rate fast: expected packets/s' "$p" --rate fast
	says rate_nothing 2 'nothing between two commas' "$p" --rate 1,,2
	says rate_unknown 1 '--rate cl: no FromDevice, device or source' "$p" --rate cl=1kpps
	says share_word 2 '--share cl[0]=much: expected ELEMENT[PORT]=SHARE' "$p" --rate 1 --share 'cl[0]=much'
	says share_no_port 2 '--share cl=0.5: expected' "$p" --rate 1 --share cl=0.5
	says share_large 2 '--share cl[0]=1.5: expected' "$p" --rate 1 --share 'cl[0]=1.5'
	says share_nan 2 '--share cl[0]=nan: expected' "$p" --rate 1 --share 'cl[0]=nan'
	says share_port 1 "'cl' has 2 outputs" "$p" --rate 1 --share 'cl[2]=0.5'
	says share_unknown 1 'no element of that name' "$p" --rate 1 --share 'x[0]=0.5'
	says share_sum 1 "'cl': the shares of its outputs are 1.5 together" "$p" --rate 1 --share 'cl[0]=1,cl[1]=0.5'
	says trigger_zero 2 '--trigger bulk=0: expected 1 to 65536' "$p" --rate 1 --trigger bulk=0
	says trigger_capacity 1 'holds 1024 packets' "$p" --rate 1 --trigger bulk=2000
	says trigger_unknown 1 '--trigger cl: ' "$p" --rate 1 --trigger cl=3
	says deadline_bare 2 '--deadline bulk=5: expected a time' "$p" --rate 1 --deadline bulk=5
	says burst_zero 2 '--burst 0: expected 1 to 64' "$p" --rate 1 --burst 0
	says wake_word 2 '--wake 3: expected a time' "$p" --rate 1 --wake 3
	says spin_word 2 '--spin long: expected a time' "$p" --rate 1 --spin long
	says set_without_value 2 'expected NAME=VALUE' "$p" --rate 1 --set A
	says missing_file 1 'none.click' none.click --rate 1
	says missing_costs 1 'none.json' "$p" --rate 1 --costs none.json
	echo '{"MACSwap": ' >"$W/torn.json"
	says torn_costs 1 "$W/torn.json" "$p" --rate 1 --costs "$W/torn.json"
	says goes_round 1 'packets go round' tests/pipelines/good/08-cycle-through-a-queue.click --rate 1 --set OUT=eth1
}

test_prediction
test_settings
test_text
test_warnings
test_pipelines
test_bad_arguments
exit "$BAD"
