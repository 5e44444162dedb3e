#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# variable-rate: steps of the load; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_begin variable-rate "Steps of the load, objectives of 1 ms: the access gateway (4, 8) with ACL and NAT, all flows alike; in full also \
the mobile gateway's downlink, one bearer's rate in steps beside bulk." 36 120 "$@"
[ "$ROUNDS" -ge 6 ] || exp_usage "--rounds $ROUNDS: at least 6, one for each step"
if [ -n "$QUICK" ]; then REPEATS=$((REPEATS > 3 ? 3 : REPEATS)); fi

# steps FLOWS SOURCE...: RATES in turn, each for a sixth of the rounds, shared by the sources
steps() {
	local i s
	AT=()
	for ((i = 1; i < 6; i++)); do
		for s in "$@"; do AT+=(--at "$((ROUNDS * i / 6)):rate=$s:$((RATES[i] / $#))pps"); done
	done
}

gateway() {
	"$TOP/scripts/tables.py" l2l3 --branches 4 --nhops 8 --routes 250 --rules 100 --pairs 250 --queues 1 -o "$W/l2l3.d"
	python3 "$EXP/pipelines.py" rated "$W/l2l3.d/l2l3.click" "$W/l2l3.click" "$W/l2l3.d/l2l3" 4 8 100000
	# what null can carry, for the two loads that the original has at 3 and 3.5 Mpps
	exp_measure l2l3 "$W/l2l3.click" '*' --at 0:rate=in0:max --at 0:rate=in1:max --at 0:rate=in2:max --at 0:rate=in3:max
	RATES=(100000 $((NULL_PPS * 8 / 10)) 200000 $((NULL_PPS * 7 / 10)) 10000 50000)
	steps in0 in1 in2 in3
	exp_add l2l3 "steps: ${RATES[*]} packets/s; the second and fourth are 0.8 and 0.7 of what null carries here" "${AT[@]}"
}

mobile() {
	"$TOP/scripts/tables.py" mgw --users 16 --bearers 2 --packets 0 -o "$W/mgw.d"
	sed -e 's/^in  *:: FromDevice.*/in   :: Counter;\nqos  :: InfiniteSource(RATE 10kpps, SRC 198.51.100.1, DST 10.60.0.1, FLOWS 1, SPORT 6000);\nbulk :: InfiniteSource(RATE 1Mpps, SRC 198.51.100.1, DST 10.60.0.1, DSTS 16, FLOWS 64, SPORT 7000);\nqos -> in;\nbulk -> in;/' \
		-e "s|\$TABLES mgw)|\$TABLES $W/mgw.d/mgw)|" "$W/mgw.d/mgw.click" >"$W/mgw.click"
	RATES=(10000 20000 5000 50000 15000 1000)
	steps qos
	exp_add mgw "steps of bearer 0, downlink: ${RATES[*]} packets/s; bulk 1 Mpps" "${AT[@]}"
}

gateway
if [ -z "$QUICK" ]; then mobile; fi
exp_end
