#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# burstiness: what is left to gain when packets come in bursts; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_begin burstiness "A random split to LEAVES functions of 1000 cycles a batch and 100 a packet; the source makes BURST packets at once." \
	11 40 "$@"
leaves="1 2 4 8 16 32" bursts="1 2 4 8 16 24 32"
if [ -n "$QUICK" ]; then
	leaves="8" bursts="1 8 32"
	REPEATS=$((REPEATS > 3 ? 3 : REPEATS))
fi
for n in $leaves; do
	for b in $bursts; do
		python3 "$EXP/pipelines.py" tree "$W/$n-leaves-$b.click" "$n" 100 1000 "$b"
		exp_add "$n-leaves-$b" "" -x "$b" "packets in a burst of the source: $n leaves"
	done
done
exp_end
