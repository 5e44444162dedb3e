#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The verbs against a real agent, real interfaces and real connections: doctor, tcp, top, metrics, pins, live settings.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

doctor_says() { jq -r --arg n "$1" '.checks[] | select(.name == $n) | .status' "$T/doctor.json"; }

doctor() {
	local rc=0
	"$AGENT" doctor "$1" -j >"$T/doctor.json" || rc=$?
	expect "exit status of doctor $1" "$rc" == "$2"
}

test_doctor_tells_and_attaches_nothing() {
	doctor c0 0
	expect "another program" "$(doctor_says iface_program)" = ok
	expect "MTU" "$(doctor_says iface_mtu)" = ok
	expect "veth notes" "$(doctor_says veth_gro)" = warn
	expect "AF_XDP" "$(doctor_says af_xdp)" = ok
	detached c0
	expect "qdisc of lo" "$(tc qdisc show dev lo | grep -c fq)" == 0
	ip link set c0 down
	doctor c0 1
	expect "interface that is down" "$(doctor_says iface)" = fail
	ip link set c0 up
	doctor nosuch0 1
	agent_start c0
	doctor c0 0
	expect "our own program" "$(doctor_says iface_program)" = ok
	case $(ask status '.interfaces[0].attach') in
	dispatcher) expect "sharing by the dispatcher" "$(doctor_says xdp_dispatcher)" = ok ;;
	*) expect "sharing without the dispatcher" "$(doctor_says xdp_dispatcher)" = warn ;;
	esac
}

# It is the MTU of a veth's peer that native XDP is bound to.
test_doctor_and_attach_agree_on_the_mtu() {
	ip link set c0 mtu 9000
	in_client ip link set eth0 mtu 3506
	doctor c0 0
	expect "MTU 3506 at the peer" "$(doctor_says iface_mtu)" = ok
	agent_start c0 --mode native
	agent_stop
	in_client ip link set eth0 mtu 3507
	doctor c0 1
	expect "MTU 3507 at the peer" "$(doctor_says iface_mtu)" = fail
	agent_refuses "other end, 3507.*use --mode generic" c0
	agent_start c0 --mode generic
	agent_stop
	ip tuntap add d0 mode tap || skip "no tap devices"
	ip link set d0 mtu 9000 up
	doctor d0 0
	expect "MTU 9000 of a driver that may take it" "$(doctor_says iface_mtu)" = warn
	ip link del d0
}

test_pinned_programs_outlive_the_agent() {
	agent_start c0 --pin
	ping_works 1
	agent_stop
	if ! xdp_on c0; then fail "--pin left nothing on c0"; fi
	ping_works
	doctor c0 0
	expect "pins" "$(doctor_says pins)" = warn
	"$AGENT" detach c0 || fail "detach without an agent failed"
	detached c0
	doctor c0 0
	expect "pins" "$(doctor_says pins)" = ok
	! "$AGENT" detach c0 2>/dev/null || fail "detached twice"
}

# fetch URL-PATH [METHOD]: headers and body into $T/http
fetch() {
	timeout 10 python3 - "$1" "${2:-GET}" >"$T/http" <<-'PY'
	import http.client, sys
	c = http.client.HTTPConnection("127.0.0.1", 9464, timeout=5)
	c.request(sys.argv[2], sys.argv[1])
	r = c.getresponse()
	print(r.status, r.getheader("Content-Type"))
	print(r.read().decode(), end="")
	PY
} 2>/dev/null

test_metrics_count_what_status_counts() {
	agent_start c0 --metrics 127.0.0.1:9464
	ping_works
	ping_router
	until_true 3 same_count || fail "metrics: $(metric), status: $(ask status .totals.rx)"
	expect "packets counted" "$(metric)" '>' 5
	expect "status and type" "$(head -n 1 "$T/http")" = "200 application/openmetrics-text; version=1.0.0; charset=utf-8"
	expect "last line" "$(tail -n 1 "$T/http")" = "# EOF"
	fetch /
	expect "status of /" "$(head -c 3 "$T/http")" = 404
	fetch /metrics POST
	expect "status of POST" "$(head -c 3 "$T/http")" = 405
	agent_refuses 'already' s0 --metrics 127.0.0.1:9465
}

metric() { sed -n 's/^batchy_received_packets_total //p' "$T/http"; }
same_count() { fetch /metrics && [ "$(metric)" = "$(ask status .totals.rx)" ]; }

# A scraper that connects and says nothing, or leaves in the middle, is nobody's problem.
test_metrics_survive_bad_clients() {
	agent_start c0 --metrics 127.0.0.1:9464
	cat >"$T/hold.py" <<-'PY'
	import os, socket, time
	held = []
	try:
	    for i in range(40):
	        s = socket.create_connection(("127.0.0.1", 9464), 0.5)
	        s.sendall([b"", b"GET /met", os.urandom(3000), b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"][i % 4])
	        held.append(s)
	except TimeoutError: # as many as it takes at once
	    print("held", len(held))
	print("ready", flush=True)
	time.sleep(15)
	PY
	bg held.log python3 "$T/hold.py"
	until_true 10 grep -q ready "$T/held.log" || fail "cannot connect: $(cat "$T/held.log.err")"
	agent_answers || fail "no answer on the control socket"
	until_true 12 fetch /metrics || fail "clients that say nothing keep their places for ever"
	expect "status" "$(head -c 3 "$T/http")" = 200
}

test_tcp_finds_the_connection() {
	cat >"$T/peer.py" <<-'PY'
	import socket, sys, time
	if sys.argv[1] == "server":
	    l = socket.create_server(("10.77.2.2", 7777))
	    print("listening", flush=True)
	    s, _ = l.accept()
	    print(len(s.recv(100000, socket.MSG_WAITALL)), flush=True)
	else:
	    s = socket.create_connection(("10.77.2.2", 7777), 5)
	    s.sendall(b"x" * 100000)
	    print("sent", flush=True)
	time.sleep(20)
	PY
	bg server.log ip netns exec "$(netns_name s)" python3 "$T/peer.py" server
	until_true 5 grep -q listening "$T/server.log" || fail "no server: $(cat "$T/server.log.err")"
	bg client.log ip netns exec "$(netns_name c)" python3 "$T/peer.py" client
	until_true 5 grep -q 100000 "$T/server.log" || fail "the server did not get it all"
	in_client "$AGENT" tcp --filter 'dport 7777 and dst 10.77.2.0/24' -j >"$T/tcp.json"
	expect connections "$(jq '.connections | length' "$T/tcp.json")" == 1
	expect "the connection" "$(jq -c '.connections[0] | [.saddr, .daddr, .state, .comm, .bytes_sent]' "$T/tcp.json")" = \
		'["10.77.1.2","10.77.2.2","established","python3",100000]'
	expect srtt "$(jq '.connections[0].srtt_us' "$T/tcp.json")" '>' 0
	expect "bytes received" "$(in_server "$AGENT" tcp -j | jq '.connections[] | select(.sport == 7777).bytes_received')" == 100000
	expect "other filter" "$(in_client "$AGENT" tcp --filter 'dport 7778' -j | jq '.connections | length')" == 0
	expect "router" "$("$AGENT" tcp -j | jq '.connections | length')" == 0
}

test_top_prints_blocks() {
	agent_start c0 --pipeline "$NET_DIR/pipelines/controlled.click"
	"$AGENT" top --count 2 --interval 200ms >"$T/top.log"
	expect blocks "$(grep -c '^batchy-agent ' "$T/top.log")" == 2
	grep -q '^q1 ' "$T/top.log" || fail "no queue in it: $(cat "$T/top.log")"
	grep -q '^bulk ' "$T/top.log" || fail "no flow in it: $(cat "$T/top.log")"
	expect "documents with -j" "$("$AGENT" top -j | jq -s length)" == 1
}

test_settings_change_while_it_runs() {
	agent_start c0 --pipeline "$NET_DIR/pipelines/controlled.click"
	"$AGENT" queue set q1 trigger 3 deadline 700us
	expect "trigger and deadline" "$(ask queue show '.queues[0] | "\(.trigger) \(.deadline_ns)"')" = "3 700000"
	"$AGENT" queue set q1 deadline auto
	expect "trigger stays, deadline is free" "$(ask queue show '.queues[0] | "\(.trigger) \(.manual)"')" = "3 true"
	"$AGENT" queue set q1 trigger auto
	expect "all free" "$(ask queue show '.queues[0].manual')" = false
	"$AGENT" flow set bulk slo 5ms
	expect "objective" "$(ask flow show '.flows[0].delay_slo_ns')" == 5000000
	! "$AGENT" queue set nosuch trigger 3 2>"$T/err" || fail "set a queue that is not there"
	grep -q nosuch "$T/err" || fail "says only: $(cat "$T/err")"
	! "$AGENT" flow set nosuch slo 1ms 2>/dev/null || fail "set a flow that is not there"
	! "$AGENT" controller set nosuch 2>/dev/null || fail "took a controller that is not there"
	expect "controller" "$(ask controller show .controller)" = slo
}

net_main "$@"
