#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every profile that forwards, as it is, from client to server: at a rate it keeps nothing is lost; at twice what it can do what is
# lost is counted, and what arrives is whole and in order. Those with tables of tunnels, rules and addresses do to each packet of traffic
# made for them what the tables say.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

NOT_IN_VM="forwarding asks no more of the kernel than test_forward and test_redirect do"
COUNT=1000
IDLE=(--idle 400ms)

# profile NAME [FILE [ARGUMENTS...]]
profile() {
	in_server ethtool -K eth0 gro on >/dev/null # without it, veth drops what XDP redirects to it
	agent_start c0 --pipeline "${2:-$TOP/profiles/$1.click}" --set OUT=s0 --set PEER=s0 --set "TABLES=$TOP/profiles/$1" \
		--set SRC="$ROUTER_S_MAC" "${@:3}"
}

# pass RATE COUNT ARGUMENTS...: of batchy-gen, to a sink at the server
pass() {
	local sink rate=$1 count=$2
	shift 2
	sink_start 5000 "${IDLE[@]}"
	sink=$BG
	gen_start "$rate" "$count" 5000 "$@"
	gen_end "$BG" 5000
	wait "$sink" || fail "batchy-gen sink: $(tail -n 1 "$T/sink-5000.json.err")"
	note "$rate: sent $(sent 5000), received $(sunk 5000 received), lost $(sunk 5000 lost)"
}

# forwards NAME ARGUMENTS...
forwards() {
	local name=$1
	shift
	profile "$name"
	pass 4kpps "$COUNT" "$@"
	timely arrived 5000 "$COUNT"
	conserved
	agent_stop
	detached c0 s0
}

# as_tables_say NAME [SIZE...]: what leaves the profile, each packet against its tables; what its filters stop is counted under their reasons
as_tables_say() {
	local name=$1 tables=$TOP/profiles/$1 catcher n
	need python3 tshark
	"$TOP/scripts/tables.py" "$@" --packets 3000 -o "$T/made"
	if [ $# -gt 1 ]; then
		tables=$T/made/$name
		profile "$name" "$T/made/$name.click" --set "TABLES=$tables"
	else
		profile "$name"
	fi
	bg catch.log in_server python3 "$NET_DIR/profiles.py" catch eth0 "$T/got.pcap"
	catcher=$BG
	until_true 5 grep -qs listening "$T/catch.log" || fail "profiles.py does not listen"
	n=$(in_client python3 "$NET_DIR/profiles.py" send eth0 "$T/made/$name/traffic.pcap" 3000)
	wait "$catcher" || fail "profiles.py catch: $(tail -n 1 "$T/catch.log.err")"
	conserved
	timely expect "packets received" "$(ask status .totals.rx)" '>=' "$n"
	timely expect "packets dropped on the way" "$(ask status '.drops | (.queue_full // 0) + (.rx_lost // 0) + (.rate_limited // 0)')" == 0
	FATES=$(python3 "$NET_DIR/profiles.py" check "$name" "$tables" "$T/made/$name/traffic.pcap" "$T/got.pcap" 2>&1) ||
		fail "$(tail -n 1 <<<"$FATES")"
	note "$FATES"
	ask status .drops >"$T/drops.json"
	set -- $FATES
	expect "packets of each fate" "$#" '>=' 2
	while [ $# -gt 0 ]; do
		[ "$1" = passed ] || expect "packets dropped as $1" "$(jq ".$1 // 0" "$T/drops.json")" == "$2"
		shift 2
	done
}

# tunnels NAME ARGUMENTS...: what leaves is in a tunnel, where the sink does not look
tunnels() {
	local name=$1 before
	shift
	profile "$name"
	before=$(in_server cat /sys/class/net/eth0/statistics/rx_packets)
	gen_start 4kpps "$COUNT" 5000 "$@"
	gen_end "$BG" 5000
	conserved
	expect "packets sent into tunnels" "$(ask status .totals.tx)" '>=' "$COUNT"
	expect "packets that arrived" $(($(in_server cat /sys/class/net/eth0/statistics/rx_packets) - before)) '>=' "$COUNT"
}

# overloaded NAME ARGUMENTS...: a function of 250 000 cycles a packet behind each queue makes the capacity one that is known
overloaded() {
	local name=$1 before capacity
	shift
	needs_speed
	sed 's/:: Queue ->/:: Queue(CAPACITY 64) -> Bypass(CYCLES_PER_PACKET 250000) ->/' "$TOP/profiles/$name.click" >"$T/slow.click"
	profile "$name" "$T/slow.click"
	gen_start 30kpps 45000 5000 "$@"
	sleep 0.4
	before=$(ask status .totals.tx)
	sleep 0.5
	capacity=$((2 * ($(ask status .totals.tx) - before)))
	stop_pid "$BG"
	conserved
	note "capacity $capacity packets in a second"
	expect "capacity" "$capacity" '>' 500
	pass $((2 * capacity))pps $((2 * capacity)) "$@"
	conserved
	expect "packets dropped" "$(ask status .totals.drop)" '>' 0
	expect "packets dropped as queue_full or rx_lost" "$(ask status '.drops.queue_full + .drops.rx_lost')" == "$(ask status .totals.drop)"
	timely expect "packets that arrived" "$(sunk 5000 received)" '>' $((capacity / 2))
	timely expect "packets lost on the way" "$(sunk 5000 lost)" '>' 0
	expect "packets out of order at the sink" "$(sunk 5000 reordered)" == 0
	expect "duplicates at the sink" "$(sunk 5000 duplicates)" == 0
	expect "corrupted packets at the sink" "$(sunk 5000 corrupted)" == 0
}

test_ipv4_router() { forwards ipv4-router; }
test_ipv6_router() { forwards ipv6-router --src-ip "$CLIENT_IP6" --dst-ip "$SERVER_IP6" --size 80; }
test_l2fwd() { forwards l2fwd --dst-mac 02:00:00:02:00:00; }
test_l3fwd() { forwards l3fwd; }
test_portfwd() { forwards portfwd; }
test_branch() { forwards branch; }
test_simple() { forwards simple; }
test_l2l3() { forwards l2l3 --dst-mac 02:00:00:00:0b:01; }
test_l2l3_simple() { forwards l2l3-simple; }
test_vrf() { forwards vrf --vlan 101 --size 64; }
test_robot_control() { forwards robot-control; }
test_mgw() { tunnels mgw --dst-ip 10.60.0.2; }
test_bng() { tunnels bng --dst-ip 198.18.0.3; }

test_tables_of_l2l3() {
	as_tables_say l2l3
	expect "fates" "$FATES" = "$(grep -o 'acl_denied [1-9][0-9]* passed [1-9][0-9]*' <<<"$FATES")"
}
test_tables_of_mgw() { as_tables_say mgw; }
test_tables_of_bng() {
	as_tables_say bng
	expect "fates" "$FATES" = "$(grep -o 'acl_denied [1-9][0-9]* discard [1-9][0-9]* passed [1-9][0-9]*' <<<"$FATES")"
}

# As many as they are meant for, on devices.
test_64_next_hops() { as_tables_say l2l3 --branches 1 --nhops 64; }
test_1000_users_of_mgw() { as_tables_say mgw --set USERS=1000 --set BEARERS=4; }
test_1000_subscribers_of_bng() { as_tables_say bng --set USERS=1000; }

# A subscriber gets as much as his limit, in bursts of its 1500 bytes and what comes in while packets do.
test_rate_of_bng() {
	profile bng "$TOP/profiles/bng.click" --set RATE=80kbps
	gen_start 4kpps "$COUNT" 5000 --dst-ip 198.18.0.3
	gen_end "$BG" 5000
	conserved
	expect "packets beyond the rate" "$(ask status .drops.rate_limited)" '>' $((COUNT / 2))
	expect "packets within" "$(ask status .totals.tx)" '>' 10
}

test_twice_the_capacity_of_branch() { overloaded branch --flows 64; }
test_twice_the_capacity_of_robot_control() { overloaded robot-control; }

net_main "$@"
