#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/bench.sh says how it is used, and what is wrong with a command line, before it does anything.
set -euo pipefail

cd "$(dirname "$0")/../.."
W=$(mktemp -d "${TMPDIR:-/tmp}/bty-bench-XXXXXX")
trap 'rm -rf "$W"' EXIT
BAD=0

# case_of NAME STATUS STREAM TEXT ARGUMENT...: ends with STATUS, says TEXT on STREAM, and nothing on the other
case_of() {
	local name=$1 status=$2 stream=$3 text=$4 other=out rc=0
	shift 4
	[ "$stream" = err ] || other=err
	timeout 10 bash scripts/bench.sh "$@" >"$W/out" 2>"$W/err" || rc=$?
	if [ "$rc" = "$status" ] && grep -qF -- "$text" "$W/$stream" && [ ! -s "$W/$other" ]; then
		echo "ok $name"
	else
		echo "not ok $name: status $rc, said '$(cat "$W/out" "$W/err")'"
		BAD=1
	fi
}

case_of help 0 out 'scripts/bench.sh [--repeats N]' --help
case_of unknown_argument 2 err 'fast: expected' fast
case_of wrong_number 2 err '--repeats 0: expected a number' --repeats 0
case_of number_missing 2 err '--repeats : expected a number' --repeats
exit "$BAD"
