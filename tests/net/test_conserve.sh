#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets are conserved at any rate: received = sent + passed + dropped (by reason) + queued, and none counted is missing
# on the wire behind.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

stat_of() { cat "/sys/class/net/$1/statistics/$2"; }
server_stat() { in_server cat "/sys/class/net/eth0/statistics/$1"; }

SOFTIRQ=320 # packets: polls of 64 until the budget of 300 is used up, all between two counters that the agent reads

receive_queues() { find "/sys/class/net/$1/queues" -name 'rx-*' | wc -l; }

# adds_up PID: while that sender runs, the account is never out by more than one run of the softirq for each receive queue
adds_up() {
	local rx off worst=0 first='' samples=0
	while kill -0 "$1" 2>/dev/null; do
		read -r rx off <<<"$(ask status '.totals | "\(.rx) \(.rx - .tx - .pass - .drop - .queued | fabs)"')"
		[ -n "$first" ] || first=$rx
		[ "$off" -le "$worst" ] || worst=$off
		samples=$((samples + 1))
	done
	note "$samples times while it ran, $first to $rx packets: at most $worst not accounted for"
	expect "samples while it ran" "$samples" '>=' 5
	expect "packets between the first sample and the last" $((rx - first)) '>' 1000
	timely expect "packets not accounted for while it ran" "$worst" '<=' $((SOFTIRQ * $(receive_queues c0)))
}

# at RATE COUNT PIPELINE: sends, and compares the agent's totals with the drivers' counters
at() {
	local rx0 tx0 rx tx pass drop sink gen
	agent_start c0 --pipeline "$PIPES/$3.click"
	rx0=$(stat_of c0 rx_packets) tx0=$(server_stat rx_packets)
	sink_start 5000
	sink=$BG
	gen_start "$1" "$2" 5000
	gen=$BG
	adds_up "$gen"
	gen_end "$gen" 5000
	wait "$sink" || fail "batchy-gen sink: $(tail -n 1 "$T/sink-5000.json.err")"
	note "$1: sent $(sent 5000), received $(sunk 5000 received), lost $(sunk 5000 lost)"
	conserved
	rx=$(ask status .totals.rx) tx=$(ask status .totals.tx) pass=$(ask status .totals.pass) drop=$(ask status .totals.drop)
	note "rx $rx tx $tx pass $pass drop $drop; $(ask status '.drops | with_entries(select(.value > 0)) | tojson')"
	expect "sum of drops by reason" "$(ask status '[.drops[]] | add')" == "$drop"
	expect "packets that c0 gave to XDP" "$(($(stat_of c0 rx_packets) - rx0))" == "$rx"
	expect "packets that left towards the server and arrived or were dropped by its driver" \
		"$(($(server_stat rx_packets) + $(server_stat rx_dropped) - tx0))" == "$tx"
	expect "intact packets at the sink" "$(sunk 5000 received)" '<=' "$tx"
	expect "corrupted packets at the sink" "$(sunk 5000 corrupted)" == 0
	expect "packets out of order at the sink" "$(sunk 5000 reordered)" == 0
	expect "duplicates at the sink" "$(sunk 5000 duplicates)" == 0
}

test_10kpps() {
	at 10kpps 30000 two-queues
	timely expect "packets lost" "$(sunk 5000 lost)" == 0
}

test_50kpps() {
	needs_speed
	at 50kpps 150000 two-queues
}

test_200kpps() {
	needs_speed
	at 200kpps 400000 two-queues
}

test_overload() {
	needs_speed
	at max 1000000 two-queues
}

# What the slow function can do is measured first, at a rate far beyond.
LIMIT[test_twice_the_capacity]=90
test_twice_the_capacity() {
	local before capacity
	needs_speed
	agent_start c0 --pipeline "$PIPES/slow-nf.click"
	gen_start 40kpps 100000 5000
	sleep 0.5
	before=$(ask status .totals.tx)
	sleep 1
	capacity=$(($(ask status .totals.tx) - before))
	stop_pid "$BG"
	agent_stop
	note "capacity $capacity packets in a second"
	expect "capacity" "$capacity" '>' 1000
	at $((2 * capacity))pps $((6 * capacity)) slow-nf
	expect "queue_full drops" "$(ask status .drops.queue_full)" '>' 0
	timely expect "packets sent on, of those received" "$(ask status '.totals.tx / .totals.rx')" '>=' 0.1
	timely expect "packets sent on, of those received" "$(ask status '.totals.tx / .totals.rx')" '<=' 0.9
}

# A queue that overflows names its drops, and forwards again afterwards.
test_queue_overflow() {
	agent_start c0 --pipeline "$PIPES/slow-nf.click"
	traffic 20kpps 20000 5000
	conserved
	expect "queue_full drops" "$(ask status .drops.queue_full)" '>' 1000
	expect "packets dropped by q1" "$(queue q1 .drops)" == "$(ask status '.drops.queue_full + .drops.rx_lost')"
	expect "packets sent on" "$(ask status .totals.tx)" '>=' 64
	expect "packets out of order at the sink" "$(sunk 5000 reordered)" == 0
	traffic 200pps 100 5000
	timely arrived 5000 100
	conserved
}

# Stopping in the middle of traffic loses no account: the last words of the agent add up.
test_detach_under_load() {
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	gen_start 20kpps 60000 5000
	sleep 1
	agent_stop
	detached c0 s0
	ping_works 1
	wait "$BG" || true
}

net_main "$@"
