#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# simple-veth: control and bulk through two functions, with real traffic; called by all.sh and by hand, as root.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_period 200
exp_begin simple-veth "Control (10 kpps, 500 us) and bulk (90 kpps, 2 ms) through a function of 1000 cycles a batch and 100 a packet each; \
traffic on veth." 12 50 "$@"
[ "$(id -u)" = 0 ] || exp_die "needs root: it makes network namespaces; run it with sudo"
if [ -n "$QUICK" ]; then REPEATS=$((REPEATS > 3 ? 3 : REPEATS)); fi
cat >"$W/simple.click" <<'END'
// SPDX-License-Identifier: GPL-2.0-or-later
in  :: FromDevice(c0);
cl  :: IPClassifier(udp and dst port 5000, -);
out :: ToDevice(s0);
in -> CheckIPHeader -> cl;
cl[0] -> q1 :: Queue -> nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> out;
cl[1] -> q2 :: Queue -> nf2 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> out;
Flow(control, PATH q1 nf1, DELAY_SLO 500us);
Flow(bulk, PATH q2 nf2, DELAY_SLO 2ms);
END
exp_veth simple "fixed rates: what differs is the CPU time" "--rate 10kpps --dport 5000 --no-spin --backend packet" "--rate 90kpps --dport 5001 --flows 4 --no-spin"
exp_end
