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
# shellcheck source=tests/net/agent.sh
. "$NET_DIR/agent.sh"

declare -A LIMIT=() # seconds by test function; 60 when not given
PIDS=()		    # what a test started in the background

# --- what a test function says

# The first reason counts: a fail inside $(...) is followed by that of its caller.
fail() {
	[ -s "$T/why" ] || printf '%s\n' "$*" >"$T/why"
	exit 1
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
	local i n=$(($1 * 20))
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
	"$@" >"$log" 2>"$log.err" &
	BG=$!
	PIDS+=("$BG")
}

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

net_sandbox() {
	local fn=$1 rc=0
	netns_mounts
	leaks_before
	timeout -k 10 "${LIMIT[$fn]:-60}" bash "$0" --body "$fn" || rc=$?
	case $rc in
	124 | 137) echo "took longer than ${LIMIT[$fn]:-60} s" >"$T/why" ;;
	esac
	leaks_after >"$T/leaks" || true
	return "$rc"
}

net_run() {
	local fn=$1 rc=0 start why='' took
	T=$(mktemp -d "${TMPDIR:-/tmp}/bty-t-XXXXXX")
	export T
	start=$(now_ms)
	(netns_world $((${LIMIT[$fn]:-60} + 45)) bash "$0" --sandbox "$fn") >"$T/log" 2>&1 || rc=$?
	took=$(printf '%d.%01ds' $((($(now_ms) - start) / 1000)) $((($(now_ms) - start) % 1000 / 100)))
	[ ! -s "$T/why" ] || why=$(tr '\n' ' ' <"$T/why")
	sed 's/^/  | /' "$T/log"
	[ "$rc" = 0 ] || [ "$rc" = 77 ] || [ ! -e "$T/agent.log" ] || tail -n 30 "$T/agent.log" | sed 's/^/  agent| /'
	if [ ! -e "$T/leaks" ]; then
		echo "not ok $fn $took: ${why:-the world could not be made, or died (status $rc)}"
	elif [ -s "$T/leaks" ] && { [ "$rc" = 0 ] || [ "$rc" = 77 ]; }; then
		rc=1
		echo "not ok $fn $took: left behind: $(tr '\n' ' ' <"$T/leaks")"
	elif [ "$rc" = 0 ]; then
		echo "ok $fn $took"
	elif [ "$rc" = 77 ]; then
		echo "skip $fn $took: $why"
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
	for fn in "${@:-${FNS[@]}}"; do net_run "$fn" || failed=1; done
	return "$failed"
}
