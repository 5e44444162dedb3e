#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The one test command, for people and for CI: installs what is missing, builds, runs every test, as root:
#   scripts/test.sh [NAME...]     only the test programs whose name, or one of whose functions, contains NAME
#   scripts/test.sh --list        the test programs
# VMTEST=6.1|6.12|7|all|none says which kernels to boot as well (default 6.1, with NAMEs none); TEST_MINUTES is the limit for all
# (60, and 15 for every kernel beyond the first: room for a busy machine). DIFF_PACKETS=1000000 is for each case of the tests that
# compare elements with each other and with references, BTY_FRAMES=10000000 for each pipeline; tests/README.md has the commands.
# One line per test: ok, FAIL or skip, its name, seconds. Logs in build/test-logs. The last line is the result:
#   N passed, N failed, N skipped
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
TOP=$PWD
export BUILD=$TOP/build
LOGS=$BUILD/test-logs
VMTEST=${VMTEST:-6.1}
read -ra KERNELS <<<"${VMTEST/all/6.1 6.12 7}"
VM_SECONDS=1500 # each of them
# seconds that each test of that kind may take longer
MORE=$((${DIFF_PACKETS:-0} / 500 + ${BTY_FRAMES:-0} / 250))
MORE_SLOWLY=$((${DIFF_PACKETS:-0} / 100 + ${BTY_SCAPY_FRAMES:-0} / 10)) # tshark reads a frame in less than a ms
DEADLINE=$((SECONDS + ${TEST_MINUTES:-$((45 + 15 * ${#KERNELS[@]}))} * 60))
PASSED=0 FAILED=0 SKIPPED=0
SLOW=()

# --- counting

# result ok|FAIL|skip NAME TIME [WHY]
result() {
	case $1 in
	ok) PASSED=$((PASSED + 1)) ;;
	FAIL) FAILED=$((FAILED + 1)) ;;
	skip) SKIPPED=$((SKIPPED + 1)) ;;
	esac
	printf '%-4s  %-64s %7s  %s\n' "$1" "$2" "$3" "${4:-}"
	case $3 in
	*s) SLOW+=("${3%s} $2") ;;
	esac
}

summary() {
	if [ ${#SLOW[@]} -gt 0 ]; then
		echo
		echo "slowest:"
		printf '%s\n' "${SLOW[@]}" | sort -rn | awk 'NR <= 8 && $1 >= 1 { printf "  %7.1fs  %s\n", $1, $2 }'
	fi
	echo "logs in build/test-logs; $SECONDS s in all"
	[ $((PASSED + FAILED)) -gt 0 ] || { echo "no test ran: that is a failure"; FAILED=1; }
	echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
	[ "$FAILED" = 0 ]
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }
since() { local d=$(($(now_ms) - $1)); printf '%d.%ds' $((d / 1000)) $((d % 1000 / 100)); }

# limited SECONDS LOG COMMAND...: output to the log, never longer than SECONDS nor than what is left of the whole
limited() {
	local limit=$1 log=$2 left=$((DEADLINE - SECONDS))
	shift 2
	if ((left < 5)); then
		echo "the time for all tests is used up" >"$log"
		return 124
	fi
	timeout -k 20 "$((limit < left ? limit : left))" "$@" >"$log" 2>&1 </dev/null
}

why_failed() {
	case $1 in
	124 | 137) echo "time limit" ;;
	1[3-9][0-9]) echo "killed by signal $(($1 - 128))" ;;
	*) echo "exit status $1" ;;
	esac
}

# --- one program

# Counts the tests of a cmocka program from its TAP; a crash, or fewer tests than planned, is one failure more.
run_cmocka() {
	local name=$1 prog=$2 limit=$3 log=$LOGS/${1//\//-}.log rc=0 start line planned=0 seen=0 bad=0 took
	shift 3
	start=$(now_ms)
	[ -x "$prog" ] || { result FAIL "$name" - "not built"; return; }
	CMOCKA_MESSAGE_OUTPUT=TAP limited "$limit" "$log" "$@" "$prog" || rc=$?
	took=$(since "$start")
	while IFS= read -r line; do
		if [[ $line =~ ^1\.\.([0-9]+) ]]; then
			planned=$((planned + BASH_REMATCH[1]))
		elif [[ $line =~ ^(not\ )?ok\ [0-9]+\ (-\ )?\#\ (SKIP|skip)\ ?(.*) ]]; then
			seen=$((seen + 1))
			result skip "$name:${BASH_REMATCH[4]}" ""
		elif [[ $line =~ ^(not\ )?ok\ [0-9]+\ -\ (.*) ]]; then
			seen=$((seen + 1))
			if [ -z "${BASH_REMATCH[1]}" ]; then
				result ok "$name:${BASH_REMATCH[2]}" ""
			else
				bad=1
				result FAIL "$name:${BASH_REMATCH[2]}" "" "see ${log#"$TOP"/}"
			fi
		fi
	done <"$log"
	SLOW+=("${took%s} $name")
	if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then
		result FAIL "$name" "$took" "$(why_failed "$rc"); see ${log#"$TOP"/}"
	elif [ "$seen" = 0 ] || [ "$seen" -lt "$planned" ]; then
		result FAIL "$name" "$took" "$seen of $planned tests ran, $(why_failed "$rc"); see ${log#"$TOP"/}"
	fi
	if [ "$rc" != 0 ]; then tail -n 25 "$log" | sed 's/^/      | /'; fi
}

# A script that prints `ok NAME TIME`, `not ok NAME TIME: why`, `skip NAME TIME: why`; shown as it comes.
run_script() {
	local name=$1 limit=$2 log=$LOGS/${1//\//-}.log rc=0 seen=0 bad=0 line start context=()
	shift 2
	start=$(now_ms)
	mkfifo "$log.pipe"
	(limited "$limit" "$log.pipe" "$@") &
	local pid=$!
	: >"$log"
	while IFS= read -r line; do
		printf '%s\n' "$line" >>"$log"
		if [[ $line =~ ^(ok|not\ ok|skip)\ ([^\ :]+)\ ?([0-9.]+s)?:?\ ?(.*)$ ]]; then
			seen=$((seen + 1))
			case ${BASH_REMATCH[1]} in
			ok) result ok "$name:${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}" ;;
			skip) result skip "$name:${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[4]}" ;;
			*)
				bad=1
				result FAIL "$name:${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}" "${BASH_REMATCH[4]}; see ${log#"$TOP"/}"
				[ ${#context[@]} = 0 ] || printf '      %s\n' "${context[@]}" | tail -n 30
				;;
			esac
			context=()
		else
			context+=("$line")
		fi
	done <"$log.pipe"
	wait "$pid" || rc=$?
	rm -f "$log.pipe"
	if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then
		result FAIL "$name" "$(since "$start")" "$(why_failed "$rc"); see ${log#"$TOP"/}"
		[ ${#context[@]} = 0 ] || printf '      %s\n' "${context[@]}" | tail -n 15
	elif [ "$seen" = 0 ]; then
		result FAIL "$name" "$(since "$start")" "no test in it ran; see ${log#"$TOP"/}"
	fi
}

# --- the kinds of test

# A world of its own for programs that load BPF: own network, mounts and bpffs.
run_packets() {
	run_cmocka "packets/$1" "$BUILD/tests/$1" $((180 + MORE)) unshare --mount --net --propagation private bash -c \
		'mount -t sysfs sysfs /sys && mount -t bpf bpf /sys/fs/bpf && ip link set lo up && exec "$0"'
}

run_one() {
	local base
	base=$(basename "$1" .sh)
	case $1 in
	tests/unit/*.c) run_cmocka "unit/${base%.c}" "$BUILD/tests/${base%.c}" $((120 + MORE)) env ;;
	tests/packets/*.c) run_packets "${base%.c}" ;;
	tests/packets/*.sh) run_script "packets/$base" $((300 + MORE_SLOWLY)) bash "$1" ;;
	tests/net/*.sh) run_script "net/$base" 900 bash "$1" "${@:2}" ;;
	tests/cli/*.sh) run_script "cli/$base" 300 bash "$1" "${@:2}" ;;
	scripts/style.sh) run_script style 120 bash "$1" ;;
	scripts/tidy.sh) run_script tidy 900 env -u BUILD make -s tidy ;;
	esac
}

# Tests that look at the clock, or make machines of namespaces, have the machine for themselves.
ALONE='unit/test_(bench|gen_send|own|profile|rest|run_cost|spin|turns|watchdog|wfq)\.c|cli/test_(bench|profile)|/net/'

# One program in a shell of its own: its lines into $2.lines, what it counted into $2.counts.
aside() {
	export TIDY_JOBS=1 # of the CPUs, the other programs have the others
	PASSED=0 FAILED=0 SKIPPED=0 SLOW=()
	run_one "$1" >"$2.lines" 2>&1
	printf '%s\n' "$PASSED $FAILED $SKIPPED" "${SLOW[@]}" >"$2.counts"
}

# collect PROGRAM FILE: adds up what aside left there; who left nothing has failed
collect() {
	local counts=()
	cat "$2.lines"
	if [ -e "$2.counts" ]; then mapfile -t counts <"$2.counts"; fi
	if [[ ${counts[0]:-} =~ ^([0-9]+)\ ([0-9]+)\ ([0-9]+)$ ]]; then
		PASSED=$((PASSED + BASH_REMATCH[1]))
		FAILED=$((FAILED + BASH_REMATCH[2]))
		SKIPPED=$((SKIPPED + BASH_REMATCH[3]))
		SLOW+=("${counts[@]:1}")
	else
		result FAIL "$1" - "it ended without a result"
	fi
	rm -f "$2.lines" "$2.counts"
}

# As many programs at a time as there are CPUs; each is shown when it has ended.
run_together() {
	local -A program=()
	local f pid running
	while [ $# -gt 0 ] || [ ${#program[@]} -gt 0 ]; do
		if [ $# -gt 0 ] && [ ${#program[@]} -lt "$(nproc)" ]; then
			aside "$1" "$LOGS/${1//\//-}" &
			program[$!]=$1
			shift
			continue
		fi
		running=" $(jobs -rp | tr '\n' ' ')"
		for pid in "${!program[@]}"; do
			[[ $running == *" $pid "* ]] && continue
			f=${program[$pid]}
			unset "program[$pid]"
			collect "$f" "$LOGS/${f//\//-}"
		done
		sleep 0.1
	done
}

run_vms() {
	[ "$VMTEST" != none ] || return 0
	make -s vmtest-tools || { result FAIL "vm/$VMTEST" - "its tools do not build"; return 0; }
	run_script vm $((${#KERNELS[@]} * (VM_SECONDS + 300))) bash vmtest/run.sh "${KERNELS[@]}" -t "$VM_SECONDS" -o "$BUILD/vmtest"
	# what each kernel's verifier made of every program
	vmtest/table.sh "$BUILD/vmtest" | tee "$BUILD/vmtest/insns.txt" | sed 's/^/      /' || true
}

all_tests() {
	local f
	for f in scripts/style.sh scripts/tidy.sh tests/unit/test_*.c tests/packets/test_*.c tests/packets/test_*.sh tests/cli/test_*.sh tests/net/test_*.sh; do
		if [ -e "$f" ]; then echo "$f"; fi
	done
}

# run_matching NAME: a program by its name, else functions of net scripts, else programs that mention NAME as a function
run_matching() {
	local f found=0 fns
	if [ "$1" = vm ]; then
		run_vms
		return
	fi
	while read -r f; do
		if [[ $f == *"$1"* ]]; then
			found=1
			run_one "$f"
		elif [[ $f == tests/net/* ]]; then
			mapfile -t fns < <(bash "$f" --list | grep -F -- "$1" || true)
			[ ${#fns[@]} -gt 0 ] || continue
			found=1
			run_one "$f" "${fns[@]}"
		elif [[ $f == *.c ]] && grep -Eq "^static void [a-z0-9_]*$1" "$f"; then
			found=1
			run_one "$f"
		fi
	done < <(all_tests)
	[ "$found" = 1 ] || result FAIL "$1" - "no test of that name; scripts/test.sh --list"
}

build() {
	local start log=$LOGS/build.log rc=0
	start=$(now_ms)
	limited 900 "$log" env -u BUILD make -k -j"$(nproc)" all unit packets || rc=$?
	if [ "$rc" = 0 ]; then
		result ok build "$(since "$start")"
	else
		grep -E 'error|Error|\*\*\*' "$log" | head -n 20 | sed 's/^/      | /' || true
		result FAIL build "$(since "$start")" "$(why_failed "$rc"); see ${log#"$TOP"/}"
	fi
}

main() {
	local f want=(build run test) pattern
	case ${1:-} in
	--list) all_tests; exit ;;
	-h | --help) sed -n '3,11s/^# \{0,1\}//p' "$0"; exit ;;
	esac
	[ "$(id -u)" = 0 ] || { echo "test.sh: needs root: network namespaces and BPF; run it with sudo" >&2; exit 1; }
	[ $# = 0 ] || [ "$*" = vm ] || VMTEST=none
	[ "$VMTEST" = none ] || want+=(vm)
	scripts/deps.sh "${want[@]}" || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
	mkdir -p "$LOGS"
	rm -f "$LOGS"/*
	build
	if [ $# = 0 ]; then
		mapfile -t want < <(all_tests | grep -Ev "$ALONE")
		run_together "${want[@]}"
		while read -r f; do run_one "$f"; done < <(all_tests | grep -E "$ALONE")
		run_vms
	else
		for pattern in "$@"; do run_matching "$pattern"; done
	fi
	summary
}

[ "${BASH_SOURCE[0]}" != "$0" ] || main "$@"
