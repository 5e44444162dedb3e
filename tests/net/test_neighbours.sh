#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ARP and IPv6 neighbour discovery with Linux hosts: elements that answer, and routers that find out for themselves.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

# neighbour ADDRESS: what the client knows of it
neighbour() { in_client ip neigh show "$1" dev eth0 | awk '{ for (i = 1; i < NF; i++) if ($i == "lladdr") m = $(i + 1); print m, $NF }'; }

# Nobody has these addresses, so pings get no echo: what counts is who the client takes for the neighbour.
resolves() {
	local a
	for a in 10.77.1.99 10.77.1.98 fd77:1::99 fd77:1::91; do in_client ping -n -q -c 2 -i 0.2 -W 0.3 "$a" >/dev/null || true; done
	expect "10.77.1.99" "$(neighbour 10.77.1.99)" = "02:00:00:00:00:99 REACHABLE"
	expect "10.77.1.98, of the prefix" "$(neighbour 10.77.1.98)" = "02:00:00:00:00:96 REACHABLE"
	expect "fd77:1::99" "$(neighbour fd77:1::99)" = "02:00:00:00:00:99 REACHABLE"
	expect "fd77:1::91, of the prefix" "$(neighbour fd77:1::91)" = "02:00:00:00:00:96 REACHABLE"
	in_client ping -n -q -c 1 -W 0.3 10.77.1.80 >/dev/null && fail "10.77.1.80 answers"
	expect "10.77.1.80, which nobody answers for" "$(neighbour 10.77.1.80)" != "02:00:00:00:00:96 REACHABLE"
	ping_router || fail "what is for the host does not get there"
	conserved
}

# An address is taken where another host answers for it: duplicate address detection finds out.
detects_duplicates() {
	in_client sysctl -qw net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.eth0.dad_transmits=1
	in_client ip addr add fd77:1::92/64 dev eth0
	until_true 5 eval 'in_client ip -6 addr show dev eth0 | grep fd77:1::92 | grep -q dadfailed' ||
		fail "no duplicate: $(in_client ip -6 addr show dev eth0 | tr '\n' ' ')"
}

test_responders_in_a_worker() {
	agent_start c0 --pipeline "$NET_DIR/pipelines/answers.click"
	resolves
	detects_duplicates
}

test_responders_in_xdp() {
	sed 's/-> q :: Queue([^)]*)//' "$NET_DIR/pipelines/answers.click" >"$T/xdp.click"
	in_client ethtool -K eth0 gro on >/dev/null
	agent_start c0 --pipeline "$T/xdp.click" --mode native
	resolves
	detects_duplicates
	"$AGENT" table set arp "10.77.1.80 02:00:00:00:00:80" || fail "table set"
	in_client ip neigh flush dev eth0 to 10.77.1.80
	in_client ping -n -q -c 2 -i 0.2 -W 0.3 10.77.1.80 >/dev/null || true
	expect "10.77.1.80, after table set" "$(neighbour 10.77.1.80)" = "02:00:00:00:00:80 REACHABLE"
}

net_main "$@"
