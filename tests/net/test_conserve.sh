#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets are conserved at any rate: received = sent + passed + dropped (by reason) + queued, and none counted is missing
# on the wire behind.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

stat_of() { cat "/sys/class/net/$1/statistics/$2"; }
server_stat() { in_server cat "/sys/class/net/eth0/statistics/$1"; }

# at RATE COUNT: sends, and compares the agent's totals with the drivers' counters
at() {
	local rx0 tx0 rx tx pass drop
	agent_start c0 --pipeline "$PIPES/two-queues.click"
	rx0=$(stat_of c0 rx_packets) tx0=$(server_stat rx_packets)
	traffic "$1" "$2" 5000
	conserved
	rx=$(ask status .totals.rx) tx=$(ask status .totals.tx) pass=$(ask status .totals.pass) drop=$(ask status .totals.drop)
	note "rx $rx tx $tx pass $pass drop $drop; $(ask status '.drops | with_entries(select(.value > 0)) | tojson')"
	expect "sum of drops by reason" "$(ask status '[.drops[]] | add')" == "$drop"
	expect "packets that c0 gave to XDP" "$(($(stat_of c0 rx_packets) - rx0))" == "$rx"
	expect "packets that left towards the server and arrived or were dropped by its driver" \
		"$(($(server_stat rx_packets) + $(server_stat rx_dropped) - tx0))" '<=' "$tx"
	expect "intact packets at the sink" "$(sunk 5000 received)" '<=' "$tx"
	expect "corrupted packets at the sink" "$(sunk 5000 corrupted)" == 0
	expect "packets out of order at the sink" "$(sunk 5000 reordered)" == 0
	expect "duplicates at the sink" "$(sunk 5000 duplicates)" == 0
}

test_10kpps() {
	at 10kpps 30000
	timely expect "packets lost" "$(sunk 5000 lost)" == 0
}

test_50kpps() {
	needs_speed
	at 50kpps 150000
}

test_200kpps() {
	needs_speed
	at 200kpps 400000
}

test_overload() {
	needs_speed
	at max 1000000
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
