#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ends that nobody planned: signals at bad moments, interfaces that go away.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

LIMIT[test_sigterm_while_starting]=120
test_sigterm_while_starting() {
	local ms delays="0 5 10 15 20 25 30 40 50 60 70 80 100 120 140 160 180 200 250 300"
	[ -x "$AGENT" ] || fail "$AGENT is not built"
	[ "$SLOWER" = 1 ] || delays="0 100 300 900"
	for ms in $delays; do
		"$AGENT" attach c0 --pipeline "$PIPES/two-queues.click" >"$T/agent.log" 2>&1 &
		AGENT_PID=$!
		sleep "0.$(printf '%03d' "$ms")"
		stop_pid "$AGENT_PID" $((5 * SLOWER)) || fail "SIGTERM after $ms ms: still running $((5 * SLOWER)) s later"
		wait "$AGENT_PID" 2>/dev/null || true
		AGENT_PID=
		detached c0 s0
		[ -z "$(find /run/batchy -type s 2>/dev/null)" ] || fail "SIGTERM after $ms ms: socket left in /run/batchy"
	done
	ping_works 1
}

test_sigint_detaches() {
	agent_start c0
	kill -INT "$AGENT_PID"
	until_true 5 agent_ended || fail "still running 5 s after SIGINT"
	agent_stop
	detached c0
}

# Any number of signals while it ends: it ends in order all the same.
LIMIT[test_many_signals]=90
test_many_signals() {
	local i
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	gen_start 10kpps 20000 5000
	sleep 0.3
	for ((i = 0; i < 500; i++)); do kill -TERM "$AGENT_PID" 2>/dev/null || break; done
	agent_stop
	detached c0
	[ -z "$(find /run/batchy -type f -o -type s)" ] || fail "left in /run/batchy: $(ls /run/batchy)"
	stop_pid "$BG" || true
}

q1_began() { [ "$(queue q1 .batches)" -ge 1 ]; }

# A vector of it takes half a second: whoever wants to stop waits for the one under way and one that drains, not for the queue.
test_slow_element_stops() {
	local sink
	agent_start c0 --vector 10 --pipeline "$PIPES/slow.click"
	sink_start 5000 --idle 20s
	sink=$BG
	gen_start 100kpps 120 5000 --flows 1
	gen_end "$BG" 5000
	until_true 5 q1_began || fail "q1 released nothing"
	agent_stop
	stop_pid "$sink" 5 || true
	wait "$sink" || true
	timely expect "packets finished after SIGTERM" "$(sunk 5000 received)" '<=' 40
	detached c0
}

agent_ended() { ! kill -0 "$AGENT_PID" 2>/dev/null; }

server_packets() { in_server cat /sys/class/net/eth0/statistics/rx_packets; }

test_sigkill_under_load() {
	local before after
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	bg send.log in_client "$GEN" send eth0 --rate 20kpps --count 200000 --dst-mac "$ROUTER_C_MAC" \
		--src-ip "$CLIENT_IP" --dst-ip "$SERVER_IP" --dport 5000
	sleep 0.5
	expect "packets forwarded before" "$(ask status .totals.tx)" '>' 0
	kill -KILL "$AGENT_PID"
	wait "$AGENT_PID" 2>/dev/null || true
	AGENT_PID=
	sleep 1
	before=$(server_packets)
	sleep 0.5
	after=$(server_packets)
	expect "packets at the server in 0.5 s, 1 s after the kill" $((after - before)) '>' 1000
	detached c0
	ping_works 1
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	sleep 0.3
	expect "packets forwarded by the next agent" "$(ask status .totals.tx)" '>' 0
	agent_stop
	detached c0
}

# The agent says so and stays sane; the other interface goes on.
test_interface_removed() {
	agent_start c0
	timeout $((20 * SLOWER)) "$AGENT" attach s0 || fail "attach s0 failed"
	ip link del c0
	sleep 0.5
	kill -0 "$AGENT_PID" 2>/dev/null || fail "the agent ended: $(tail -n 3 "$T/agent.log")"
	agent_answers || fail "no answer after c0 was removed"
	ask status '.interfaces[] | select(.name == "s0") | .name' | grep -qx s0 || fail "s0 is no longer in status"
	ping -n -q -c 2 -i 0.1 -W 1 "$SERVER_IP" >/dev/null || fail "no ping through s0"
	agent_stop
}

# So much happens while the agent does not listen that the kernel drops part of the news.
test_interface_removed_unnoticed() {
	local i
	agent_start c0
	timeout $((20 * SLOWER)) "$AGENT" attach s0 || fail "attach s0 failed"
	ip link add x0 type veth peer name x1
	kill -STOP "$AGENT_PID"
	for ((i = 0; i < 500; i++)); do echo "link set x0 mtu $((1000 + i))"; done | ip -batch -
	ip link del c0
	ip link del x0
	kill -CONT "$AGENT_PID"
	until_true 5 only_s0 || fail "attached: $(ask status '[.interfaces[].name] | join(" ")'), expected s0 alone"
	agent_stop
}

only_s0() { [ "$(ask status '[.interfaces[].name] | join(" ")')" = s0 ]; }

test_output_interface_removed() {
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	ip link del s0
	in_client "$GEN" send eth0 --rate 1kpps --count 200 --dst-mac "$ROUTER_C_MAC" --src-ip "$CLIENT_IP" \
		--dst-ip "$SERVER_IP" --dport 5000 >"$T/send.log" 2>&1 || fail "batchy-gen: $(tail -n 1 "$T/send.log")"
	sleep 0.2
	kill -0 "$AGENT_PID" 2>/dev/null || fail "the agent ended: $(tail -n 3 "$T/agent.log")"
	ping_router || fail "c0 no longer passes packets up the stack"
	conserved
	expect "packets sent to a device that is gone" "$(ask status .totals.tx)" == 0
	agent_stop
}

test_interface_renamed() {
	agent_start c0
	ip link set c0 down
	ip link set c0 name c9
	ip link set c9 up
	ip neigh replace "$CLIENT_IP" lladdr "$CLIENT_MAC" dev c9 nud permanent
	until_true 3 renamed || fail "status does not call it c9"
	until_true 3 ping_router || fail "no ping after the rename"
	"$AGENT" detach c9 || fail "detach c9 failed"
	until_true 5 agent_ended || fail "the agent still runs"
	agent_stop
	detached c9
}

# Both ends of a pipeline with queues, under load: packets go on by index, and every table calls them by their new names.
test_both_interfaces_renamed_under_load() {
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	gen_start 5kpps 20000 5000
	sleep 0.5
	ip link set c0 down
	ip link set s0 down
	ip link set c0 name c9
	ip link set s0 name s9
	ip link set c9 up
	ip link set s9 up
	gen_end "$BG" 5000
	until_true 3 renamed || fail "status does not call it c9"
	expect "interface of q1" "$(ask queue show '.queues[] | select(.name == "q1") | .interface')" = c9
	traffic 1kpps 500 5000
	timely arrived 5000 500
	conserved
	"$AGENT" detach c9 || fail "detach c9 failed"
	agent_stop
	detached c9 s9
	ip link set c9 down
	ip link set c9 name c0
	ip link set s9 down
	ip link set s9 name s0
}

renamed() { [ "$("$AGENT" status -j | jq -r '.interfaces[0].name')" = c9 ]; }

net_main "$@"
