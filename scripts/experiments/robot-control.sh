#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# robot-control: a control flow of 1 kpps beside 15 bulk flows; called by all.sh and by hand.
set -euo pipefail
# shellcheck source=scripts/experiments/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

exp_begin robot-control "A control flow of 1 kpps and 35 us, nearly free, beside 15 bulk flows of 100 ms, as fast as they go, at 10000 cycles \
a batch; sources inside the worker." 20 40 "$@"
"$TOP/scripts/tables.py" robot-control --packets 0 -o "$W/profile"
# a source for each kind instead of the device and its classifier
sed -e 's/^in  *:: FromDevice.*/control :: InfiniteSource(RATE 1kpps);\nbulk    :: InfiniteSource(BURST 32);/' \
	-e 's/^leaf :: .*/leaf :: RandomSplit(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);\nbulk -> leaf;/' -e '/^in -> /d' -e 's/^leaf\[0\]/control/' \
	"$W/profile/robot-control.click" |
	awk '/^leaf\[/ { sub(/^leaf\[[0-9]+\]/, "leaf[" n++ "]") } { print }' >"$W/robot-control.click"
exp_add robot-control "objectives as in the original"
exp_end
