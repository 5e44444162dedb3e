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

# The three criteria of sleep or spin, from figures that meet them and from figures that do not.
spin_raw() { # RATE CPU_OURS P95_OURS: always sleep has 50 % and 100 us, always spin 100 % and 10 us
	local row
	for row in "always sleep:50:100" "always spin:100:10" "sleep or spin:$2:$3"; do
		IFS=: read -r config cpu p95 <<<"$row"
		printf '{"experiment":"spin","config":"%s","rate":"%s","metric":"%s","unit":"%s","value":%s,"repeat":1}\n' \
			"$config" "$1" worker_cpu % "$cpu" "$config" "$1" wait_p95 ns "${p95}000"
	done
}

# criteria NAME EXPECTED
criteria() {
	python3 scripts/bench/report.py "$W/raw" "$W/json" >"$W/out" 2>&1 || true
	if [ "$(jq -r '[.criteria[] | "\(.rate) \(.criterion) \(.median) \(.result)"] | join("; ")' "$W/json")" = "$2" ]; then
		echo "ok $1"
	else
		echo "not ok $1: $(tail -n 3 "$W/out") $(jq -c .criteria "$W/json")"
		BAD=1
	fi
}

{ spin_raw 100kpps 90 11 && spin_raw 5kpps 54 500 && spin_raw 20kpps 95 18; } >"$W/raw"
criteria spin_criteria_met "5kpps CPU / always sleeping 1.08 pass; 20kpps CPU / the better of the two 1.9 pass; 100kpps p95 / always spinning 1.1 pass"
{ spin_raw 100kpps 90 13 && spin_raw 10kpps 60 10 && spin_raw 20kpps 95 21 && spin_raw 50kpps 101 10; } >"$W/raw"
criteria spin_criteria_missed "10kpps CPU / always sleeping 1.2 miss; 20kpps p95 / the better of the two 2.1 miss; 50kpps CPU / the better of the two 2.02 miss; 100kpps p95 / always spinning 1.3 miss"

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
