#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds Batchy and shows it at work; the first command to try, as root:
#   scripts/run.sh [--seconds N]          a demo in network namespaces of its own: client, router, server, real traffic
#   scripts/run.sh IFACE [--seconds N]    attaches to IFACE, with the pipeline that leaves everything to the host
# Installs what is missing. The demo never touches the machine's interfaces and leaves nothing, however it ends: all it
# makes lives in namespaces that die with it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
TOP=$PWD
AGENT=$TOP/build/batchy-agent
GEN=$TOP/build/batchy-gen
# shellcheck source=scripts/netns.sh
. scripts/netns.sh

die() { printf 'run.sh: %s\n' "$*" >&2; exit 1; }

usage() {
	sed -n '3,7s/^# \{0,1\}//p' "$0"
	exit "$1"
}

prepare() {
	[ "$(id -u)" = 0 ] || die "needs root: it attaches BPF programs; run it with sudo"
	scripts/deps.sh build run
	make -s -j"$(nproc)" all || die "the build failed; see above"
}

# --- on an interface of the machine

attach() {
	[ -e "/sys/class/net/$1" ] || die "$1: no such interface; ip link names them"
	[ "$2" = 0 ] || exec timeout -s TERM -k 10 --preserve-status "$2" "$AGENT" attach "$1"
	exec "$AGENT" attach "$1"
}

# --- the demo, outside

# The world runs in a session of its own: Ctrl-C reaches this process, which asks the world to end. Should this process
# be killed, the world dies with it.
demo() {
	local world rc=0
	setsid setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child=KILL --propagation private \
		bash "$TOP/scripts/run.sh" --inside "$1" &
	world=$!
	# shellcheck disable=SC2064
	trap "demo_stop $world" INT TERM HUP
	while kill -0 "$world" 2>/dev/null; do
		rc=0
		wait "$world" || rc=$?
	done
	exit "$rc"
}

demo_stop() {
	local child
	read -r child _ <"/proc/$1/task/$1/children" || true
	if [ -n "${child:-}" ]; then kill -TERM "$child"; else kill -KILL "$1"; fi 2>/dev/null || true
}

# --- the demo, inside

PIDS=()
LOG=

start() {
	netns_argv "${@:2}"
	"${ARGV[@]}" >"$LOG/$1" 2>&1 &
	PIDS+=($!)
}

answers() { "$AGENT" status -j >/dev/null 2>&1; }

start_agent() {
	local i
	start agent "$AGENT" attach c0 --pipeline "$TOP/profiles/demo.click" --set OUT=s0 --set SRC="$ROUTER_S_MAC" \
		--set DST="$SERVER_MAC"
	for ((i = 0; i < 100; i++)); do
		if answers; then return 0; fi
		kill -0 "${PIDS[0]}" 2>/dev/null || break
		sleep 0.1
	done
	die "the agent did not start: $(tail -n 3 "$LOG/agent")"
}

start_traffic() {
	start iperf-server in_server iperf3 -s
	start sink in_server "$GEN" sink eth0 --dport 5000 --duration "$1s" -j
	sleep 0.5
	start iperf-client in_client iperf3 -c "$SERVER_IP" -t "$1" -b 100M
	start gen in_client "$GEN" send eth0 --rate 5kpps --count $((5000 * $1)) --size 60 --flows 4 \
		--dst-mac "$ROUTER_C_MAC" --src-ip "$CLIENT_IP" --dst-ip "$SERVER_IP" --dport 5000 -j
}

# One picture: the router's queues and flows, the client's TCP connections.
picture() {
	timeout 5 "$AGENT" top --count 1 </dev/null | grep -v '^$' || return 1
	echo
	netns_argv in_client timeout 5 "$AGENT" tcp
	"${ARGV[@]}" || return 1
	echo
}

# Live until the time is over; a terminal gets one picture that is redrawn, a file gets one after the other.
show() {
	local end=$((SECONDS + $1)) text
	while ((SECONDS < end)) && kill -0 "${PIDS[0]}" 2>/dev/null; do
		text=$(picture) || return 0
		if [ -t 1 ]; then printf '\033[H\033[2J'; fi
		printf '%s\n\n' "$text"
		sleep 1 &
		wait $! || true
	done
}

summary() {
	local s q
	s=$(timeout 5 "$AGENT" status -j) && q=$(timeout 5 "$AGENT" queue show -j) || return 1
	echo "--- summary"
	jq -r '"packets forwarded:   \(.totals.tx)",
		"to the host:         \(.totals.pass)",
		"dropped:             \(.totals.drop)\([.drops | to_entries[] | select(.value > 0) | " \(.key) \(.value)"] | join(","))",
		"CPU per packet:      \(if .totals.tx > 0 then (.workers.cpu_ns / .totals.tx | floor) else 0 end) ns in workers",
		"wake-ups per packet: \(if .totals.tx > 0 then (.workers.wakeups * 1000 / .totals.tx | floor) / 1000 else 0 end)"' <<<"$s"
	jq -r '.queues[] | "wait p95 in \(.name):\(" " * (8 - (.name | length) | if . == null then "" else . end)) \((.wait_ns.p95 // 0) / 1000 | floor) us, " +
		"\(.batch_avg * 10 | floor / 10) packets per batch"' <<<"$q"
}

inside() {
	local seconds=$1
	netns_mounts
	LOG=$(mktemp -d /run/demo-XXXXXX)
	trap 'exit 0' TERM INT
	trap inside_cleanup EXIT
	[ "$seconds" != 0 ] || seconds=3600
	netns_topology
	start_agent
	start_traffic "$seconds"
	show "$seconds"
	kill -0 "${PIDS[0]}" 2>/dev/null || die "the agent ended: $(tail -n 3 "$LOG/agent")"
}

# On any way out: the summary while the agent still answers, then everything in reverse order.
inside_cleanup() {
	local rc=$? i
	trap '' TERM INT
	set +e
	answers && summary
	for ((i = ${#PIDS[@]} - 1; i >= 0; i--)); do
		stop_pid "${PIDS[i]}" 5 || rc=1
	done
	netns_topology_down
	[ "$rc" = 0 ] || tail -n 5 "$LOG"/* >&2
	exit "$rc"
}

main() {
	local iface='' seconds=0
	if [ "${1:-}" = --inside ]; then
		inside "$2"
		exit
	fi
	while [ $# -gt 0 ]; do
		case $1 in
		--seconds) [[ ${2:-} =~ ^[1-9][0-9]{0,4}$ ]] || usage 2; seconds=$2; shift ;;
		-h | --help) usage 0 ;;
		-*) usage 2 ;;
		*) [ -z "$iface" ] || usage 2; iface=$1 ;;
		esac
		shift
	done
	prepare
	if [ -n "$iface" ]; then attach "$iface" "$seconds"; else demo "$seconds"; fi
}

main "$@"
