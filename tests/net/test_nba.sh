#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pipelines as NBA writes them, unchanged, over two interfaces: what one receives leaves by the other.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

NBA=$TOP/tests/pipelines/nba
NOT_IN_VM="forwarding asks no more of the kernel than test_forward and test_redirect do"
COUNT=2000

nba_start() { # FILE [INPUTS]
	in_server ethtool -K eth0 gro on >/dev/null
	in_client ethtool -K eth0 gro on >/dev/null
	agent_start c0 --pipeline "$NBA/$1.click" --set INPUTS="${2:-s0}"
}

# what the first ToDevice and the second have sent
sent_by() { ask element show '[.elements[] | select(.class == "ToDevice") | .tx] | "\(.[0]) \(.[1])"'; }

forwards() { # FILE [ARGUMENTS of batchy-gen...]
	nba_start "$1"
	shift
	traffic 2kpps "$COUNT" 5000 "$@"
	timely arrived 5000 "$COUNT"
	conserved
	agent_stop
	detached c0 s0
}

test_l2fwd_echo() { forwards l2fwd-echo; }
test_branch_lv1() { forwards l2fwd-branch-lv1; }
test_branch_lv2() { forwards l2fwd-branch-lv2; }
test_branch_lv3() { forwards l2fwd-branch-lv3; }
test_skewed_lv3() { forwards l2fwd-skewed-lv3; }
test_classifier() { forwards classifier-ipv4-ipv6; }
test_pktsize() { forwards pktsize; }
test_ipv4_router() { forwards ipv4-router; }
test_ipv4_router_cpuonly() { forwards ipv4-router-cpuonly; }
test_ipv6_router() {
	local CLIENT_IP=$CLIENT_IP6 SERVER_IP=$SERVER_IP6
	forwards ipv6-router --size 80
}

# One packet after the other, to one interface and the other.
test_l2fwd_rr() {
	local a b
	nba_start l2fwd-rr
	traffic 2kpps "$COUNT" 5000
	read -r a b <<<"$(sent_by)"
	expect "packets sent by the two, apart" $((a > b ? a - b : b - a)) '<=' 1
	expect "packets sent by both" $((a + b)) '>=' "$COUNT"
	conserved
}

# Among four the pair of the first is another than its port across. Nobody is behind the two that are neither.
test_echo_cross() {
	local x
	for x in x0 x1; do
		ip link add "$x" type veth peer name "y$x"
		ip link set "$x" up
		ip link set "y$x" up
	done
	nba_start l2fwd-echo-cross "x0 s0 x1"
	traffic 2kpps "$COUNT" 5000
	timely arrived 5000 "$COUNT"
	conserved
	agent_stop
	detached c0 s0 x0 x1
	for x in x0 x1; do ip link del "$x"; done
}

# As many as come together in the queue leave by one interface, the next by the other.
test_rr_batch() {
	local a b batches
	nba_start l2fwd-rr-batch
	"$AGENT" queue set "$(ask queue show '.queues[0].name')" trigger 16 deadline 20ms >/dev/null
	traffic 2kpps "$COUNT" 5000
	read -r a b <<<"$(sent_by)"
	batches=$(ask element show '.elements[] | select(.class == "L2Forward") | .batches')
	note "$batches batches; sent by the two: $a and $b"
	expect "packets sent by both" $((a + b)) '>=' "$COUNT"
	expect "packets in a batch" $((COUNT / batches)) '>=' 8
	conserved
}

# Addresses as NBA sets them: to where the packet came from, from the interface it leaves by.
test_addresses() {
	need tcpdump
	nba_start l2fwd-echo
	bg dump in_server timeout 20 tcpdump -nei eth0 -c 1 -l udp and dst port 5000
	until_true 5 grep -qs listening "$T/dump.err" || fail "tcpdump does not start: $(cat "$T/dump.err")"
	traffic 100pps 10 5000
	until_true 5 grep -qs 5000 "$T/dump" || fail "tcpdump saw nothing"
	expect "addresses" "$(awk '{ print $2, $4 }' "$T/dump" | tr -d ,)" = \
		"$(cat /sys/class/net/s0/address) $(in_client cat /sys/class/net/eth0/address)"
}

# A device more than there are: what is refused says which.
test_unknown_input() { agent_refuses 'nosuch0' c0 --pipeline "$NBA/l2fwd-echo.click" --set INPUTS="s0 nosuch0"; }

net_main "$@"
