# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the benchmarks share: samples, CPU time, agent and traffic. Sourced by scripts/bench.sh inside a world of its own
# (scripts/netns.sh). Frames go client -> c0, router, s0 -> server; at the server a MAC address that is nobody's ends
# them at once, so that the receiver costs little and the same for all.

NOBODY_MAC=02:00:00:00:ff:ff
FRAME=60 # without FCS: 64 bytes on a wire
AGENT_PID='' PEER_PID='' GEN_PID=''
# What forwards has the first CPU, what sends the last: left to the scheduler, the sender moves to the CPU of a forwarder
# that sleeps, and has to move back.
FORWARD_CPU=0
SEND_CPU=$(($(nproc) - 1))

bench_die() { printf 'bench: %s\n' "$*" >&2; exit 1; }

# sample EXPERIMENT CONFIG RATE METRIC UNIT VALUE: one line of raw data; $REPEAT says which round
sample() {
	printf '{"experiment":"%s","config":"%s","rate":"%s","metric":"%s","unit":"%s","value":%s,"repeat":%d}\n' \
		"$1" "$2" "$3" "$4" "$5" "$6" "$REPEAT" >>"$RAW"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }

# --- CPU time

# On-CPU time of all threads of a process.
process_ns() {
	local f sum=0 ns
	for f in /proc/"$1"/task/*/schedstat; do
		read -r ns _ <"$f" 2>/dev/null || continue
		sum=$((sum + ns))
	done
	echo "$sum"
}

# Everything the machine does, interrupts included.
machine_ns() {
	local user nice system irq softirq hz
	read -r _ user nice system _ _ irq softirq _ </proc/stat
	hz=$(getconf CLK_TCK)
	echo $(((user + nice + system + irq + softirq) * (1000000000 / hz)))
}

# --- agent

agent_json() { timeout 5 "$AGENT" "$@" -j; }

agent_up() {
	local i pipeline=$1
	shift
	"$AGENT" attach c0 --pipeline "$TOP/scripts/bench/$pipeline" --set OUT=s0 --set SRC="$ROUTER_S_MAC" --set DST="$NOBODY_MAC" \
		--controller null --cpus "$FORWARD_CPU" "$@" >"$WORK/agent.log" 2>&1 &
	AGENT_PID=$!
	for ((i = 0; i < 200; i++)); do
		if agent_json status >/dev/null 2>&1; then return 0; fi
		kill -0 "$AGENT_PID" 2>/dev/null || break
		sleep 0.05
	done
	bench_die "the agent did not start: $(tail -n 3 "$WORK/agent.log")"
}

agent_down() {
	[ -z "$AGENT_PID" ] || stop_pid "$AGENT_PID" 10 || bench_die "the agent did not stop"
	AGENT_PID=''
}

# --- traffic

gen_up() {
	netns_argv in_client "$GEN" send eth0 --rate "$1" --duration "$2" --size "$FRAME" --flows 4 --dst-mac "$ROUTER_C_MAC" \
		--src-ip "$CLIENT_IP" --dst-ip "$SERVER_IP" --dport 5000 -j
	taskset -c "$SEND_CPU" "${ARGV[@]}" >"$WORK/gen.json" 2>"$WORK/gen.err" &
	GEN_PID=$!
}

gen_down() {
	[ -z "$GEN_PID" ] || stop_pid "$GEN_PID" 5 || true
	wait "$GEN_PID" 2>/dev/null || true
	GEN_PID=''
}

delivered() { in_server cat /sys/class/net/eth0/statistics/rx_packets; }

bench_cleanup() {
	set +e
	[ -z "$GEN_PID" ] || stop_pid "$GEN_PID" 2
	[ -z "$PEER_PID" ] || stop_pid "$PEER_PID" 5
	[ -z "$AGENT_PID" ] || stop_pid "$AGENT_PID" 5
	netns_topology_down
}
