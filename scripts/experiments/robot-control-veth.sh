#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# robot-control-veth: a control flow of 1 kpps beside 15 bulk flows, with real traffic; called by all.sh and by hand, as root.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_period 200
exp_begin robot-control-veth "A control flow of 1 kpps and 500 us, nearly free, beside 15 bulk flows of 100 ms at 10000 cycles a batch, as fast \
as the sender goes; traffic on veth." 12 50 "$@"
[ "$(id -u)" = 0 ] || exp_die "needs root: it makes network namespaces; run it with sudo"
if [ -n "$QUICK" ]; then REPEATS=$((REPEATS > 3 ? 3 : REPEATS)); fi
"$TOP/scripts/tables.py" robot-control --packets 0 -o "$W/profile"
# the sender's flows differ by source port
ports=$(for i in {0..13}; do printf ', udp and src port %d' $((10000 + i)); done)
sed -e "s/^leaf :: .*/leaf :: IPClassifier(udp and dst port 5000$ports, -);/" -e 's/\$IFACE/c0/; s/\$OUT/s0/' -e '/^define/d' \
	"$W/profile/robot-control.click" >"$W/robot-control.click"
exp_objectives "$W/robot-control.click" control=500us
exp_veth robot-control "objective of control: what waking a worker on veth leaves room for" \
	"--rate 1kpps --dport 5000 --no-spin --backend packet" "--rate max --sport 10000 --flows 15 --dport 5001"
exp_end
