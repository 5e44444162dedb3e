#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mgw: the mobile gateway, by its number of bearers; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_begin mgw "Mobile gateway: 4 users with BEARERS bearers each, up and down; bearer B has B + 1 times the objective of bearer 0, the last \
of several has none." 20 40 "$@"
for n in $([ -n "$QUICK" ] && echo 4 || echo 1 2 4 8 16); do
	name=bearers-$n
	exp_profile mgw "$name" --users 4 --bearers "$n"
	exp_calibrate "$name" "$W/$name.click" '[ud]l0'
	wanted=()
	for ((b = 0; b < n; b++)); do
		if ((b + 1 < n || n == 1)); then wanted+=("[ud]l$b=$((SLO_NS * (b + 1)))ns"); fi
	done
	exp_objectives "$W/$name.click" "${wanted[@]}"
	exp_best "$name" --alike
	exp_add "$name" "$CALIBRATION for bearer 0; $FOUND"
done
exp_end
