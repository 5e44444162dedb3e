#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests of one virtual machine; guest.sh starts it inside when run.sh is given no command:
#   vmtest/suite.sh [NAME...]      only the scripts whose path contains one of NAMEs
# With KVM that is vmtest/tests, tests/net and tests/packets; in emulation, where a test of tests/net takes half a minute and those
# with load many, EMULATED of them, and a `skip` for what LEFT_OUT.
# Prints `ok KERNEL/SCRIPT/TEST 1.2s`, `not ok ...: why`, `skip ...: why` as they come, and keeps them in $BATCHY_RESULTS/results.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
KERNEL=${BATCHY_KERNEL:?runs inside a virtual machine; use vmtest/run.sh}
RESULTS=${BATCHY_RESULTS:?}
BUILD=${BUILD:-build}
SCRIPT_SECONDS=600
# each for what differs between kernels: native and generic XDP, timers, replacing the program of a link, the tracepoint of drops,
# NAPI deferral, programs that are replaced
EMULATED=(tests/net/test_attach.sh:test_host_pipeline_leaves_traffic_alone tests/net/test_attach.sh:test_generic_mode
	tests/net/test_forward.sh:test_deadline_at_10_pps tests/net/test_pin.sh:test_pinned_is_adopted tests/net/test_redirect.sh:test_full_ring
	tests/net/test_defer.sh:test_killed tests/net/test_tables.sh:test_show_set_del_load)
EMULATED_PACKETS="test_bpf_native test_pipeline test_queues test_update test_routes"
# why the rest is not run in emulation, by script; one with NOT_IN_VM says it itself
declare -A LEFT_OUT=(
	[attach]="the rest asks no more of the kernel than agent/test_virtio and agent/test_killed_agent do"
	[cli]="of what the verbs ask of the kernel, agent/test_doctor and the loading of every program remain"
	[conserve]="emulation does not reach its rates"
	[controller]="emulation does not keep its delays"
	[crash]="takes minutes in emulation; agent/test_killed_agent remains"
	[defer]="half a minute each in emulation; setting it and putting it back remain"
	[forward]="emulation reaches neither its rates nor its delays"
	[frames]="half a minute each in emulation; packets/test_bpf_native has the same frames"
	[pin]="half a minute each in emulation; the one that replaces a program remains"
	[redirect]="half a minute each in emulation; the tracepoint is the same for every reason"
	[source]="half a minute each in emulation; what makes packets is the worker, which test_queues has"
	[refuse]="half a minute each in emulation; who refuses is mostly the agent"
	[tables]="half a minute each in emulation; replacing a program and a worker's tables remains, as test_show_set_del_load"
	[icmp]="half a minute each in emulation; packets/test_bpf_native has the same elements"
	[neighbours]="half a minute each in emulation; packets/test_bpf_native has the same elements"
	[routes]="looks addresses up natively, and compares with the kernel's routing, which does not differ"
	[state]="compares what packets/test_bpf_native loads; the atomic operations are the same on every kernel"
	[update]="replacing a program and a worker's tables remains, as test_show_set_del_load"
	[tunnels]="half a minute each in emulation; packets/test_bpf_native has the same elements"
	[workers]="half a minute each in emulation; packets/test_queues has a worker behind the same queues"
	[worker_fuzz]="the worker alone, under frames by the hundred thousand: nothing in it depends on the kernel"
)
bad=0

# Our own first: what they say about the machine explains the rest.
scripts() { # NAME...: FILE[:FUNCTION], one a line
	printf '%s\n' vmtest/tests/*.sh
	if emulated_only "$@"; then
		printf '%s\n' "${EMULATED[@]}"
	else
		printf '%s\n' tests/net/test_*.sh
	fi
}

packets() { # NAME...
	if emulated_only "$@"; then
		# shellcheck disable=SC2086 # names
		printf 'tests/packets/%s.c\n' $EMULATED_PACKETS
	else
		printf '%s\n' tests/packets/test_*.c
	fi
}

emulated_only() { # NAME...
	[ $# = 0 ] && [ "${BATCHY_ACCEL:-}" != kvm ]
}

# One line for each file that is not run or not all of it.
say_left_out() {
	local f name why
	for f in tests/net/test_*.sh tests/packets/test_*.c; do
		name=${f##*/test_}
		name=${name%.*}
		case " $EMULATED_PACKETS " in *" test_$name "*) continue ;; esac
		why=$(sed -n 's/^NOT_IN_VM="\(.*\)"$/\1/p' "$f")
		why=${why:-${LEFT_OUT[$name]:-}}
		if [ -n "$why" ]; then
			echo "skip $KERNEL/$name/others: $why" | tee -a "$RESULTS/results"
		else
			bad=1
			echo "not ok $KERNEL/$name/others: not run, and vmtest/suite.sh does not say why" | tee -a "$RESULTS/results"
		fi
	done
}

wanted() { # FILE NAME...
	local file=$1 n
	shift
	[ $# -gt 0 ] || return 0
	for n in "$@"; do [[ $file != *"$n"* ]] || return 0; done
	return 1
}

run_script() { # FILE [FUNCTION]
	local name line seen=0
	name=$(basename "$1" .sh)
	name=$KERNEL/${name#test_}
	while IFS= read -r line; do
		if [[ $line =~ ^(ok|not\ ok|skip)\ ([^\ :]+)(.*)$ ]]; then
			seen=1
			[ "${BASH_REMATCH[1]}" != "not ok" ] || bad=1
			line="${BASH_REMATCH[1]} $name/${BASH_REMATCH[2]}${BASH_REMATCH[3]}"
			printf '%s\n' "$line" >>"$RESULTS/results"
		fi
		printf '%s\n' "$line"
	done < <(timeout -k 20 "$SCRIPT_SECONDS" bash "$@" 2>&1 || echo "# $1: exit status $?")
	if [ "$seen" = 0 ]; then
		bad=1
		echo "not ok $name/all: no test in it ran" | tee -a "$RESULTS/results"
	fi
}

# A cmocka program of tests/packets: its TAP as our lines.
run_packets() { # PROGRAM
	local name=$KERNEL/packets line seen=0 kind
	# a compiler takes seconds where each instruction is emulated; insns/test_programs_load has fused programs
	[ "${BATCHY_ACCEL:-}" = kvm ] || export BTY_CHAIN_ONLY=1
	while IFS= read -r line; do
		if [[ $line =~ ^(not\ )?ok\ [0-9]+\ (-\ )?(\#\ SKIP\ )?(.+)$ ]]; then
			seen=1
			kind=${BASH_REMATCH[1]}ok
			[ -z "${BASH_REMATCH[1]}" ] || bad=1
			[ -z "${BASH_REMATCH[3]}" ] || kind=skip
			printf '%s %s/%s\n' "$kind" "$name" "${BASH_REMATCH[4]//[^A-Za-z0-9_.-]/_}" | tee -a "$RESULTS/results"
		else
			printf '  | %s\n' "$line"
		fi
	done < <(CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 20 "$SCRIPT_SECONDS" unshare --net "$1" 2>&1 || echo "# $1: exit status $?")
	if [ "$seen" = 0 ]; then
		bad=1
		echo "not ok $name/$(basename "$1"): no test in it ran" | tee -a "$RESULTS/results"
	fi
}

: >"$RESULTS/results"
while IFS=: read -r f fn; do
	if wanted "$f" "$@"; then run_script "$f" ${fn:+"$fn"}; fi
done < <(scripts "$@")
while read -r f; do
	prog=$BUILD/tests/$(basename "$f" .c)
	# built by `make packets`
	if [ -x "$prog" ] && wanted "$f" "$@"; then run_packets "$prog"; fi
done < <(packets "$@")
if emulated_only "$@"; then say_left_out; fi
[ -s "$RESULTS/results" ] || { echo "not ok $KERNEL/suite: no test is called $*"; bad=1; }
exit "$bad"
