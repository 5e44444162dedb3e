# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the namespace tests share. A test script sources this, defines functions test_*, and ends with `net_main "$@"`:
# every function then runs in a world of its own (own mounts, network, processes; see scripts/netns.sh), with a time
# limit, and is followed by a leak check. Output, one line each: `ok NAME 1.2s`, `not ok NAME 1.2s: why`, `skip NAME 0.1s: why`.
# `SCRIPT NAME...` runs those functions only; `SCRIPT --list` names them. Called by scripts/test.sh; works alone, as root.
set -euo pipefail

NET_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$NET_DIR/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
AGENT=$BUILD/batchy-agent
export GEN=$BUILD/batchy-gen
# shellcheck source=scripts/netns.sh
. "$TOP/scripts/netns.sh"
# shellcheck source=tests/net/leaks.sh
. "$NET_DIR/leaks.sh"

declare -A LIMIT=() # seconds by test function; 60 when not given
SLOWER=1	    # how much slower than a machine this is
[ -z "${BATCHY_KERNEL:-}" ] || SLOWER=4 # in a virtual machine, which may well emulate every instruction
NOT_IN_VM=''	    # why the tests of this script need not run on every kernel; set by the script
PIDS=()		    # what a test started in the background
# shellcheck source=tests/net/agent.sh
. "$NET_DIR/agent.sh"

# --- what a test function says

# The first reason counts: a fail inside $(...) is followed by that of its caller.
fail() {
	[ -s "$T/why" ] || printf '%s\n' "$*" >"$T/why"
	exit 1
}
# timely COMMAND...: an expectation about time or loss, which a machine busy with other things may not meet. A test that
# fails in one is run again, ATTEMPTS times in all; any other failure counts at once.
timely() {
	touch "$T/timely"
	"$@"
	rm "$T/timely"
}

skip() { printf '%s\n' "$*" >"$T/why"; exit 77; }
note() { printf '# %s\n' "$*"; }

# expect "what" ACTUAL OP EXPECTED: = and != for strings, == < <= > >= for numbers.
expect() {
	case $3 in
	= | !=) test "$2" "$3" "$4" || fail "$1: '$2', expected $3 '$4'" ;;
	*)
		[[ $2 =~ ^-?[0-9.]+$ && $4 =~ ^-?[0-9.]+$ ]] || fail "$1: '$2' $3 '$4': not numbers"
		awk "BEGIN { exit !($2 $3 $4) }" || fail "$1: $2, expected $3 $4"
		;;
	esac
}

# until_true SECONDS COMMAND...: asks every 50 ms.
until_true() {
	local i n=$(($1 * 20 * SLOWER))
	shift
	for ((i = 0; i < n; i++)); do
		if "$@"; then return 0; fi
		sleep 0.05
	done
	return 1
}

# bg LOG COMMAND...: in the background, output to $T/LOG and $T/LOG.err; the pid in $BG, killed at the end of the test.
bg() {
	local log=$T/$1
	shift
	netns_argv "$@"
	"${ARGV[@]}" >"$log" 2>"$log.err" &
	BG=$!
	PIDS+=("$BG")
}

# For what is about speed.
needs_speed() { [ "$SLOWER" = 1 ] || skip "says nothing in a virtual machine"; }

need() {
	local c
	for c in "$@"; do command -v "$c" >/dev/null || skip "$c is not installed"; done
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# --- one test function, in three processes: the runner (outside), process 1 (sandbox), the body

body_cleanup() {
	local p
	set +eE
	trap - ERR EXIT
	agent_kill
	for p in "${PIDS[@]}"; do stop_pid "$p" 2; done
	netns_topology_down
}

on_error() {
	[ "$BASH_SUBSHELL" = 0 ] || return 0 # what fails in a subshell shows in its parent
	[ -s "$T/why" ] || printf '%s: line %s: %s\n' "$(basename "$0")" "$1" "$2" >"$T/why"
}

net_body() {
	set -E
	trap 'on_error "$LINENO" "$BASH_COMMAND"' ERR
	trap body_cleanup EXIT
	trap 'exit 1' TERM INT
	netns_topology
	"$1"
	agent_stop
}

limit_of() { echo $((${LIMIT[$1]:-60} * SLOWER)); }

net_sandbox() {
	local fn=$1 rc=0
	netns_mounts
	leaks_before
	timeout -k 10 "$(limit_of "$fn")" bash "$0" --body "$fn" || rc=$?
	case $rc in
	124 | 137) echo "took longer than $(limit_of "$fn") s" >"$T/why" ;;
	esac
	leaks_after >"$T/leaks" || true
	return "$rc"
}

ATTEMPTS=3

net_run() {
	local i
	for ((i = 1; i < ATTEMPTS; i++)); do
		if net_attempt "$1" may; then return 0; fi
		[ "$AGAIN" = 1 ] || return 1
	done
	net_attempt "$1" last
}

# So many wait for a CPU that a worker may not get one for longer than any queue lasts.
machine_is_busy() { awk -v n="$(nproc)" '{ exit !($1 > 2 * n) }' /proc/loadavg; }

net_attempt() {
	local fn=$1 rc=0 start why='' took
	AGAIN=0
	T=$(mktemp -d "${TMPDIR:-/tmp}/bty-t-XXXXXX")
	export T
	start=$(now_ms)
	(netns_world $(($(limit_of "$fn") + 45 * SLOWER)) bash "$0" --sandbox "$fn") >"$T/log" 2>&1 || rc=$?
	took=$(printf '%d.%01ds' $((($(now_ms) - start) / 1000)) $((($(now_ms) - start) % 1000 / 100)))
	[ ! -s "$T/why" ] || why=$(tr '\n' ' ' <"$T/why")
	sed 's/^/  | /' "$T/log"
	[ "$rc" = 0 ] || [ "$rc" = 77 ] || [ ! -e "$T/agent.log" ] || tail -n 30 "$T/agent.log" | sed 's/^/  agent| /'
	if [ "$2" = may ] && [ "$rc" != 0 ] && [ "$rc" != 77 ] && [ -e "$T/timely" ] && [ -e "$T/leaks" ]; then
		AGAIN=1
		echo "  | once more, this may be the machine (load $(cut -d' ' -f1 /proc/loadavg)): $why"
	elif [ ! -e "$T/leaks" ]; then
		echo "not ok $fn $took: ${why:-the world could not be made, or died (status $rc)}"
	elif [ -s "$T/leaks" ] && { [ "$rc" = 0 ] || [ "$rc" = 77 ]; }; then
		rc=1
		echo "not ok $fn $took: left behind: $(tr '\n' ' ' <"$T/leaks")"
	elif [ "$rc" = 0 ]; then
		echo "ok $fn $took"
	elif [ "$rc" = 77 ]; then
		echo "skip $fn $took: $why"
	elif [ -e "$T/timely" ] && [ ! -s "$T/leaks" ] && machine_is_busy; then
		rc=77
		echo "skip $fn $took: load $(cut -d' ' -f1 /proc/loadavg) on $(nproc) CPUs, which says nothing of us: $why"
	else
		echo "not ok $fn $took: ${why:-exit status $rc}"
	fi
	rm -rf "$T"
	[ "$rc" = 0 ] || [ "$rc" = 77 ]
}

net_list() { declare -F | sed -n 's/^declare -f \(test_\)/\1/p'; }

net_main() {
	local fn failed=0
	case ${1:-} in
	--list)
		net_list
		return
		;;
	--sandbox)
		net_sandbox "$2"
		exit
		;;
	--body)
		net_body "$2"
		exit
		;;
	esac
	[ "$(id -u)" = 0 ] || { echo "$0: needs root (network namespaces)" >&2; exit 1; }
	[ $# -gt 0 ] || mapfile -t FNS < <(net_list)
	if [ -n "${BATCHY_KERNEL:-}" ] && [ -n "$NOT_IN_VM" ]; then
		for fn in "${@:-${FNS[@]}}"; do echo "skip $fn: $NOT_IN_VM"; done
		return
	fi
	for fn in "${@:-${FNS[@]}}"; do net_run "$fn" || failed=1; done
	return "$failed"
}
