#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# exhaustive: slo beside the best triggers that a search over all of them finds; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# shellcheck disable=SC2034 # for lib.sh
DEFAULT_CONTROLLERS="null max slo best"
exp_begin exhaustive "Two and three queues of functions that differ: slo, and the best triggers of a grid, each vector measured, the best again \
beside slo; sources inside the worker." 15 40 "$@"

search() { # CASE
	exp_calibrate "$1" "$W/$1.click" f1
	exp_objectives "$W/$1.click" "f1=${SLO_NS}ns" "*=$((SLO_NS * 2))ns"
	exp_best "$1" "${QUICK:+--quick}"
	exp_add "$1" "$CALIBRATION for f1, twice that for the others; $FOUND"
}

cat >"$W/two.click" <<'END'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: InfiniteSource(BURST 32);
r  :: RandomSplit(3, 1);
in -> r;
r[0] -> q1 :: Queue -> nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> out :: Discard;
r[1] -> q2 :: Queue -> nf2 :: Bypass(CYCLES_PER_PACKET 50, CYCLES_PER_BATCH 4000) -> out;
Flow(f1, PATH q1 nf1);
Flow(f2, PATH q2 nf2);
END
cat >"$W/three.click" <<'END'
// SPDX-License-Identifier: GPL-2.0-or-later
in :: InfiniteSource(BURST 32);
r  :: RandomSplit(2, 1);
in -> r;
r[0] -> q1 :: Queue -> nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 3000) -> out :: Discard;
r[1] -> q2 :: Queue -> nf2 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000)
     -> q3 :: Queue -> nf3 :: Bypass(CYCLES_PER_PACKET 50, CYCLES_PER_BATCH 5000) -> out;
Flow(f1, PATH q1 nf1);
Flow(f2, PATH q2 nf2 q3 nf3);
END
search two
search three
exp_end
