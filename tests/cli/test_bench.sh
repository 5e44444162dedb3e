#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/bench.sh says how it is used, and what is wrong with a command line, before it does anything; the programs it runs
# load and measure.
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

# What `make bench` measures elements with, once each: the layouts of tables that they know must be those of today.
world() { # COMMAND...
	unshare --mount --net --propagation private bash -c \
		'mount -t sysfs sysfs /sys && mount -t bpf bpf /sys/fs/bpf && ip link set lo up && exec "$@"' _ "$@"
}

# runs NAME LINES COMMAND...: at least so many samples
runs() {
	local name=$1 lines=$2
	shift 2
	if world "$@" >"$W/out" 2>"$W/err" && [ "$(jq -r 'select(.value != null).config' "$W/out" | wc -l)" -ge "$lines" ]; then
		echo "ok $name"
	else
		echo "not ok $name: $(tail -n 3 "$W/err") $(wc -l <"$W/out") samples"
		BAD=1
	fi
}

BUILD=${BUILD:-build}
make -s "$BUILD/bench_elements" "$BUILD/bench_chain"
runs elements 100 "$BUILD/bench_elements" 1 "$W"
runs chain 3 "$BUILD/bench_chain" 1 tests/bench/chain.click "$BUILD/bench/chain.bpf.o"
exit "$BAD"
