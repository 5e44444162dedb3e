#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Extra workers: queues are moved to them and back while packets flow, by hand and by the controller; no packet is lost or overtaken.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

move() { "$AGENT" queue set "$1" worker "$2" || fail "queue set $1 worker $2 failed"; }

settled() { [ "$(queue q1 '"\(.worker) \(.moving)"')" = "$1 false" ]; }

# refuses PATTERN ARGUMENTS...: queue set fails, saying so
refuses() {
	local pattern=$1
	shift
	if "$AGENT" queue set "$@" 2>"$T/refused"; then fail "queue set $*: status 0"; fi
	grep -Eq -- "$pattern" "$T/refused" || fail "queue set $*: says '$(cat "$T/refused")', expected /$pattern/"
}

test_moved_by_hand() {
	local sink gen moves=0
	agent_start c0 --pipeline "$PIPES/slow-queue.click" --extra-workers 1 --decompose none
	expect "queue and worker" "$(queue q1 '"\(.worker) \(.moving) \(.stays)"')" = "0 false null"
	expect "extra workers" "$(ask status '.workers.extra | length')" == 1
	sink_start 5000
	sink=$BG
	gen_start 10kpps 40000 5000
	gen=$BG
	while kill -0 "$gen" 2>/dev/null; do
		move q1 1
		until_true 5 settled 1 || fail "q1 did not go to worker 1"
		move q1 home
		until_true 5 settled 0 || fail "q1 did not come back"
		moves=$((moves + 2))
	done
	gen_end "$gen" 5000
	wait "$sink" || fail "batchy-gen sink: $(tail -n 1 "$T/sink-5000.json.err")"
	note "$moves moves; sent $(sent 5000), received $(sunk 5000 received); extra worker: $(ask status '.workers.extra[0] | tojson')"
	expect "moves" "$moves" '>=' 10
	expect "packets out of order" "$(sunk 5000 reordered)" == 0
	expect "duplicates" "$(sunk 5000 duplicates)" == 0
	expect "corrupted packets" "$(sunk 5000 corrupted)" == 0
	expect "CPU time of the extra worker, ns" "$(ask status '.workers.extra[0].cpu_ns')" '>' 0
	conserved
	timely arrived 5000 40000
}

# Nothing comes but a few packets: each waits for no more than its deadline, wherever its queue is served.
test_wakes_up() {
	agent_start c0 --pipeline "$PIPES/slow-queue.click" --extra-workers 1 --spin-max 0
	move q1 1
	traffic 100pps 100 5000
	timely arrived 5000 100
	expect "queue and worker" "$(queue q1 .worker)" == 1
	conserved
}

test_stopped_while_handed_over() {
	agent_start c0 --pipeline "$PIPES/slow-nf.click" --extra-workers 2
	move q1 2
	gen_start 40kpps 100000 5000
	sleep 1
	agent_stop
	stop_pid "$BG"
	detached c0 s0
	ping_works 1
}

test_refused() {
	agent_refuses 'not with --schedule wfq' c0 --pipeline "$PIPES/two-queues.click" --extra-workers 1 --schedule wfq
	printf '%s\n' "FromDevice(\$IFACE) -> q1 :: Queue -> out :: ToDevice(s0);" >"$T/none.click"
	agent_start c0 --pipeline "$T/none.click" --extra-workers 1
	refuses 'cannot be moved: out \(ToDevice\) behind it stays, because it sends' q1 worker 1
	refuses 'worker 2: its pipeline has 1' q1 worker 2
	expect "why it stays" "$(queue q1 .stays)" = "out: it sends"
	expect "column" "$("$AGENT" queue show | awk '$1 == "q1" { print $4 }')" = stays
	"$AGENT" queue set q1 worker home worker auto || fail "queue set q1 worker auto failed"
}

net_main "$@"
