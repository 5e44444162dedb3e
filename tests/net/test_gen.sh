#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# batchy-gen over real veth pairs: what is sent is received, and what is lost on the path, dropped by the sink, refused or
# late is told apart. From the client to c0, one pair; or through the router's stack to the server, two.
# shellcheck source=tests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck disable=SC2034
NOT_IN_VM="the generator is tested on the machine itself"

LIMIT[test_overrun_of_the_sink_is_not_loss]=90

# sink_here ARGS... | sink_server ARGS...: a sink in the background, ready when this returns; its report in $T/sink.
# The duration is for tests where nothing arrives.
sink_here() { sink_on c0 "$GEN" sink c0 --duration 40s "$@"; }
sink_server() { sink_on eth0 ip netns exec "$(netns_name s)" "$GEN" sink eth0 --duration 40s "$@"; }
sink_on() {
	local dev=$1
	shift
	: >"$T/sink.err"
	"$@" -j >"$T/sink" 2>"$T/sink.err" &
	SINK=$!
	PIDS+=("$SINK")
	until_true 10 grep -q "listening on $dev" "$T/sink.err" || fail "no sink: $(cat "$T/sink.err")"
}

# send ARGS...: from the client; its report in $T/send, its messages in $T/send.err, its status in $STATUS.
send() {
	STATUS=0
	in_client "$GEN" send eth0 "$@" -j >"$T/send" 2>"$T/send.err" || STATUS=$?
}

sunk() { wait "$SINK" || fail "sink: status $?: $(cat "$T/sink.err")"; }
sent() { jq -r ".$1" "$T/send"; }
got() { jq -r ".$1" "$T/sink"; }
totals() { jq -r '[.lost, .missing, .sink_drops, .duplicates, .reordered, .corrupted, .bad_ip_checksum, .bad_udp_checksum,
	.unexpected, .foreign] | join(" ")' "$T/sink"; }

# Everything that was asked for was sent, in time for the law, and arrived unharmed.
expect_all() {
	expect "status of send: $(cat "$T/send.err")" "$STATUS" = 0
	expect "frames sent" "$(sent sent)" = "$1"
	expect "frames offered" "$(sent offered)" = "$1"
	expect "reason for a shortfall" "$(sent shortfall)" = null
	expect "frames received" "$(got received)" = "$1"
	expect "lost, missing, dropped, doubled, reordered, corrupted, ..." "$(totals)" = "0 0 0 0 0 0 0 0 0 0"
	expect "median delay" "$(got delay_ns.p50)" '>' 0
	expect "delays below 0" "$(got delay_negative)" = 0
	note "$(sent backend) $(sent rate_pps) pps: schedule error p50 $(sent sched_error_ns.p50) p99 $(sent sched_error_ns.p99) ns," \
		"delay p50 $(got delay_ns.p50) p95 $(got delay_ns.p95) ns, CPU $(($(sent cpu_ns) / ($(sent duration_ns) / 100))) %"
}

one_rate() {
	sink_here --idle 1s --backend "${5:-packet}"
	send --backend "$1" --rate "$2" --count "$3"
	sunk
	expect_all "$3"
	expect "rate" "$(sent pps)" '>=' "$4"
}

test_xdp_1kpps() { one_rate xdp 1kpps 1000 990; }
test_packet_1kpps() { one_rate packet 1kpps 1000 990; }
test_xdp_50kpps() { one_rate xdp 50kpps 100000 40000; }
test_packet_50kpps() { one_rate packet 50kpps 100000 40000; }
test_xdp_to_xdp_sink_50kpps() { one_rate xdp 50kpps 100000 40000 xdp; }
test_packet_to_xdp_sink_1kpps() { one_rate packet 1kpps 1000 990 xdp; }

# The XDP sink takes the generator's frames only, tagged or not, and is gone when it ends.
test_xdp_sink_leaves_other_traffic_alone() {
	sink_here --idle 2s --backend xdp
	in_client ping -q -c 3 -i 0.2 -W 1 "$ROUTER_C_IP" >"$T/ping" || fail "ping: $(cat "$T/ping")"
	send --count 100 --vlan 9
	send --count 100 --src-ip fd77:1::2
	sunk
	expect "frames received" "$(got received)" = 200
	expect "lost, missing, dropped, doubled, reordered, corrupted, ..." "$(totals)" = "0 0 0 0 0 0 0 0 0 0"
	if ip link show c0 | grep -q xdp; then fail "the program is still there"; fi
}

test_xdp_sink_reads_every_queue() {
	local q
	ip link del c0
	NETNS_QUEUES=4 netns_pair c0 "$(netns_name c)" "$ROUTER_C_MAC" "$CLIENT_MAC"
	sink_here --idle 2s --backend xdp
	for q in 0 1 2 3; do
		send --count 250 --queue "$q"
		expect "status of send: $(cat "$T/send.err")" "$STATUS" = 0
	done
	sunk
	expect "frames received" "$(got received)" = 1000
	expect "runs of the sender seen" "$(got restarts)" = 3
}

test_without_spinning() {
	sink_here --idle 1s
	send --rate 1kpps --count 1000 --no-spin
	sunk
	expect_all 1000
	expect "CPU, ns in 1 s" "$(sent cpu_ns)" '<' 300000000
}

test_many_flows_ipv6_vlan() {
	sink_here --idle 1s --expect-flows 3000 --by-flow
	send --rate 20kpps --arrivals poisson --seed 5 --flows 3000 --count 30000 --src-ip fd77:1::2 --dst-ip fd77:1::1 \
		--vlan 42 --size 300
	sunk
	expect_all 30000
	expect "flows" "$(got flows)" = 3000
	expect "silent flows" "$(got flows_silent)" = 0
	expect "frames of each flow" "$(got 'by_flow | map(.received) | unique | join(" ")')" = 10
}

test_largest_frames() {
	sink_here --idle 1s
	send --rate 5kpps --arrivals burst:16 --size 1514 --count 4000 --backend packet
	sunk
	expect_all 4000
	expect "bytes" "$(got bytes)" = $((4000 * 1514))
}

# Mean and spread of the gaps as received: exponential gaps have a p95 of three means, equal gaps of one.
test_poisson_on_the_wire() {
	sink_here --idle 1s
	send --rate 2kpps --arrivals poisson --seed 11 --count 6000
	sunk
	expect_all 6000
	expect "mean gap" "$(got interarrival_ns.mean)" '>' 480000
	expect "mean gap" "$(got interarrival_ns.mean)" '<' 520000
	expect "p95 of the gaps" "$(got interarrival_ns.p95)" '>' 1200000
	expect "p95 of the gaps" "$(got interarrival_ns.p95)" '<' 2400000
}

# The first frame may be long in coming; what counts as idle comes after it.
test_idle_begins_with_the_first_frame() {
	sink_here --idle 300ms
	sleep 1
	send --count 20
	sunk
	expect_all 20
	sink_here --idle 100ms --duration 500ms
	sunk
	expect "frames received" "$(got received)" = 0
}

# Through the router's stack, which decrements the TTL and must correct the checksum. With the highest source port every
# flow has its own address, so a rule takes flow 3 out.
through_router() {
	send --src-ip "$CLIENT_IP" --dst-ip "$SERVER_IP" --dst-mac "$ROUTER_C_MAC" --sport 65535 "$@"
}

test_through_a_router() {
	sink_server --idle 1s
	through_router --rate 10kpps --count 10000 --flows 8
	sunk
	expect_all 10000
}

test_a_flow_lost_is_silent() {
	ip rule add from 10.77.1.5 blackhole
	sink_server --idle 1s --expect-flows 8 --by-flow
	through_router --rate 8kpps --count 8000 --flows 8
	sunk
	expect "frames sent" "$(sent sent)" = 8000
	expect "frames received" "$(got received)" = 7000
	expect "silent flows" "$(got flows_silent)" = 1
	expect "frames of flow 3" "$(got 'by_flow[3].received')" = 0
	expect "frames missing in the others" "$(got missing)" = 0
}

test_loss_on_the_path_is_counted() {
	sink_server --idle 1s
	through_router --rate 5kpps --count 10000 --flows 4 &
	sleep 0.7
	ip rule add from 10.77.1.0/24 blackhole
	sleep 0.3
	ip rule del from 10.77.1.0/24 blackhole
	wait
	expect "frames received and lost" $(($(got received) + $(got lost))) = 10000
	expect "frames lost" "$(got lost)" '>' 500
	expect "frames dropped by the sink" "$(got sink_drops)" = 0
	expect "frames reordered" "$(got reordered)" = 0
}

test_a_sink_that_joins_late_counts_from_there() {
	through_router --rate 5kpps --count 10000 &
	sleep 0.5
	sink_server --idle 1s --join
	wait
	expect "frames received" "$(got received)" '>' 1000
	expect "frames received" "$(got received)" '<' 10000
	expect "frames lost" "$(got lost)" = 0
}

# A sink that sleeps while its ring overflows: missing, but not lost on the path.
test_overrun_of_the_sink_is_not_loss() {
	sink_here --idle 2s
	send --rate 10kpps --count 100
	kill -STOP "$SINK"
	send --rate max --count 400000
	expect "frames sent: $(cat "$T/send.err")" "$(sent sent)" = 400000
	kill -CONT "$SINK"
	sleep 0.5
	send --rate 10kpps --count 100
	sunk
	expect "frames dropped by the sink" "$(got sink_drops)" '>' 1000
	expect "frames lost" "$(got lost)" = 0
	expect "runs of the sender seen" "$(got restarts)" = 2
	expect "frames received and dropped" $(($(got received) + $(got sink_drops))) = 400200
}

test_a_rate_out_of_reach_is_admitted() {
	send --rate 1000Mpps --duration 200ms
	expect "status" "$STATUS" = 1
	expect "frames offered" "$(sent offered)" = 200000000
	expect "frames sent and unsent" $(($(sent sent) + $(sent unsent) + $(sent refused))) = 200000000
	expect "reason" "$(sent shortfall)" != null
	expect "frames late" "$(sent late)" '>' 0
}

# A receiving veth that is polled every 20 ms has room for 256 frames between: the rest never left, and send says so.
test_what_the_device_refuses_is_not_sent() {
	local b
	echo 20000000 >/sys/class/net/c0/gro_flush_timeout
	echo 100 >/sys/class/net/c0/napi_defer_hard_irqs
	for b in xdp packet; do
		sink_here --idle 1s --backend xdp
		send --rate 100kpps --duration 300ms --backend "$b"
		sunk
		expect "status over $b" "$STATUS" = 1
		expect "reason over $b" "$(sent shortfall)" != null
		expect "frames offered over $b" "$(sent offered)" = 30000
		expect "frames accounted for over $b" $(($(sent sent) + $(sent refused) + $(sent unsent))) = 30000
		expect "frames received over $b" "$(got received)" = "$(sent sent)"
	done
}

test_signals_end_with_a_report() {
	local pid
	sink_here
	ip netns exec "$(netns_name c)" "$GEN" send eth0 --rate 1kpps -j >"$T/send" 2>"$T/send.err" &
	pid=$!
	sleep 0.7
	kill -TERM "$pid"
	wait "$pid" || fail "send without an end: status $?: $(cat "$T/send.err")"
	sleep 0.1
	kill -INT "$SINK"
	sunk
	expect "frames sent" "$(sent sent)" '>' 300
	expect "frames received" "$(got received)" = "$(sent sent)"
	ip netns exec "$(netns_name c)" "$GEN" send eth0 --rate 1kpps --count 100000 -j >"$T/send" 2>"$T/send.err" &
	pid=$!
	sleep 0.3
	kill -TERM "$pid"
	STATUS=0
	wait "$pid" || STATUS=$?
	expect "status of an unfinished run" "$STATUS" = 1
	expect "interrupted" "$(sent interrupted)" = true
}

# refused STATUS TEXT COMMAND...: it fails, and says TEXT.
refused() {
	local want=$1 text=$2 rc=0
	shift 2
	"$@" >"$T/out" 2>&1 || rc=$?
	expect "status of $*" "$rc" = "$want"
	grep -qF -- "$text" "$T/out" || fail "$*: '$(cat "$T/out")' does not say '$text'"
}

test_refusals() {
	refused 1 "does not exist" "$GEN" send nosuch --count 1
	refused 1 "does not exist" "$GEN" sink nosuch --duration 1s
	ip link add br0 type bridge || skip "no bridges in this kernel"
	ip link set br0 up
	refused 1 "--force" "$GEN" send br0 --count 1
	ip link del br0
	ip link add dn0 type veth peer name dn1
	refused 1 "interface is down" "$GEN" send dn0 --count 1
	ip link set dn0 up
	refused 1 "no carrier" "$GEN" send dn0 --count 1
	ip link del dn0
	refused 1 "--queue" in_client "$GEN" send eth0 --count 1 --queue 4095
	refused 1 "MTU" in_client "$GEN" send eth0 --count 1 --size 1515
	refused 1 "64 bytes" in_client "$GEN" send eth0 --count 1 --size 60 --vlan 1
}

test_usage_errors() {
	local a
	refused 2 "Usage" "$GEN"
	refused 2 "interface" "$GEN" send
	for a in "--rate 0" "--rate fast" "--arrivals burst:0" "--count 0" "--duration 5" "--size 59" "--flows 65537" \
		"--src-mac x" "--src-ip 1.2.3" "--sport 0" "--proto tcp" "--vlan 4095" "--cpu -1" "--backend dpdk" \
		"--qdisc" "--queue 0 --backend packet" "--src-ip fd00::1 --dst-ip 10.0.0.1" "--nosuch"; do
		# shellcheck disable=SC2086 # an option and its argument
		refused 2 "" "$GEN" send c0 $a
	done
	refused 2 "" "$GEN" sink c0 --expect-flows 0
	refused 0 "EXAMPLES" "$GEN" send --help
	refused 0 "EXAMPLES" "$GEN" sink --help
}

net_main "$@"
