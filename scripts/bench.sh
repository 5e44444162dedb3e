#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Benchmarks, everything in one run, alternated: each round measures every configuration once. Called by `make bench`, as root:
#   scripts/bench.sh [--repeats N] [element|lookup|pipeline|batch|receive|deadline|idle|spin|forward|control]...
# Writes build/bench.json and tables; control is scripts/experiments/all.sh --quick, half an hour. All traffic stays in namespaces
# made here. Needs a machine that does nothing else.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
TOP=$PWD
export AGENT=$TOP/build/batchy-agent GEN=$TOP/build/batchy-gen
RAW=$TOP/build/bench.raw
REPEATS=5
REPEAT=0
EXPERIMENTS=()
export NETNS_QUEUES=1
# shellcheck source=scripts/netns.sh
. scripts/netns.sh
for f in lib element lookup pipeline batch spin forward; do
	# shellcheck source=/dev/null
	. "scripts/bench/$f.sh"
done

help() { sed -n '3,6s/^# \{0,1\}//p' "$0"; }

# usage WHAT: the command line is wrong
usage() {
	echo "bench.sh: $*; see scripts/bench.sh --help" >&2
	exit 2
}

background() {
	local a
	a=$(machine_ns)
	sleep 1
	awk -v d=$(($(machine_ns) - a)) -v n="$(nproc)" 'BEGIN { printf "%.1f", d / n / 1e7 }'
}

inside() {
	local e
	netns_mounts
	WORK=$(mktemp -d /run/bench-XXXXXX)
	export WORK
	trap bench_cleanup EXIT
	trap 'exit 130' INT TERM
	netns_topology
	in_server ethtool -K eth0 gro on # without it, veth drops what XDP redirects to it
	for ((REPEAT = 1; REPEAT <= REPEATS; REPEAT++)); do
		for e in "${EXPERIMENTS[@]}"; do
			printf 'round %d of %d: %s (%d s so far)\n' "$REPEAT" "$REPEATS" "$e" "$SECONDS" >&2
			"bench_$e"
		done
	done
}

outside() {
	local bg
	[ "$(id -u)" = 0 ] || { echo "bench.sh: needs root; run it with sudo" >&2; exit 1; }
	scripts/deps.sh build run bench
	[ -z "$CONTROL" ] || scripts/deps.sh experiments
	make -s -j"$(nproc)" all build/bench_elements build/bench_chain build/bench_lookup build/bench_acl build/bench_decide
	! pkg-config --exists libdpdk || make -s build/bench_fib
	bg=$(background)
	awk -v b="$bg" 'BEGIN { exit !(b > 5) }' && echo "bench: this machine is $bg% busy already: the figures will be noisy" >&2
	[ -z "$CONTROL" ] || scripts/experiments/all.sh --quick
	[ ${#EXPERIMENTS[@]} -gt 0 ] || return 0
	rm -f "$RAW"
	(netns_world 3600 bash "$TOP/scripts/bench.sh" --inside --repeats "$REPEATS" "${EXPERIMENTS[@]}")
	python3 scripts/bench/report.py "$RAW" build/bench.json kernel="$(uname -r)" cpus="$(nproc)" background_percent="$bg" \
		cpu="$(sed -n 's/^model name[\t ]*: //p' /proc/cpuinfo | head -n 1)" date="$(date -u +%FT%TZ)" \
		version="$(git describe --always --dirty 2>/dev/null || echo unknown)"
	echo "build/bench.json written; background load $bg%"
}

IN=0 CONTROL=''
while [ $# -gt 0 ]; do
	case $1 in
	--inside) IN=1 ;;
	--repeats)
		[[ ${2:-} =~ ^[1-9][0-9]?$ ]] || usage "--repeats ${2:-}: expected a number, 1 to 99"
		REPEATS=$2
		shift
		;;
	element | lookup | pipeline | batch | receive | deadline | idle | spin | forward) EXPERIMENTS+=("$1") ;;
	control) CONTROL=1 ;;
	-h | --help)
		help
		exit
		;;
	*) usage "$1: expected --repeats N, element, lookup, pipeline, batch, receive, deadline, idle, spin, forward or control" ;;
	esac
	shift
done
if [ ${#EXPERIMENTS[@]} = 0 ] && [ -z "$CONTROL" ]; then
	EXPERIMENTS=(element lookup pipeline batch receive deadline idle spin forward)
	CONTROL=1
fi
if [ "$IN" = 1 ]; then inside; else outside; fi
