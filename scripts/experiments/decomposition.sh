#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# decomposition: bearers whose objective one worker cannot keep beside bulk, with an extra worker; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

DEFAULT_CONTROLLERS="null slo+none projgrad+greedy slo+greedy slo+slo"
exp_begin decomposition "8 users with a bearer of 1 kpps each, and one of bulk as fast as it goes without an objective; null on one worker, the others \
with an extra worker that gets nothing (+none), queues as in the original (+greedy), or what it takes (+slo)." 40 60 "$@"
[ -n "$OBJECTIVE_NS" ] || OBJECTIVE_NS=1000000
python3 "$EXP/pipelines.py" users "$W/light.click" 8 5000 250000 "${OBJECTIVE_NS}ns"
exp_add light "bulk of 250000 cycles a batch and 5000 a packet; objective $(us "$OBJECTIVE_NS")"
if [ -z "$QUICK" ]; then
	python3 "$EXP/pipelines.py" users "$W/heavy.click" 8 50000 250000 "${OBJECTIVE_NS}ns"
	exp_add heavy "bulk of 250000 cycles a batch and 50000 a packet, as in the original; objective $(us "$OBJECTIVE_NS")"
fi
exp_end
