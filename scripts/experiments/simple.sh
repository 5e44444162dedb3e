#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# simple: the example of the original's README: a source, a random split, two functions; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_begin simple "Two functions of 1000 cycles a batch and 100 a packet behind a random split; sources inside the worker." 20 40 "$@"
python3 "$EXP/pipelines.py" tree "$W/simple.click" 2 100 1000 32
exp_calibrate simple "$W/simple.click" '*'
# as in the original, the first objective is in the way and the second, some seven times as long, is not
exp_objectives "$W/simple.click" "f1=${SLO_NS}ns" "f2=$((SLO_NS * 100 / 15))ns"
exp_add simple "$CALIBRATION for f1, and 100/15 of it for f2"
exp_end
