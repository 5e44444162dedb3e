#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# batchgain: what batches gain the access gateway by its number of next hops; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_begin batchgain "Access gateway without ACL and NAT: 500 routes to NHOPS next hops, with a Queue before what is each next hop's." 10 40 "$@"
nhops="1 2 4 8 16 24 32 48 64"
if [ -n "$QUICK" ]; then
	nhops="1 8 64"
	REPEATS=$((REPEATS > 3 ? 3 : REPEATS))
fi
for n in $nhops; do
	exp_profile l2l3 "nhops-$n" --branches 1 --nhops "$n" --routes 500 --rules 0 --pairs 0 --queues 1
	exp_calibrate "nhops-$n" "$W/nhops-$n.click" '*'
	exp_objectives "$W/nhops-$n.click" "*=${SLO_NS}ns"
	exp_add "nhops-$n" "$CALIBRATION" -x "$n" "next hops: l2l3 without ACL and NAT"
done
exp_end
