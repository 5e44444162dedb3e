#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every stage of starting: a signal, or a failure of the system, at each call that makes something. strace brings them about.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034
NOT_IN_VM="where a signal or a failure comes does not depend on the kernel"

PIPE=$NET_DIR/pipelines/two-queues.click
MADE=0 REFUSED=0

# The calls by which an agent makes what must not stay, and the error that each may well meet.
CALLS="mkdir:EACCES flock:ENOLCK signalfd4:EMFILE timerfd_create:EMFILE epoll_create1:EMFILE eventfd2:EMFILE
	socket:EMFILE bind:ENODEV listen:EADDRINUSE epoll_ctl:ENOMEM bpf:ENOMEM setsockopt:ENOBUFS ioctl:ENODEV
	clone3:EAGAIN sched_setaffinity:EINVAL timerfd_settime:EINVAL"

# start_with CALL INJECTION...: starts an agent that is told to end as soon as it listens; status in RC
start_with() {
	local call=$1 i fuse=off inject=()
	shift
	# a compiler makes directories and processes; under strace it takes two thirds of the time
	case $call in mkdir | clone3) fuse=auto ;; esac
	for i in "$@" epoll_wait:signal=SIGTERM:when=1; do inject+=(-e "inject=$i"); done
	RC=0
	timeout -k 5 30 strace -f -qq -o "$T/trace" -e "trace=$call,epoll_wait" "${inject[@]}" \
		"$AGENT" attach c0 --pipeline "$PIPE" --fuse "$fuse" >"$T/agent.log" 2>&1 || RC=$?
}

# times CALL: how often the agent's main thread makes it; also that it starts and ends here when nothing is wrong
times() {
	start_with "$1"
	expect "status of an agent that ends at once" "$RC" == 0
	awk -v c="$1" 'NR == 1 { pid = $1 } $1 == pid && index($2, c "(") == 1 { n++ } END { print n + 0 }' "$T/trace"
}

# some_of N MAX: of so many calls, which ones to try: the first and the last, and evenly between
some_of() { awk -v n="$1" -v max="$2" 'BEGIN { s = n > max ? n / max : 1; for (i = 1; i <= n; i += s) print int(i) }'; }

nothing_left() {
	detached c0 s0
	[ -z "$(find /run/batchy -mindepth 1 2>/dev/null)" ] || fail "$1: left $(find /run/batchy -mindepth 1)"
	if pgrep -x batchy-agent >/dev/null; then fail "$1: it still runs"; fi
	MADE=$((MADE + 1))
}

# Either it ends before it has made anything, or as one that was asked to.
LIMIT[test_sigterm_at_every_stage]=240
test_sigterm_at_every_stage() {
	local call n
	need strace
	for call in $CALLS; do
		call=${call%:*}
		for n in $(some_of "$(times "$call")" 24); do
			start_with "$call" "$call:signal=SIGTERM:when=$n"
			[ "$RC" = 0 ] || [ "$RC" = 143 ] || fail "SIGTERM at $call $n: status $RC: $(tail -n 1 "$T/agent.log")"
			nothing_left "SIGTERM at $call $n"
		done
	done
	note "at $MADE calls"
	expect "calls tried" "$MADE" '>=' 80
	ping_works 1
}

# What can be done without is done without; for the rest it says what is wrong and takes back what it had made.
LIMIT[test_every_call_fails]=240
test_every_call_fails() {
	local call error n
	need strace
	for call in $CALLS; do
		error=${call#*:} call=${call%:*}
		for n in $(some_of "$(times "$call")" 24); do
			start_with "$call" "$call:error=$error:when=$n"
			[ "$RC" = 0 ] || [ "$RC" = 1 ] || fail "$error at $call $n: status $RC: $(tail -n 1 "$T/agent.log")"
			if [ "$RC" = 1 ]; then
				grep -q '^batchy-agent: attach: ' "$T/agent.log" || fail "$error at $call $n: says '$(cat "$T/agent.log")'"
				REFUSED=$((REFUSED + 1))
			fi
			nothing_left "$error at $call $n"
		done
	done
	note "$MADE calls failed, $REFUSED of them were a reason to refuse"
	expect "calls tried" "$MADE" '>=' 80
	expect "refusals" "$REFUSED" '>=' 40
	ping_works 1
}

# A daemon whose caller was killed before it was ready serves nobody: it ends, and takes back what it had made.
test_daemon_whose_caller_dies() {
	need strace
	# the first one after the fork, by fdopen()
	strace -qq -o "$T/trace" -e trace=fcntl -e inject=fcntl:signal=SIGKILL:when=1 \
		"$AGENT" attach c0 --pipeline "$PIPE" --daemon >"$T/agent.log" 2>&1 || true
	grep -q 'killed by SIGKILL' "$T/trace" || fail "the caller was not killed: $(tail -n 1 "$T/trace")"
	until_true 15 no_process || fail "the daemon still runs: $(tail -n 1 "$T/agent.log")"
	[ -d /run/batchy ] || fail "no daemon was started"
	nothing_left "a dead caller"
	ping_works 1
}

no_process() { ! pgrep -x batchy-agent >/dev/null; }

# A low limit on open files is the likeliest of these failures: the message must name it.
test_too_few_files() {
	local rc=0
	(ulimit -n 30 && exec timeout 20 "$AGENT" attach c0 --pipeline "$PIPE") >"$T/refused.log" 2>&1 || rc=$?
	expect "exit status" "$rc" == 1
	grep -q '^batchy-agent: attach: .*Too many open files' "$T/refused.log" || fail "says: $(cat "$T/refused.log")"
	if grep -q 'rebuild' "$T/refused.log"; then fail "gives wrong advice: $(cat "$T/refused.log")"; fi
	nothing_left "30 open files"
	ping_works 1
}

net_main "$@"
