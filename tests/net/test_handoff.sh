#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Extra workers: queues are moved to them and back while packets flow, by hand and by the controller; no packet is lost or overtaken.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034
NOT_IN_VM="rings between workers do not depend on the kernel"

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

one_queue_moved() { [ "$(ask queue show '[.queues[].worker] | add')" = 1 ]; }
moves_one() { until_true 12 one_queue_moved || fail "no queue, or both, went to the extra worker: $(ask queue show '[.queues[].worker] | tojson')"; }

# Two flows of which each keeps a worker busy for two thirds of the time: one of their queues goes to the other worker.
test_moved_by_the_controller() {
	local ns rate
	[ "$(nproc)" -ge 2 ] || skip "one CPU"
	echo 'InfiniteSource -> Bypass(60000) -> Discard;' >"$T/one.click"
	ns=$("$AGENT" bench "$T/one.click" --seconds 1 -j | jq '.ns_per_packet | round') || fail "bench failed"
	rate=$((660000000 / ns))
	note "$ns ns a packet, $rate packets/s for each flow"
	cat >"$T/heavy.click" <<-'END'
		cl  :: IPClassifier(udp and dst port 5000, udp and dst port 5001, -);
		out :: EtherRewrite(SRC 02:00:00:00:02:01, DST 02:00:00:00:02:02);
		FromDevice($IFACE) -> cl;
		cl[0] -> q1 :: Queue(CAPACITY 1024) -> n1 :: Bypass(60000) -> out;
		cl[1] -> q2 :: Queue(CAPACITY 1024) -> n2 :: Bypass(60000) -> out;
		cl[2] -> ToHost;
		out -> ToDevice(s0);
		Flow(a, PATH q1 n1, DELAY_SLO 10ms);
		Flow(b, PATH q2 n2, DELAY_SLO 10ms);
	END
	agent_start c0 --pipeline "$T/heavy.click" --controller slo --extra-workers 1
	gen_start "${rate}pps" $((rate * 15)) 5000
	gen_start "${rate}pps" $((rate * 15)) 5001
	timely moves_one
	"$AGENT" status >"$T/status" || fail "status failed"
	grep -q '^extra worker 1 of ' "$T/status" || fail "status says nothing of it: $(cat "$T/status")"
	agent_stop
	detached c0 s0
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
