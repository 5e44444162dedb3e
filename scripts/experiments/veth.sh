#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One run on veth: client, router with the agent, server, in namespaces that end with it. Called by lib.sh, as root:
#   veth.sh FILE.click CONTROLLER ROUNDS PERIOD_MS DUMP "ARGUMENTS OF batchy-gen send"...
# The dump has the columns of `batchy-agent bench --dump`.
set -euo pipefail

EXP=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$EXP/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
export AGENT=$BUILD/batchy-agent GEN=$BUILD/batchy-gen NETNS_QUEUES=1
# shellcheck source=scripts/netns.sh
. "$TOP/scripts/netns.sh"

PIDS=()
AGENT_PID=''
# the worker has the first CPU, what sends and looks the last
WORKER_CPU=0
OTHER_CPU=$(($(nproc) - 1))

die() { printf 'veth: %s\n' "$*" >&2; exit 1; }

cleanup() {
	local p
	set +e
	for p in "${PIDS[@]}"; do stop_pid "$p" 2; done
	[ -z "$AGENT_PID" ] || stop_pid "$AGENT_PID" 5
	netns_topology_down
}

agent_up() { # FILE CONTROLLER
	local i how=(--controller "$2")
	[ "$2" != nfvnice ] || how+=(--schedule wfq)
	"$AGENT" attach c0 --pipeline "$1" --cpus "$WORKER_CPU" "${how[@]}" >/run/agent.log 2>&1 &
	AGENT_PID=$!
	for ((i = 0; i < 200; i++)); do
		if timeout 5 "$AGENT" status -j >/dev/null 2>&1; then return 0; fi
		kill -0 "$AGENT_PID" 2>/dev/null || break
		sleep 0.05
	done
	die "the agent did not start: $(tail -n 1 /run/agent.log)"
}

send() { # ARGUMENT...
	netns_argv in_client "$GEN" send eth0 --dst-mac "$ROUTER_C_MAC" --src-ip "$CLIENT_IP" --dst-ip "$SERVER_IP" "$@"
	taskset -c "$OTHER_CPU" "${ARGV[@]}" >/dev/null 2>>/run/gen.err &
	PIDS+=($!)
}

inside() {
	local file=$1 controller=$2 rounds=$3 period_ms=$4 dump=$5 g words p
	shift 5
	netns_mounts
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	netns_topology
	agent_up "$file" "$controller"
	for g in "$@"; do
		read -r -a words <<<"$g"
		send "${words[@]}"
	done
	sleep 0.5 # as many packets as it takes to know the rates
	taskset -c "$OTHER_CPU" python3 "$EXP/sample.py" "$AGENT" "$AGENT_PID" "$rounds" "$period_ms" "$dump"
	for p in "${PIDS[@]}"; do
		kill -0 "$p" 2>/dev/null || die "batchy-gen ended too early: $(tail -n 1 /run/gen.err)"
	done
}

case ${1:-} in
--inside) inside "${@:2}" ;;
*)
	[ $# -ge 6 ] || die "expected FILE.click CONTROLLER ROUNDS PERIOD_MS DUMP GENERATOR..."
	[ "$(id -u)" = 0 ] || die "needs root: it makes network namespaces; run it with sudo"
	netns_world $((50 + $3 * $4 / 500)) bash "$EXP/veth.sh" --inside "$@"
	;;
esac
