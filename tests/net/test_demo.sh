#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/run.sh, the first command people try: it runs, says what it saw, and leaves nothing, however it ends.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034
NOT_IN_VM="shown once, on the machine itself"

LIMIT[test_demo_5_seconds]=120
test_demo_5_seconds() {
	timeout 90 "$TOP/scripts/run.sh" --seconds 5 >"$T/demo.log" 2>&1 || fail "status $?: $(tail -n 3 "$T/demo.log")"
	grep -Eq '^packets forwarded: +[1-9]' "$T/demo.log" || fail "no packets forwarded: $(tail -n 8 "$T/demo.log")"
	grep -Eq '^wait p95 in bulk: ' "$T/demo.log" || fail "no wait in the summary: $(tail -n 8 "$T/demo.log")"
	grep -q "$SERVER_IP:5201" "$T/demo.log" || fail "no TCP connection in the table: $(tail -n 15 "$T/demo.log")"
}

LIMIT[test_demo_is_interrupted]=120
test_demo_is_interrupted() {
	local sig pid
	for sig in INT TERM; do
		# a shell starts what it puts in the background with SIGINT ignored; a terminal does not
		setsid env --default-signal=INT "$TOP/scripts/run.sh" >"$T/demo.log" 2>&1 &
		pid=$!
		PIDS+=("$pid")
		until_true 60 grep -q '^queue ' "$T/demo.log" || fail "no table after 60 s: $(tail -n 3 "$T/demo.log")"
		kill -"$sig" "$pid"
		until_true 15 gone "$pid" || fail "still running 15 s after SIG$sig"
		until_true 3 no_demo_process || fail "processes left after SIG$sig: $(pgrep -la 'batchy|iperf3' | tr '\n' ' ')"
	done
}

gone() { ! kill -0 "$1" 2>/dev/null; }
no_demo_process() { ! pgrep 'batchy|iperf3' >/dev/null; }

test_unknown_interface() {
	local rc=0
	timeout 90 "$TOP/scripts/run.sh" nope0 --seconds 1 >"$T/demo.log" 2>&1 || rc=$?
	expect "exit status" "$rc" == 1
	grep -q nope0 "$T/demo.log" || fail "does not name the interface: $(tail -n 2 "$T/demo.log")"
}

net_main "$@"
