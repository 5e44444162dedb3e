#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every experiment, one after the other, and a page about them:
#   scripts/experiments/all.sh [--quick] [-o DIR] [--only NAME,NAME...] [--repeats N] [--rounds N] [--controllers NAME,NAME...]
# Writes DIR/index.html, the text summaries to DIR/results/NAME.txt, and what is asked beside what was measured to
# DIR/results/criteria.txt. DIR is build/experiments when not given. Those on veth need root.
set -euo pipefail

EXP=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
NAMES="simple batchiness burstiness batchgain l2l3 l2l3-pcap vrf mgw decomposition robot-control variable-rate variable-slo exhaustive"
VETH="simple-veth robot-control-veth fixed-veth"

usage() {
	echo "all.sh: $*; see scripts/experiments/all.sh --help" >&2
	exit 2
}

DIR='' ARGS=() ONLY=''
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		sed -n '3,6s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	--quick) ARGS+=("$1") ;;
	-o | --output | --only | --repeats | --rounds | --controllers)
		[ -n "${2:-}" ] || usage "$1: its value is missing"
		case $1 in
		-o | --output) DIR=$2 ;;
		--only) ONLY=${2//,/ } ;;
		*) ARGS+=("$1" "$2") ;;
		esac
		shift
		;;
	*) usage "$1: unexpected" ;;
	esac
	shift
done

for n in $ONLY; do [[ " $NAMES $VETH " = *" $n "* ]] || usage "--only $n: expected names of $NAMES $VETH"; done
[ -n "$DIR" ] || DIR=$(cd "$EXP/../.." && pwd)/build/experiments
if [ -z "$ONLY" ]; then
	ONLY=$NAMES
	if [ "$(id -u)" = 0 ]; then ONLY+=" $VETH"; else echo "all.sh: not root: without $VETH" >&2; fi
fi
mkdir -p "$DIR/results"
failed=''
for n in $ONLY; do
	if "$EXP/$n.sh" "${ARGS[@]}" -o "$DIR"; then
		cp "$DIR/$n/summary.txt" "$DIR/results/$n.txt"
	else
		failed+=" $n"
	fi
done
python3 "$EXP/criteria.py" "$DIR"
python3 "$EXP/page.py" "$DIR"
[ -z "$failed" ] || { echo "all.sh: did not end well:$failed" >&2; exit 1; }
