# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Forwarding between two veth devices: Batchy, Linux, DPDK's testpmd on AF_XDP; at a rate that all keep, the CPU time of the
# whole machine per packet less that of the same traffic dropped on arrival; and as much as each takes. Sourced by scripts/bench.sh.

FORWARD_RATE=50kpps
testpmd_in=''

testpmd_up() {
	local i
	mkfifo -m 600 "$WORK/testpmd.in" 2>/dev/null || true
	rm -f "$WORK/testpmd.log" # an earlier one was ready, this one is not yet
	# held open, or testpmd sees the end of its input and stops
	exec {testpmd_in}<>"$WORK/testpmd.in"
	stdbuf -oL dpdk-testpmd -l "$FORWARD_CPU,$SEND_CPU" --main-lcore "$SEND_CPU" --no-huge -m 256 --no-pci --vdev net_af_xdp0,iface=c0 --vdev net_af_xdp1,iface=s0 --iova-mode=va -- \
		--disable-link-check --forward-mode=mac --eth-peer=1,"$NOBODY_MAC" --auto-start --total-num-mbufs=8192 \
		<"$WORK/testpmd.in" >"$WORK/testpmd.log" 2>&1 &
	PEER_PID=$!
	for ((i = 0; i < 400; i++)); do
		if grep -qs "Press enter to exit" "$WORK/testpmd.log"; then return 0; fi
		kill -0 "$PEER_PID" 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}

testpmd_down() {
	[ -z "$PEER_PID" ] || stop_pid "$PEER_PID" 10 || true
	PEER_PID=''
	exec {testpmd_in}>&-
}

linux_up() { sysctl -qw net.ipv4.ip_forward=1; }
linux_down() { :; }

forward_agent_up() {
	agent_up "$@"
	"$AGENT" queue set q trigger 32 deadline 1ms
	PEER_PID=$AGENT_PID
}
batchy_up() { forward_agent_up forward.click; }
# NAPI deferral, by the agent's option and by hand for testpmd, which has none
DEFER_US=50
deferred_up() { forward_agent_up forward.click --napi-defer "${DEFER_US}us"; }
defer_by_hand() {
	echo $((DEFER_US > 0)) >/sys/class/net/c0/napi_defer_hard_irqs
	echo $((DEFER_US * 1000)) >/sys/class/net/c0/gro_flush_timeout
}
testpmd_deferred_up() {
	defer_by_hand
	testpmd_up
}
testpmd_deferred_down() {
	testpmd_down
	DEFER_US=0 defer_by_hand
}
# the same behind a classifier, which the others have not
classified_up() { forward_agent_up queue.click; }
busy_up() { forward_agent_up forward.click --busy-poll; }
xdp_up() {
	agent_up xdp.click
	PEER_PID=$AGENT_PID
}
discard_up() { agent_up discard.click; }
batchy_down() {
	PEER_PID=''
	agent_down
}
classified_down() { batchy_down; }
deferred_down() { batchy_down; }
busy_down() { batchy_down; }
xdp_down() { batchy_down; }
discard_down() { agent_down; }

# forward_window NAME RATE SECONDS: machine and process time, packets at the far end
forward_window() {
	local name=$1 rate=$2 seconds=$3 m0 p0='' d0 d m
	gen_up "$rate" 30s
	sleep 0.3
	[ -z "$PEER_PID" ] || p0=$(process_ns "$PEER_PID")
	m0=$(machine_ns) d0=$(delivered)
	sleep "$seconds"
	m=$(($(machine_ns) - m0)) d=$(($(delivered) - d0))
	[ "$name" != discard ] || d=$((50000 * seconds))
	[ "$d" -gt 0 ] || bench_die "$name forwards nothing"
	if [ "$rate" = max ]; then
		sample forward "$name" max delivered pps $((d / seconds))
	else
		sample forward "$name" "$rate" machine_cpu_per_packet ns "$(ratio "$m" "$d")"
		[ -z "$p0" ] || sample forward "$name" "$rate" process_cpu_per_packet ns \
			"$(ratio $(($(process_ns "$PEER_PID") - p0)) "$d")"
		sample forward "$name" "$rate" delivered pps $((d / seconds))
	fi
	gen_down
}

bench_forward() {
	local name
	ip neigh replace "$SERVER_IP" lladdr "$NOBODY_MAC" dev s0 nud permanent
	for name in discard batchy linux testpmd busy deferred testpmd_deferred classified xdp; do
		if [[ $name == testpmd* ]] && ! command -v dpdk-testpmd >/dev/null; then
			echo "bench: dpdk-testpmd is not installed: left out" >&2
			continue
		fi
		"${name}_up" || bench_die "$name does not start: $(tail -n 3 "$WORK/$name.log")"
		[ "$name" != testpmd ] || sample memory testpmd 0 rss kB \
			"$(sed -n 's/^VmRSS:[\t ]*\([0-9]*\).*/\1/p' "/proc/$PEER_PID/status")"
		forward_window "$name" "$FORWARD_RATE" 3
		[ "$name" = discard ] || forward_window "$name" max 2
		"${name}_down"
	done
	ip neigh replace "$SERVER_IP" lladdr "$SERVER_MAC" dev s0 nud permanent
}
