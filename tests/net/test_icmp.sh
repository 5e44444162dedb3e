#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ICMP errors as the kernel's own forwarding sends them for the same packets: the same bytes, or neither an answer; in a worker and in
# XDP; traceroute and path MTU discovery through a pipeline.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPE=$NET_DIR/pipelines/errors.click
PYTHON=/usr/bin/python3 # Debian's, which has Debian's scapy

# answers KIND FILE: what comes back to the client
answers() {
	"$PYTHON" -c 'import scapy' 2>/dev/null || skip "python3-scapy is not installed"
	in_client "$PYTHON" "$NET_DIR/icmp.py" eth0 "$1" "$2" || fail "icmp.py: $1"
}

# the kernel limits its errors by rate
kernel_answers() {
	sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=1000
	answers "$1" "$T/kernel.txt"
	expect "kinds of packets the kernel answered" "$(grep -vc -- ': -$' "$T/kernel.txt")" '>=' "$2"
}

same_answers() {
	answers "$1" "$T/ours.txt"
	diff "$T/kernel.txt" "$T/ours.txt" >"$T/diff" || fail "other answers than the kernel's: $(head -c 3000 "$T/diff")"
}

in_xdp() { sed 's/-> q :: Queue([^)]*)//' "$PIPE" >"$T/xdp.click"; }

test_time_exceeded_as_the_kernel_in_a_worker() {
	kernel_answers expired 10
	agent_start c0 --pipeline "$PIPE"
	same_answers expired
	expect "errors" "$(ask element show '.elements[] | select(.class == "ICMPError") | .packets_out')" '>=' 10
	conserved
}

test_time_exceeded_as_the_kernel_in_xdp() {
	kernel_answers expired 10
	in_xdp
	in_client ethtool -K eth0 gro on >/dev/null
	agent_start c0 --pipeline "$T/xdp.click" --mode native
	same_answers expired
	conserved
}

test_time_exceeded_as_the_kernel_in_generic_xdp() {
	kernel_answers expired 10
	in_xdp
	agent_start c0 --pipeline "$T/xdp.click" --mode generic
	same_answers expired
	conserved
}

test_too_big_as_the_kernel() {
	ip link set s0 mtu 1300
	in_client ip link set eth0 mtu 1500
	kernel_answers too-big 8
	agent_start c0 --pipeline "$NET_DIR/pipelines/mtu.click"
	same_answers too-big
	conserved
}

# fragments FILE: what reaches the server of packets without DF
fragments() {
	local catcher
	bg catch.log in_server "$PYTHON" "$NET_DIR/icmp.py" eth0 catch "$1"
	catcher=$BG
	sleep 1.5
	in_client "$PYTHON" "$NET_DIR/icmp.py" eth0 long - || fail "icmp.py long"
	wait "$catcher" || fail "icmp.py catch: $(tail -n 1 "$T/catch.log.err")"
}

test_fragments_as_the_kernel() {
	"$PYTHON" -c 'import scapy' 2>/dev/null || skip "python3-scapy is not installed"
	ip link set s0 mtu 1300
	fragments "$T/kernel.txt"
	expect "fragments of the kernel" "$(wc -l <"$T/kernel.txt")" == 30
	agent_start c0 --pipeline "$NET_DIR/pipelines/mtu.click"
	fragments "$T/ours.txt"
	diff "$T/kernel.txt" "$T/ours.txt" >"$T/diff" || fail "other fragments than the kernel's: $(head -c 3000 "$T/diff")"
	conserved
	expect "fragments made" "$(ask element show '.elements[] | select(.class == "IPFragmenter") | .made')" == 15
}

# The server's kernel puts them together: pings as long as the client's link allows.
test_fragments_are_put_together() {
	agent_start c0 --pipeline "$NET_DIR/pipelines/mtu.click"
	in_client ping -n -q -c 20 -i 0.05 -W 2 -M dont -s 1472 "$SERVER_IP" >/dev/null || fail "no ping of 1500 bytes"
	expect "fragments made" "$(ask element show '.elements[] | select(.class == "IPFragmenter") | .made')" == 20
	conserved
}

# The client learns the MTU of the path from what comes back.
test_path_mtu_discovery() {
	agent_start c0 --pipeline "$NET_DIR/pipelines/mtu.click"
	in_client ping -n -q -c 3 -i 0.2 -W 1 -M "do" -s 1472 "$SERVER_IP" >"$T/ping.txt" 2>&1 || true
	in_client ip route get "$SERVER_IP" | grep -q 'mtu 1300' || fail "no path MTU: $(in_client ip route get "$SERVER_IP")"
	in_client ping -n -q -c 3 -i 0.2 -W 1 -M "do" -s 1452 "$SERVER_IP6" >"$T/ping.txt" 2>&1 || true
	in_client ip -6 route get "$SERVER_IP6" | grep -q 'mtu 1300' || fail "no IPv6 path MTU: $(in_client ip -6 route get "$SERVER_IP6")"
	bg iperf.log in_server iperf3 -s -1 --forceflush
	until_true 5 grep -qs listening "$T/iperf.log" || fail "iperf3 does not listen"
	in_client iperf3 -c "$SERVER_IP" -n 10M -J >"$T/iperf.json" || fail "iperf3: $(jq -r '.error // "?"' "$T/iperf.json")"
	conserved
}

net_main "$@"
