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

net_main "$@"
