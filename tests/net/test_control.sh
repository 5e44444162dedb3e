#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The control socket against input that is wrong, too much, or never finished, and against other users.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034
NOT_IN_VM="nothing in it depends on the kernel"

socket_path() { find /run/batchy -type s | head -n 1; }

still_answers() {
	timeout 3 "$AGENT" status -j >/dev/null || fail "no answer after $1"
	kill -0 "$AGENT_PID" || fail "the agent ended after $1"
}

# talk PYTHON: s is a connected socket
talk() {
	timeout 20 python3 - "$(socket_path)" <<-PY || true
	import socket, sys, os, time
	def connect():
	    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
	    s.settimeout(2)
	    s.connect(sys.argv[1])
	    return s
	s = connect()
	$1
	PY
}

test_garbage_is_survived() {
	agent_start c0
	talk 's.sendall(os.urandom(4096))'
	still_answers "random bytes"
	talk 's.sendall(b"\\n\\n\\n{}\\n[]\\nnull\\n\\0\\0\\n\"a\"\\n")'
	still_answers "JSON that is no request"
	talk 's.sendall(b"{" * 100000 + b"\\n")'
	still_answers "deep nesting"
	talk 's.sendall(b"{\"verb\":\"status\",\"verb\":5,\"args\":[[[]]]}\\n"); print(s.recv(100))'
	still_answers "wrong types"
}

test_oversized_request_is_refused() {
	agent_start c0
	talk 'for i in range(256): s.sendall(b"x" * 65536)'
	still_answers "16 MB without an end"
	expect "resident memory in kB" "$(sed -n 's/^VmRSS:[\t ]*\([0-9]*\).*/\1/p' "/proc/$AGENT_PID/status")" '<' 200000
}

test_half_requests_do_not_block() {
	agent_start c0
	bg half.log timeout 20 python3 -c '
import socket, sys, time
held = []
for i in range(64):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(2)
    try:
        s.connect(sys.argv[1])
        s.sendall(b"{\"ver")
        held.append(s)
    except OSError as e:
        print("after", i, e)
        break
print("holding", len(held), flush=True)
time.sleep(10)' "$(socket_path)"
	until_true 5 grep -q holding "$T/half.log" || fail "cannot connect: $(cat "$T/half.log")"
	until_true 8 agent_answers || fail "no answer while half requests are open"
	stop_pid "$BG"
	still_answers "half requests"
}

test_other_users_are_refused() {
	local rc=0
	need setpriv
	agent_start c0
	expect "mode of the socket" "$(stat -c %a "$(socket_path)")" = 600
	cp "$AGENT" "$T/agent-copy"
	chmod 755 "$T" "$T/agent-copy"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$T/agent-copy" status -j >"$T/other.log" 2>&1 || rc=$?
	expect "status as another user" "$rc" == 1
	grep -Eqi 'permission|root|denied' "$T/other.log" || fail "says only: $(cat "$T/other.log")"
	still_answers "a stranger"
}

test_no_agent_is_said() {
	local rc=0 verb
	for verb in status "queue show" "element show" "flow show" "controller show" "detach c0"; do
		rc=0
		# shellcheck disable=SC2086
		timeout 5 "$AGENT" $verb >"$T/out" 2>"$T/err" || rc=$?
		expect "status of '$verb' without an agent" "$rc" == 1
		grep -q '^batchy-agent: ' "$T/err" || fail "'$verb' without an agent says: $(cat "$T/err")"
	done
}

# A socket file that a killed agent left is no agent.
test_stale_socket() {
	agent_start c0
	kill -KILL "$AGENT_PID"
	wait "$AGENT_PID" 2>/dev/null || true
	AGENT_PID=
	[ -n "$(socket_path)" ] || note "the socket is not a file"
	agent_start c0
	ping_works 1
}

net_main "$@"
