#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Elements that make packets, in workers of a pipeline that is attached: sources beside what is received, copies, captures.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

# catch_start: packets of the source that reach the server, in $T/server.pcap
catch_start() {
	need tcpdump
	bg catch in_server tcpdump --immediate-mode -ni eth0 -s 256 -B 8192 -w "$T/server.pcap" udp dst port 6000
	CATCH=$BG
	until_true 5 grep -qs listening "$T/catch.err" || fail "tcpdump does not listen: $(tail -n 1 "$T/catch.err")"
}

# How many there are by now; tcpdump counts them when it ends.
catch_end() {
	sleep 0.5
	stop_pid "$CATCH" 5 || fail "tcpdump does not end"
	sed -n 's/^\([0-9]*\) packets captured$/\1/p' "$T/catch.err"
}

element() { ask element show ".elements[] | select(.name == \"$1\") | $2"; }

made_all() { [ "$(element s .made)" = "$1" ]; }

test_source_beside_traffic() {
	catch_start
	agent_start c0 --pipeline "$PIPES/source.click" --set "FILE=$T/copy.pcap" --set RATE=2kpps --set LIMIT=4000
	traffic 1kpps 2000 5000
	timely arrived 5000 2000
	until_true 10 made_all 4000 || fail "the source has made $(element s .made)"
	conserved
	expect "packets made" "$(ask status .totals.made)" == $((4000 + 2000))
	expect "copies in the capture" "$(element copy .drops)" == 2000
	expect "of which written" "$(element copy .report.written)" == 2000
	expect "delays of what was received" "$(element m '.report.delay_ns.count > 0')" = true
	expect "delays of what was made" "$(element ms .report.delay_ns.count)" == 4000
	agent_stop
	expect "packets of the source at the server" "$(catch_end)" == 4000
	# each copy is what the client sent
	expect "packets in the file" "$(tcpdump -nr "$T/copy.pcap" udp dst port 5000 2>/dev/null | wc -l)" == 2000
}

test_source_without_a_queue() {
	catch_start
	agent_start c0 --pipeline "$PIPES/source-alone.click" --set RATE=1kpps --set LIMIT=1000
	ping_router || fail "no ping to the router"
	until_true 10 made_all 1000 || fail "the source has made $(element s .made)"
	conserved
	expect "packets sent" "$(element out .tx)" == 1000
	agent_stop
	expect "packets at the server" "$(catch_end)" == 1000
}

# At 100 packets per second a worker sleeps between them.
test_slow_source_sleeps() {
	local before after
	agent_start c0 --pipeline "$PIPES/source-alone.click" --set RATE=100pps --set LIMIT=100000
	before=$(ask status .workers.cpu_ns)
	sleep 2
	after=$(ask status .workers.cpu_ns)
	note "$((after - before)) ns of CPU in 2 s, $(element s .made) packets"
	expect "packets in 2 s" "$(element s '.made >= 100')" = true
	timely expect "CPU time of the worker in 2 s, ns" $((after - before)) '<' $((100000000 * SLOWER))
}

# More than the device takes is dropped by name, and the others still get through.
test_source_as_fast_as_it_goes() {
	agent_start c0 --pipeline "$PIPES/source-fast.click"
	traffic 1kpps 1000 5000
	expect "packets received" "$(sunk 5000 received)" '>' 0
	until_true 30 made_all 500000 || fail "the source has made $(element s .made)"
	conserved
	expect "drops by another name" "$(ask status '.drops | del(.tx_full, .tx_error) | add')" == 0
	note "$(ask status '.totals | tojson'), $(ask status '.drops.tx_full') of them tx_full"
}

test_bad_capture_is_refused() {
	printf 'FromDevice(%s) -> ToHost; FromPcap(none.pcap) -> ToDevice(s0);\n' '$IFACE' >"$T/p.click"
	agent_refuses 'none\.pcap: No such file' c0 --pipeline "$T/p.click"
	detached c0 s0
	printf 'not a capture, not at all\n' >"$T/none.pcap"
	agent_refuses 'none\.pcap: unknown file format' c0 --pipeline "$T/p.click"
	detached c0 s0
}

net_main "$@"
