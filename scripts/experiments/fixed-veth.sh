#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fixed-veth: what slo's choice of a trigger costs beside the fixed ones, with real traffic; called by all.sh and by hand, as root.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# shellcheck disable=SC2034 # for lib.sh
DEFAULT_CONTROLLERS="null fix4 fix16 fix24 fix32 fix40 fix48 max slo"
exp_period 200
exp_begin fixed-veth "50 kpps with an objective of 1 ms through one Queue, whatever its trigger: CPU time; traffic on veth." 8 40 "$@"
[ "$(id -u)" = 0 ] || exp_die "needs root: it makes network namespaces; run it with sudo"
if [ -n "$QUICK" ]; then REPEATS=$((REPEATS > 3 ? 3 : REPEATS)); fi
cat >"$W/fixed.click" <<'END'
// SPDX-License-Identifier: GPL-2.0-or-later
in  :: FromDevice(c0);
out :: ToDevice(s0);
in -> CheckIPHeader -> q1 :: Queue(CAPACITY 512) -> nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> out;
Flow(f1, PATH q1 nf1, DELAY_SLO 1ms);
END
exp_veth fixed "a fixed rate: what differs is the CPU time of the worker" "--rate 50kpps --dport 5001 --flows 4 --no-spin --backend packet"
exp_end
