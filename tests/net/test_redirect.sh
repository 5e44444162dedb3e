#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Forwarding in XDP alone, from one veth to another: nothing is lost when the way is clear, and what the kernel drops after
# the program has redirected it is counted, by reason, so that received = sent + passed + dropped holds all the same.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPE=$NET_DIR/pipelines/xdp-forward.click

server_stat() { in_server cat "/sys/class/net/eth0/statistics/$1"; }
tx_drops() { ask status '.drops.tx_error + .drops.tx_full'; }

# A veth takes redirected frames only when its peer polls (NAPI), which GRO or an XDP program there brings about.
peer_polls() { in_server ethtool -K eth0 gro "$1" >/dev/null; }

# send RATE COUNT: to nobody in particular, and the agent has settled
send() {
	gen_start "$1" "$2" 5000 --backend packet
	wait "$BG" || fail "batchy-gen send: $(tail -n 1 "$T/send-5000.json.err")"
	conserved
	note "$(ask status '.totals | tojson'), drops $(ask status '.drops | with_entries(select(.value > 0)) | tojson')"
}

# clear_way [ATTACH ARGUMENTS]: nothing lost; best of three, because a shared machine may stall for longer than a ring lasts
clear_way() {
	local i n=$((40000 / SLOWER / SLOWER))
	peer_polls on
	agent_start c0 --pipeline "$PIPE" "$@"
	for ((i = 1; i <= 3; i++)); do
		traffic $((20000 / SLOWER / SLOWER))pps "$n" 5000
		conserved
		if [ "$(sunk 5000 received)" = "$n" ]; then break; fi
	done
	arrived 5000 "$n"
	expect "packets that left" "$(ask status .totals.tx)" '>=' "$n"
	expect "placement of ToDevice" "$(ask element show '.elements[] | select(.class == "ToDevice") | .placement')" = xdp
}

test_clear_way() {
	clear_way --mode native
	expect "tx_error and tx_full" "$(tx_drops)" == 0
}

test_clear_way_generic() { clear_way --mode generic; }

# nothing_leaves COMMAND [ATTACH ARGUMENTS]: after COMMAND all are dropped at the device, none counted as sent
nothing_leaves() {
	local before
	peer_polls on
	agent_start c0 --pipeline "$PIPE" "${@:2}"
	traffic 1kpps 500 5000
	conserved
	before=$(ask status .totals.tx)
	expect "packets sent before" "$before" '>=' 500
	eval "$1"
	send 5kpps 5000
	expect "packets sent after" "$(ask status .totals.tx)" == "$before"
	expect "tx_error" "$(ask status .drops.tx_error)" '>=' 5000
	expect "drops of ToDevice" "$(ask element show '.elements[] | select(.name == "out") | .drops')" '>=' 5000
}

test_device_down() { nothing_leaves 'ip link set s0 down' --mode native; }

test_device_down_generic() { nothing_leaves 'ip link set s0 down' --mode generic; }

test_peer_down() { nothing_leaves 'in_server ip link set eth0 down' --mode native; }

test_peer_does_not_poll() { nothing_leaves 'peer_polls off' --mode native; }

test_device_removed() { nothing_leaves 'ip link del s0' --mode native; }

test_device_is_up_again() {
	nothing_leaves 'ip link set s0 down' --mode native
	ip link set s0 up
	traffic 1kpps 2000 5000
	arrived 5000 2000
	conserved
}

test_larger_than_the_mtu() {
	peer_polls on
	ip link set s0 mtu 600
	agent_start c0 --pipeline "$PIPE" --mode native
	gen_start 5kpps 1000 5000 --size 1000 --backend packet
	wait "$BG" || fail "batchy-gen send: $(tail -n 1 "$T/send-5000.json.err")"
	conserved
	expect "too_big" "$(ask status .drops.too_big)" == 1000
	traffic 1kpps 1000 5000
	arrived 5000 1000
	conserved
}

# Behind a Queue nobody asks for the MTU of the device that sends.
test_larger_than_the_mtu_from_a_worker() {
	ip link set s0 mtu 600
	agent_start c0 --pipeline "$NET_DIR/pipelines/two-queues.click"
	GOT=$(server_stat rx_packets)
	gen_start 5kpps 1000 5000 --size 1000 --backend packet
	wait "$BG" || fail "batchy-gen send: $(tail -n 1 "$T/send-5000.json.err")"
	conserved
	expect "too_big" "$(ask status '.drops.too_big // 0')" == 0
	expect "packets at the server" $(($(server_stat rx_packets) - GOT)) '>=' 1000
}

# full_ring ATTACH-ARGUMENTS: the peer polls so rarely that its ring overflows
full_ring() {
	peer_polls on
	in_server sh -c 'echo 20000000 >/sys/class/net/eth0/gro_flush_timeout; echo 100 >/sys/class/net/eth0/napi_defer_hard_irqs'
	agent_start c0 --pipeline "$PIPE" "$@"
	GOT=$(server_stat rx_packets)
	send 50kpps 50000
	sleep 0.2
	GOT=$(($(server_stat rx_packets) - GOT))
}

# What the peer did not take is tx_full, what it took it received.
test_full_ring() {
	full_ring --mode native
	expect "tx_full" "$(ask status .drops.tx_full)" '>' 1000
	expect "packets at the server" "$GOT" == "$(ask status .totals.tx)"
}

# Since 6.16 a veth with a qdisc refuses packets for which its peer has no room; before, it takes them and drops them.
test_full_ring_generic() {
	tc qdisc add dev s0 root pfifo || skip "no pfifo in this kernel"
	full_ring --mode generic
	[ "$(ask status .drops.tx_full)" -gt 0 ] || skip "this kernel's veth drops what it has taken"
	expect "packets at the server" "$GOT" == "$(ask status .totals.tx)"
}

# Another pipeline's losses are not ours.
test_each_counts_its_own() {
	peer_polls on
	ip link add x0 type veth peer name x1
	ip link set x0 up
	ip link set x1 up
	agent_start c0 --pipeline "$PIPE" --mode native
	sed 's/ToDevice(s0)/ToDevice(x1)/' "$PIPE" >"$T/other.click"
	"$AGENT" attach x0 --pipeline "$T/other.click" --mode native >"$T/other.log" 2>&1 || fail "second attach: $(cat "$T/other.log")"
	ip link set x1 down
	traffic 1kpps 2000 5000
	arrived 5000 2000
	conserved
	expect "tx_error and tx_full" "$(tx_drops)" == 0
	agent_stop
	ip link del x0
}

net_main "$@"
