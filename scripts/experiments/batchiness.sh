#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# batchiness: how much is gained by what share of the cost is per batch; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

CYCLES=10000 # T0 + T1

exp_begin batchiness "A random split to LEAVES functions of $CYCLES cycles, of which BATCHINESS = T1 / (T0 + T1) percent are per packet, \
the others per batch." 11 40 "$@"
leaves="1 2 4 8 16 32" shares="5 10 15 20 25 30 35 40 45 50 55 60 65 70 75 80 85 90 95"
if [ -n "$QUICK" ]; then
	leaves="8" shares="5 50 95"
	REPEATS=$((REPEATS > 3 ? 3 : REPEATS))
fi
for n in $leaves; do
	for b in $shares; do
		python3 "$EXP/pipelines.py" tree "$W/$n-leaves-$b.click" "$n" $((CYCLES * b / 100)) $((CYCLES - CYCLES * b / 100)) 32
		exp_add "$n-leaves-$b" "" -x "$b" "percent of the cost per packet: $n leaves"
	done
done
exp_end
