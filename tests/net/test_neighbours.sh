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

# --- routers that ask

PIPE=$NET_DIR/pipelines/neighbours.click
SHORT=(--set TIMEOUT=3s --set POLL=1s --set RETRY=100ms)

# Nobody knows anybody: what netns_host has set, and what was learned since.
forget() {
	in_client ip neigh del "$ROUTER_C_IP" dev eth0
	in_client ip neigh del "$ROUTER_C_IP6" dev eth0
	in_server ip neigh del "$ROUTER_S_IP" dev eth0
	in_server ip neigh del "$ROUTER_S_IP6" dev eth0
	ip neigh flush all nud all
}

start_router() {
	forget
	agent_start c0 --pipeline "$PIPE" "$@"
}

# known TABLE ADDRESS: "MAC STATE" of a neighbour that was learned
known() { ask table show "$1" ".tables[0].learned[] | select(.entry | startswith(\"$2 \")) | \"\(.entry[$((${#2} + 1)):]) \(.state)\""; }

# element NAME FILTER
element() { ask element show ".elements[] | select(.name == \"$1\") | $2"; }

no_neighbour() { ask status '.drops.no_neighbour // 0'; }

test_router_finds_its_neighbours() {
	start_router
	ping_works
	# a hop limit of 255 makes no neighbour discovery of it
	in_client ping -n -q -c 1 -W 2 -t 255 "$SERVER_IP6" >/dev/null || fail "no IPv6 ping with hop limit 255"
	expect "the server" "$(known peer_arp "$SERVER_IP")" = "$SERVER_MAC reachable"
	expect "the client" "$(known arp "$CLIENT_IP")" = "$CLIENT_MAC reachable"
	expect "the server, IPv6" "$(known peer_ndp "$SERVER_IP6")" = "$SERVER_MAC reachable"
	expect "the client, IPv6" "$(known ndp "$CLIENT_IP6")" = "$CLIENT_MAC reachable"
	expect "queries for the server" "$(element peer_arp .made)" == 1
	expect "solicitations for the server" "$(element peer_ndp .made)" == 1
	# the host still answers for the router, and is reached
	ping_router || fail "no ping to the router"
	expect "who the client has for a router" "$(neighbour "$ROUTER_C_IP" | cut -d' ' -f1)" = "$ROUTER_C_MAC"
	conserved
}

# Behind a neighbour: it is asked for, not who is behind it.
test_router_asks_for_gateways() {
	in_server ip addr add 10.99.1.1/32 dev lo
	in_server ip addr add fd99::1/128 dev lo
	start_router
	in_client ping -n -q -c 2 -i 0.2 -W 2 10.99.1.1 >/dev/null || fail "no ping behind the gateway"
	in_client ping -n -q -c 2 -i 0.2 -W 2 fd99::1 >/dev/null || fail "no IPv6 ping behind the gateway"
	expect "the gateway" "$(known peer_arp "$SERVER_IP")" = "$SERVER_MAC reachable"
	expect "the IPv6 gateway" "$(known peer_ndp "$SERVER_IP6")" = "$SERVER_MAC reachable"
	expect "who is behind it" "$(known peer_arp 10.99.1.1)$(known peer_ndp fd99::1)" = ""
	conserved
}

# Both workers have packets for a server that neither knows; one gets the answer, and the other's go on too, all in order.
test_router_with_two_workers() {
	local sinks=() senders=() i
	netns_queues 2
	start_router
	expect "workers" "$(find "/proc/$AGENT_PID/task" -mindepth 1 -maxdepth 1 | wc -l)" '>=' 3
	for i in 0 1; do
		sink_start 500$i
		sinks+=("$BG")
	done
	for i in 0 1; do
		gen_start 1kpps 1000 500$i --queue $i
		senders+=("$BG")
	done
	for i in 0 1; do
		gen_end "${senders[i]}" 500$i
		wait "${sinks[i]}" || fail "batchy-gen sink: $(tail -n 1 "$T/sink-500$i.json.err")"
	done
	conserved
	timely arrived 5000 1000
	timely arrived 5001 1000
	timely expect "packets without a neighbour" "$(no_neighbour)" == 0
	expect "queries for the server" "$(element peer_arp .made)" == 1
}

# Found out by asking: nobody announces it.
test_host_changes_its_address_silently() {
	start_router "${SHORT[@]}"
	ping_works 1
	in_server ip link set eth0 address 02:00:00:00:02:77
	until_true 15 ping_works_once || fail "no ping after the server's address has changed: $("$AGENT" table show peer_arp)"
	expect "the server" "$(known peer_arp "$SERVER_IP" | cut -d' ' -f1)" = 02:00:00:00:02:77
	expect "the server, IPv6" "$(known peer_ndp "$SERVER_IP6" | cut -d' ' -f1)" = 02:00:00:00:02:77
	conserved
}

ping_works_once() {
	in_client ping -n -q -c 1 -W 0.2 "$SERVER_IP" >/dev/null && in_client ping -n -q -c 1 -W 0.2 "$SERVER_IP6" >/dev/null
}

# A gratuitous ARP and an unsolicited advertisement, long before anybody would have asked.
test_host_announces_its_new_address() {
	start_router
	ping_works 1
	in_server sysctl -qw net.ipv4.conf.eth0.arp_notify=1 net.ipv6.conf.eth0.ndisc_notify=1
	in_server ip link set eth0 address 02:00:00:00:02:77
	until_true 10 ping_works_once || fail "no ping after the announcement: $("$AGENT" table show peer_arp)"
	expect "the server" "$(known peer_arp "$SERVER_IP" | cut -d' ' -f1)" = 02:00:00:00:02:77
	expect "the server, IPv6" "$(known peer_ndp "$SERVER_IP6" | cut -d' ' -f1)" = 02:00:00:00:02:77
	conserved
}

# Nobody is at the address any more: what is sent there is dropped, counted, and asked for a few times a second. It comes back.
test_host_goes_away() {
	local before
	start_router "${SHORT[@]}"
	ping_works 1
	in_server ip addr del "$SERVER_IP/24" dev eth0
	sleep 3.1 # TIMEOUT
	before=$(element peer_arp .made)
	gen_start 1kpps 1000 5000
	gen_end "$BG" 5000
	until_true 5 nothing_waits || fail "$(ask status .totals.queued) packets still wait"
	conserved
	expect "packets sent" "$(sent 5000)" == 1000
	expect "packets without a neighbour" "$(no_neighbour)" == 1000
	expect "queries in a second and a half" "$(($(element peer_arp .made) - before))" '<=' 16
	expect "the server" "$(known peer_arp "$SERVER_IP" | cut -d' ' -f2)" = failed
	in_server ip addr add "$SERVER_IP/24" dev eth0
	in_server ip route replace default via "$ROUTER_S_IP"
	until_true 10 ping_works_once || fail "no ping after it has come back"
	conserved
}

nothing_waits() { [ "$(ask status .totals.queued)" = 0 ]; }

# What is given counts, also for packets that wait for it, and stays beside what was learned, which survives the change.
test_given_and_learned() {
	start_router
	ping_works 1
	in_server ip addr add 10.77.2.9/24 dev eth0
	in_server sysctl -qw net.ipv4.conf.all.arp_ignore=8 # never answers
	bg ping.log in_client ping -n -q -c 1 -W 5 10.77.2.9
	sleep 0.3
	expect "10.77.2.9" "$(known peer_arp 10.77.2.9 | cut -d' ' -f2)" = incomplete
	"$AGENT" table set peer_arp "10.77.2.9 $SERVER_MAC" || fail "table set"
	wait "$BG" || fail "what waited did not go on"
	expect "the server, still" "$(known peer_arp "$SERVER_IP" | cut -d' ' -f1)" = "$SERVER_MAC"
	"$AGENT" table show peer_arp >"$T/shown"
	expect "what is shown first" "$(head -n 1 "$T/shown")" = "10.77.2.9 $SERVER_MAC"
	grep -q "^# $SERVER_IP $SERVER_MAC reachable " "$T/shown" || fail "table show: $(cat "$T/shown")"
	"$AGENT" table load peer_arp "$T/shown" || fail "table load of what table show has written"
	expect "entries" "$(ask table show peer_arp '.tables[0].entries | length')" == 1
	conserved
}

# The profile: two addresses, and nothing about anybody's Ethernet.
test_router_profile() {
	forget
	agent_start c0 --pipeline "$TOP/profiles/router.click" --set PEER=s0 --set ADDR="$ROUTER_C_IP" --set PEER_ADDR="$ROUTER_S_IP"
	traffic 1kpps 500 5000
	arrived 5000 500
	expect "packets through the pipeline" "$(element via .packets_in)" == 500
	expect "the server" "$(known arp "$SERVER_IP")" = "$SERVER_MAC reachable"
	# who asks is the device, as the server has learned from the question
	expect "whom the server takes for a router" "$(in_server ip neigh show "$ROUTER_S_IP" | grep -o 'lladdr [^ ]*')" = "lladdr $ROUTER_S_MAC"
	conserved
}

net_main "$@"
