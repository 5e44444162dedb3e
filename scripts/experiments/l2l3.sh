#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# l2l3: the access gateway, plain and with ACL and NAT; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_begin l2l3 "Access gateway (1, NHOPS): MAC address, route, and for each next hop a Queue, [ACL of 100 rules, NAT,] TTL, MAC, checksum." \
	20 40 "$@"

# gateway NHOPS RULES PAIRS NAME
gateway() {
	local name=$4-1x$1
	exp_profile l2l3 "$name" --branches 1 --nhops "$1" --routes 500 --rules "$2" --pairs "$3" --queues 1
	exp_calibrate "$name" "$W/$name.click" '*'
	exp_objectives "$W/$name.click" "*=${SLO_NS}ns"
	exp_best "$name" --alike
	exp_add "$name" "$CALIBRATION; $FOUND"
}

if [ -z "$QUICK" ]; then
	for n in 1 4 8 16; do gateway "$n" 0 0 plain; done
	for n in 1 8 64; do gateway "$n" 100 250 acl-nat; done
fi
gateway 16 100 250 acl-nat
exp_end
