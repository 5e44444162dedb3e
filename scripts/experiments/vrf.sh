#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vrf: virtual routers, by VLAN; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_begin vrf "Virtual routers (VLANS, NHOPS): VLAN, route, and for each next hop a Queue, ACL of 100 rules, TTL, MAC, checksum; then by \
port one of two functions of 1000 cycles a batch." 20 40 "$@"
for size in $([ -n "$QUICK" ] && echo 2x4 || echo 1x1 2x4 16x4 12x5); do
	name=vrf-$size
	exp_profile vrf "$name" --vlans "${size%x*}" --nhops "${size#*x}" --routes 500 --rules 100 --queues 1
	exp_calibrate "$name" "$W/$name.click" '*'
	exp_objectives "$W/$name.click" "*=${SLO_NS}ns"
	exp_best "$name" --alike
	exp_add "$name" "$CALIBRATION; $FOUND"
done
exp_end
