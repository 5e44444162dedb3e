#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/test.sh itself: what crashes, hangs, says nothing or runs fewer tests than it planned is a failure. Programs that do
# so are made here, as scripts that print what cmocka would.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
W=$(mktemp -d "${TMPDIR:-/tmp}/bty-runner-XXXXXX")
trap 'rm -rf "$W"' EXIT

# judged "SCRIPT TEXT" -> "passed failed skipped", as run_cmocka counts a program of that text
judged() { judged_by 'run_cmocka t "$W/prog" "$LIMIT" env' "$1"; }
judged_script() { judged_by 'run_script t "$LIMIT" "$W/prog"' "$1"; }

judged_by() {
	printf '#!/usr/bin/env bash\n%b\n' "$2" >"$W/prog"
	chmod +x "$W/prog"
	(
		# shellcheck source=scripts/test.sh
		. "$HERE/../../scripts/test.sh"
		# shellcheck disable=SC2034 # in what is evaluated
		LIMIT=2
		LOGS=$W
		eval "$1" >"$W/out" 2>&1
		echo "$PASSED $FAILED $SKIPPED"
	)
}

# limit_of PROGRAM: the seconds it may take
limit_of() {
	(
		# shellcheck source=scripts/test.sh
		. "$HERE/../../scripts/test.sh"
		# shellcheck disable=SC2317 # called by run_one
		run_cmocka() { echo "$3"; }
		# shellcheck disable=SC2317
		run_script() { echo "$2"; }
		run_one "$1"
	)
}

# expect NAME "passed failed skipped" JUDGED
expect() {
	if [ "$2" = "$3" ]; then echo "ok $1"; else
		echo "not ok $1: counted '$3' passed, failed, skipped; expected '$2'"
		BAD=1
	fi
}

BAD=0
expect all_pass "2 0 0" "$(judged 'echo 1..2; echo "ok 1 - a"; echo "ok 2 - b"')"
expect one_fails "1 1 0" "$(judged 'echo 1..2; echo "ok 1 - a"; echo "not ok 2 - b"; exit 1')"
expect one_is_skipped "1 0 1" "$(judged 'echo 1..2; echo "ok 1 - a"; echo "not ok 2 # SKIP b"')"
expect crash_is_a_failure "1 1 0" "$(judged 'echo 1..2; echo "ok 1 - a"; kill -SEGV $$')"
expect crash_at_exit_is_a_failure "1 1 0" "$(judged 'echo 1..1; echo "ok 1 - a"; kill -ABRT $$')"
expect status_counts "1 1 0" "$(judged 'echo 1..1; echo "ok 1 - a"; exit 23')"
expect too_few_is_a_failure "1 1 0" "$(judged 'echo 1..2; echo "ok 1 - a"')"
expect silence_is_a_failure "0 1 0" "$(judged 'true')"
expect hang_is_a_failure "1 1 0" "$(judged 'echo 1..2; echo "ok 1 - a"; sleep 30')"
expect script_passes "1 0 1" "$(judged_script 'echo "ok a 1.0s"; echo "skip b 0.1s: no"')"
expect script_fails "1 1 0" "$(judged_script 'echo "ok a 1.0s"; echo "not ok b 1.0s: why"; exit 1')"
expect script_crashes "1 1 0" "$(judged_script 'echo "ok a 1.0s"; exit 3')"
expect script_is_silent "0 1 0" "$(judged_script 'true')"
expect script_hangs "1 1 0" "$(judged_script 'echo "ok a 1.0s"; sleep 30')"

# together PROGRAM...: as run_together counts programs of which run_one is the name's meaning
together() {
	(
		# shellcheck source=scripts/test.sh
		. "$HERE/../../scripts/test.sh"
		LOGS=$W
		# shellcheck disable=SC2317 # called by run_together
		run_one() {
			case $1 in
			*good) result ok "$1" 0.1s ;;
			*bad) result FAIL "$1" 0.1s ;;
			*none) result skip "$1" - ;;
			*killed) kill -9 "$BASHPID" ;;
			esac
		}
		run_together "$@" >"$W/out" 2>&1
		echo "$PASSED $FAILED $SKIPPED ${#SLOW[@]} $(grep -c '^\(ok\|FAIL\|skip\) ' "$W/out")"
	)
}

expect together_all_count "3 1 1 4 5" "$(together 1/good 2/good 3/bad 4/none 5/good)"
expect together_the_killed_fail "2 1 0 2 3" "$(together 1/good 2/killed 3/good)"
expect together_none "0 0 0 0 0" "$(together)"

# who asks for more packets asks for more time
expect_more() {
	local usual many
	usual=$(unset "${3%=*}"; limit_of "$2")
	many=$(export "${3?}"; limit_of "$2")
	if ((many >= usual + $4)); then echo "ok $1"; else
		echo "not ok $1: $3 is given $many s instead of $usual; it takes $4 more"
		BAD=1
	fi
}

# what they took with much else on the machine
expect_more time_for_frames_in_both_places tests/packets/test_pipeline.c BTY_FRAMES=10000000 12000
expect_more time_for_frames_natively tests/packets/test_worker_fuzz.c BTY_FRAMES=10000000 4000
expect_more time_for_each_element tests/packets/test_bpf_native.c DIFF_PACKETS=1000000 1500
expect_more time_for_each_reference tests/unit/test_reference.c DIFF_PACKETS=1000000 300
expect_more time_for_tshark tests/packets/test_tshark.sh DIFF_PACKETS=1000000 10000
expect_more time_for_scapy tests/packets/test_scapy.sh BTY_SCAPY_FRAMES=20000 1000

# nothing at all ran
rc=0
out=$( (. "$HERE/../../scripts/test.sh"; summary) 2>&1) || rc=$?
expect nothing_ran "1 0 passed, 1 failed, 0 skipped" "$rc $(tail -n 1 <<<"$out")"
exit "$BAD"
