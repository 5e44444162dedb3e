#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# l2l3-pcap: the access gateway with a heavy-tailed trace; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_begin l2l3-pcap "Access gateway with ACL and NAT; a trace of flows of which few have most packets, in the place of the original's, \
and routes that give equal shares to all next hops." 20 40 "$@"
for n in $([ -n "$QUICK" ] && echo 16 || echo 16 32 64); do
	name=nhops-$n
	exp_profile l2l3 "$name" --branches 1 --nhops "$n" --routes 500 --rules 100 --pairs 250 --queues 1
	trace=$(python3 "$EXP/pipelines.py" heavy "$W/$name.click" "$W/$name.d/l2l3" 20000)
	exp_calibrate "$name" "$W/$name.click" '*'
	exp_objectives "$W/$name.click" "*=${SLO_NS}ns"
	exp_add "$name" "$trace; $CALIBRATION"
done
exp_end
