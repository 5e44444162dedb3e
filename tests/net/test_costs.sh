#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What elements cost, in a running agent: from a file, and learned; files that are missing, broken, or of another machine.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034
NOT_IN_VM="nothing in it depends on the kernel"

# Two that the file knows, one of them with other arguments, and one that it does not know.
pipeline() {
	cat >"$T/costs.click" <<-'CLICK'
		// SPDX-License-Identifier: GPL-2.0-or-later
		in :: FromDevice($IFACE);
		in -> q :: Queue(DEADLINE 5ms) -> a :: Bypass(100, 1000) -> b :: Bypass(50, 500) -> c :: Counter -> ToHost;
	CLICK
}

element() { ask element show ".elements[] | select(.name == \"$1\") | $2"; }

# entry CLASS ARGS T0 T1
entry() {
	printf '{"class": "%s", "args": "%s", "entries": 0, "t0_ns": %s, "t1_ns": %s, "t0_err_ns": 1, "t1_err_ns": 1, "resid_ns": 1}' "$@"
}

cpu() { sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1 | tr -s ' ' | sed 's/ $//'; }

test_profiled_and_learned() {
	pipeline
	printf '{"version": 1, "cpu": "%s", "elements": [%s]}' "$(cpu)" \
		"$(entry Bypass 'CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000' 400 40)" >"$T/costs.json"
	agent_start c0 --pipeline "$T/costs.click" --costs "$T/costs.json"
	expect "match of a" "$(element a .profile_match)" = exact
	expect "T0 of a" "$(element a .profile_t0_ns)" == 400
	expect "T1 of a" "$(element a .profile_t1_ns)" == 40
	expect "match of b" "$(element b .profile_match)" = class
	grep -qF 'costs of b (Bypass): profiled as Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000)' "$T/agent.log" || fail "b: $(cat "$T/agent.log")"
	expect "match of c" "$(element c .profile_match)" = none
	expect "T0 of c" "$(element c .profile_t0_ns)" = null
	expect "learned of a" "$(element a .t0_ns)" = null
	"$AGENT" element show >"$T/text"
	grep -Eq '^a +Bypass .* 400ns +40ns +exact' "$T/text" || fail "element show: $(cat "$T/text")"
	traffic 20kpps 40000 5000
	if [ "$(element a .t0_ns)" != null ]; then
		expect "learned T0 of a" "$(element a .t0_ns)" '<' 100000
		expect "learned T1 of a" "$(element a .t1_ns)" '<' 10000
	fi
	expect "estimates that made no sense" "$(ask status .estimates.bad)" '>=' 0
	expect "interruptions" "$(ask status .estimates.interrupted)" '>=' 0
	! grep -q 'another\|measured on' "$T/agent.log" || fail "warns of its own CPU: $(cat "$T/agent.log")"
}

test_other_cpu_is_said() {
	pipeline
	printf '{"version": 1, "cpu": "Babbage 1", "elements": [%s]}' "$(entry Counter '' 3 1)" >"$T/costs.json"
	agent_start c0 --pipeline "$T/costs.click" --costs "$T/costs.json"
	grep -q 'measured on CPU Babbage 1, this is CPU' "$T/agent.log" || fail "says nothing: $(cat "$T/agent.log")"
	expect "used all the same" "$(element c .profile_match)" = exact
}

test_original_file() {
	pipeline
	echo '{"Bypass": {"T_1": 0.25, "T_0": 68.5, "stat": "average"}}' >"$T/costs.json"
	agent_start c0 --pipeline "$T/costs.click" --costs "$T/costs.json"
	expect "match of a" "$(element a .profile_match)" = class
	expect "T0 of a" "$(element a .profile_t0_ns)" '>=' 68
}

test_missing_file_is_refused() {
	pipeline
	agent_refuses 'make it with .batchy-agent profile' c0 --pipeline "$T/costs.click" --costs "$T/gone.json"
}

test_broken_files_are_refused() {
	pipeline
	echo '{"version": 1, "elem' >"$T/costs.json"
	agent_refuses 'costs.json:1: not JSON' c0 --pipeline "$T/costs.click" --costs "$T/costs.json"
	printf '{"version": 1, "cpu": "x", "elements": [%s]}' "$(entry ACL '' -3 1)" >"$T/costs.json"
	agent_refuses 'elements\[0\] \(ACL\): t0_ns: expected nanoseconds' c0 --pipeline "$T/costs.click" --costs "$T/costs.json"
}

net_main "$@"
