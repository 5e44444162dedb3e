#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests of one virtual machine; guest.sh starts it inside when run.sh is given no command:
#   vmtest/suite.sh [NAME...]      only the scripts whose path contains one of NAMEs
# With KVM that is vmtest/tests, tests/net and tests/packets; in emulation, where a test of tests/net takes a minute, EMULATED of
# them, and of tests/packets those that ask the kernel by BPF_PROG_TEST_RUN.
# Prints `ok KERNEL/SCRIPT/TEST 1.2s`, `not ok ...: why`, `skip ...: why` as they come, and keeps them in $BATCHY_RESULTS/results.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
KERNEL=${BATCHY_KERNEL:?runs inside a virtual machine; use vmtest/run.sh}
RESULTS=${BATCHY_RESULTS:?}
BUILD=${BUILD:-build}
SCRIPT_SECONDS=600
EMULATED=(tests/net/test_attach.sh:test_host_pipeline_leaves_traffic_alone tests/net/test_forward.sh:test_deadline_at_10_pps)
EMULATED_PACKETS="test_bpf_native test_pipeline"
bad=0

# Our own first: what they say about the machine explains the rest.
scripts() { # NAME...: FILE[:FUNCTION], one a line
	printf '%s\n' vmtest/tests/*.sh
	if [ $# -gt 0 ] || [ "${BATCHY_ACCEL:-}" = kvm ]; then
		printf '%s\n' tests/net/test_*.sh
	else
		printf '%s\n' "${EMULATED[@]}"
	fi
}

packets() { # NAME...
	if [ $# -gt 0 ] || [ "${BATCHY_ACCEL:-}" = kvm ]; then
		printf '%s\n' tests/packets/test_*.c
	else
		# shellcheck disable=SC2086 # names
		printf 'tests/packets/%s.c\n' $EMULATED_PACKETS
	fi
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
[ -s "$RESULTS/results" ] || { echo "not ok $KERNEL/suite: no test is called $*"; bad=1; }
exit "$bad"
