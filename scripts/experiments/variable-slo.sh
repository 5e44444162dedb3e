#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# variable-slo: steps of the objectives; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

RATE=800000
STEPS=(150us 100us 200us 300us 125us 60us)

exp_begin variable-slo "Steps of all objectives, ${STEPS[*]}: the access gateway (1, 8) with ACL and NAT at $((RATE / 1000)) kpps." 36 120 "$@"
[ "$ROUNDS" -ge 6 ] || exp_usage "--rounds $ROUNDS: at least 6, one for each step"
if [ -n "$QUICK" ]; then REPEATS=$((REPEATS > 3 ? 3 : REPEATS)); fi
"$TOP/scripts/tables.py" l2l3 --branches 1 --nhops 8 --routes 250 --rules 100 --pairs 250 --queues 1 -o "$W/l2l3.d"
python3 "$EXP/pipelines.py" rated "$W/l2l3.d/l2l3.click" "$W/l2l3.click" "$W/l2l3.d/l2l3" 1 8 "$RATE"
exp_objectives "$W/l2l3.click" "*=${STEPS[0]}"
at=()
for ((i = 1; i < 6; i++)); do
	for ((h = 0; h < 8; h++)); do at+=(--at "$((ROUNDS * i / 6)):slo=f_0_$h:${STEPS[i]}"); done
done
exp_add l2l3 "steps: ${STEPS[*]}" "${at[@]}"
exp_end
