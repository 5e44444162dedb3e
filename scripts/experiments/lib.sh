# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the experiments share: arguments, objectives from a calibration, runs that alternate the controllers, and what is made of
# their dumps. Sourced by every scripts/experiments/NAME.sh, which says what is run:
#   exp_begin NAME "what it is" QUICK_ROUNDS ROUNDS "$@"; exp_add CASE FILE [BENCH_ARGUMENT...]; exp_end
# docs/experiments.md has the rest.

EXP=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$EXP/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
[[ $BUILD = /* ]] || BUILD=$TOP/$BUILD
AGENT=$BUILD/batchy-agent

ALL_CONTROLLERS="null max onoff feasdir projgrad slo nfvnice"
DEFAULT_CONTROLLERS=$ALL_CONTROLLERS # of an experiment; CONTROLLER+HOW: with an extra worker, and --decompose HOW
QUICK='' OUT_DIR=$BUILD/experiments
REPEATS='' ROUNDS='' CONTROLLERS='' OBJECTIVE_NS=''
PERIOD_MS=100 WARMUP_MS=150
QUICK_LIMIT=112 LIMIT=5400 # seconds, for the runs of one experiment
STALLED_MOST=33		  # percent of a run's rounds; more says nothing of the controller
ATTEMPTS=${ATTEMPTS:-3} # of a run that stalled
AWAY=10s		  # an objective that is not in the way

declare -a CASES=()
declare -A CASE_ARGS=() CASE_KIND=()
declare -A ABSENT=() # controllers that cannot be run here, and why

exp_die() { printf '%s.sh: %s\n' "${NAME:-experiment}" "$*" >&2; exit 1; }
exp_usage() { printf '%s.sh: %s; see scripts/experiments/%s.sh --help\n' "$NAME" "$*" "$NAME" >&2; exit 2; }
exp_say() { printf '%s\n' "$*" >&2; }

exp_help() {
	cat <<-END
		scripts/experiments/$NAME.sh [--quick] [-o DIR] [--repeats N] [--rounds N] [--controllers NAME,NAME...] [--objective TIME]
		$WHAT
		Writes DIR/$NAME/: a dump for each controller and repeat, summary.txt, pictures. DIR is build/experiments when not given.
		--quick takes less than two minutes. --objective 50us: instead of a calibration. See docs/experiments.md.
	END
}

# number OPTION VALUE LEAST MOST
exp_number() {
	[[ $2 =~ ^[1-9][0-9]{0,5}$ ]] && [ "$2" -ge "$3" ] && [ "$2" -le "$4" ] || exp_usage "$1 $2: expected a number, $3 to $4"
}

exp_controllers() {
	local c
	CONTROLLERS=${1//,/ }
	[ -n "${CONTROLLERS// /}" ] || exp_usage "--controllers: expected names of $ALL_CONTROLLERS"
	for c in $CONTROLLERS; do
		[[ $c != *+* || ${c#*+} =~ ^(none|greedy|slo)$ ]] || exp_usage "--controllers $c: expected CONTROLLER+none, +greedy or +slo"
		c=${c%+*}
		[[ $c =~ ^fix[0-9]+$ || " $ALL_CONTROLLERS " = *" $c "* ]] || exp_usage "--controllers $c: expected names of $ALL_CONTROLLERS"
	done
}

exp_objective() {
	local unit
	[[ $1 =~ ^([1-9][0-9]{0,5})(ns|us|ms)$ ]] || exp_usage "--objective $1: expected a time as in 50us"
	case ${BASH_REMATCH[2]} in ns) unit=1 ;; us) unit=1000 ;; ms) unit=1000000 ;; esac
	OBJECTIVE_NS=$((BASH_REMATCH[1] * unit))
}

exp_arguments() {
	while [ $# -gt 0 ]; do
		case $1 in
		--quick) QUICK=1 ;;
		-o | --output) OUT_DIR=${2:-} ;;
		--repeats) exp_number "$1" "${2:-}" 1 99; REPEATS=$2 ;;
		--rounds) exp_number "$1" "${2:-}" 2 100000; ROUNDS=$2 ;;
		--controllers) exp_controllers "${2:-}" ;;
		--objective) exp_objective "${2:-}" ;;
		-h | --help) exp_help; exit 0 ;;
		*) exp_usage "$1: unexpected" ;;
		esac
		case $1 in -o | --output | --repeats | --rounds | --controllers | --objective)
			[ $# -gt 1 ] && [ -n "$2" ] || exp_usage "$1: its value is missing"
			shift ;;
		esac
		shift
	done
}

# exp_period MS: how long a round is, when not 100 ms
exp_period() { PERIOD_MS=$1; }

# exp_begin NAME WHAT QUICK_ROUNDS ROUNDS ARGUMENT...: sets OUT and W, where pipelines are made
exp_begin() {
	NAME=$1 WHAT=$2
	local quick=$3 rounds=$4
	shift 4
	exp_arguments "$@"
	[ -x "$AGENT" ] || exp_die "$AGENT: not there; build it with make"
	for c in jq python3 gnuplot; do
		command -v "$c" >/dev/null || exp_die "$c is missing; scripts/deps.sh experiments installs it"
	done
	[ -n "$ROUNDS" ] || ROUNDS=$([ -n "$QUICK" ] && echo "$quick" || echo "$rounds")
	[ -n "$REPEATS" ] || REPEATS=5
	[ -n "$CONTROLLERS" ] || CONTROLLERS=$DEFAULT_CONTROLLERS
	[ -z "$QUICK" ] || LIMIT=$QUICK_LIMIT
	OUT=$OUT_DIR/$NAME
	W=$OUT/pipelines
	if [ -e "$OUT/runs.jsonl" ]; then rm -rf "$OUT"; fi
	[ ! -e "$OUT" ] || [ -z "$(ls -A "$OUT")" ] || exp_die "$OUT: holds something else; give another place with -o"
	mkdir -p "$W" || exp_die "$OUT: cannot be made; give another place with -o"
	OUT=$(cd "$OUT" && pwd) W=$OUT/pipelines
	: >"$OUT/runs.jsonl"
	: >"$OUT/cases.jsonl"
	SECONDS=0
	exp_absent
}

# The weighted tasks of the NFVnice-like baseline.
exp_absent() {
	if ! "$AGENT" bench --help | grep -q -- --schedule; then
		ABSENT[nfvnice]="this batchy-agent has no --schedule wfq"
	fi
}

# --- pipelines

# exp_objectives FILE FLOWS=TIME...: FLOWS is a shell pattern; the first that fits a flow counts. TIME "none": no objective.
exp_objectives() { python3 "$EXP/pipelines.py" objectives "$@"; }

# exp_profile PROFILE CASE [SIZE...]: $W/CASE.click, with its traffic as the source inside the worker
exp_profile() {
	local profile=$1 name=$2
	shift 2
	"$TOP/scripts/tables.py" "$profile" "$@" -o "$W/$name.d"
	python3 "$EXP/pipelines.py" inside "$W/$name.d/$profile.click" "$W/$name.click" "$W/$name.d/$profile" 32
}

# --- runs

bench_args() { # CONTROLLER
	if [ "$1" = nfvnice ]; then echo --schedule wfq; fi
	if [[ $1 = *+* ]]; then echo --extra-workers 1 --decompose "${1#*+}"; fi
	echo --controller "${1%+*}" --period "${PERIOD_MS}ms" --warmup "${WARMUP_MS}ms"
}

# bench_run FILE CONTROLLER ROUNDS DUMP [ARGUMENT...]: its JSON goes to DUMP.json, what it says to DUMP.err
bench_run() {
	local file=$1 controller=$2 rounds=$3 dump=$4 args
	shift 4
	read -r -a args <<<"$(bench_args "$controller" | tr '\n' ' ')"
	timeout -k 5 $((30 + rounds * PERIOD_MS / 500)) "$AGENT" bench "$file" "${args[@]}" --rounds "$rounds" --dump "$dump" -j "$@" \
		>"${dump%.tsv}.json" 2>"${dump%.tsv}.err"
}

# veth_run FILE CONTROLLER ROUNDS DUMP GENERATOR...: the same on veth; each GENERATOR is what batchy-gen send is given
veth_run() {
	local dump=$4
	BUILD=$BUILD timeout -k 5 $((60 + $3 * PERIOD_MS / 500)) bash "$EXP/veth.sh" "$1" "$2" "$3" "$PERIOD_MS" "$dump" "${@:5}" \
		>"${dump%.tsv}.log" 2>"${dump%.tsv}.err"
}

stalled_percent() { # DUMP: its last column
	awk -F '\t' 'NR > 1 { n++; bad += $NF } END { print n ? int(100 * bad / n) : 100 }' "$1"
}

us() { printf '%d.%d us' $(($1 / 1000)) $(($1 / 100 % 10)); }

# exp_measure CASE FILE FLOWS [BENCH_ARGUMENT...]: null and max without objectives that are in the way; sets NULL_NS, MAX_NS, SLO_NS,
# NULL_PPS, MAX_PPS. A run that stalled is repeated, for a fifth of the time there is.
exp_measure() {
	local name=$1 file=$2 flows=$3 c i said
	shift 3
	cp "$file" "$W/$name.free.click"
	exp_objectives "$W/$name.free.click" "*=$AWAY"
	mkdir -p "$OUT/calibration"
	for c in null max; do
		for ((i = 1; i <= ATTEMPTS; i++)); do
			bench_run "$W/$name.free.click" "$c" 9 "$OUT/calibration/$name-$c.tsv" "$@" ||
				exp_die "calibration of $name: $(tail -n 1 "$OUT/calibration/$name-$c.err")"
			[ "$(stalled_percent "$OUT/calibration/$name-$c.tsv")" -gt $STALLED_MOST ] || break
			[ $((SECONDS * 5)) -lt "$LIMIT" ] || break
		done
	done
	said=$(python3 "$EXP/report.py" calibrate "$OUT/calibration/$name-null.tsv" "$OUT/calibration/$name-max.tsv" "$flows") ||
		exp_die "calibration of $name: nothing was measured"
	# shellcheck disable=SC2034 # for the experiment
	read -r NULL_NS MAX_NS SLO_NS NULL_PPS MAX_PPS <<<"$said"
}

# exp_calibrate CASE FILE FLOWS: sets SLO_NS, and in words CALIBRATION: the geometric mean of the p95 of null and of max, so that null
# meets it and max does not. Of the flows that fit the shell pattern FLOWS.
exp_calibrate() {
	if [ -n "$OBJECTIVE_NS" ]; then
		SLO_NS=$OBJECTIVE_NS
		CALIBRATION="objective: $(us "$SLO_NS"), as asked for"
	else
		exp_measure "$@"
		CALIBRATION="p95 of null $(us "$NULL_NS"), of max $(us "$MAX_NS"); objective: their geometric mean, $(us "$SLO_NS"); \
without it max carries $((MAX_PPS / NULL_PPS)).$(printf %02d $((100 * MAX_PPS / NULL_PPS % 100))) of null's"
	fi
	exp_say "$NAME: $1: $CALIBRATION"
}

# exp_best CASE HOW: the best triggers become $W/CASE.best.click, which the name "best" runs beside the controllers; says which in FOUND
exp_best() {
	exp_say "$NAME: $1: searching"
	# shellcheck disable=SC2034 # for the experiment
	FOUND=$(timeout 600 python3 "$EXP/search.py" "$AGENT" "$W/$1.click" "$W/$1.best.click" "$OUT/$1.search.tsv" "${@:2}") ||
		exp_die "$1: no triggers meet the objectives; see $OUT/$1.search.tsv"
	[[ " $CONTROLLERS " = *" best "* ]] || [ "$CONTROLLERS" != "$ALL_CONTROLLERS" ] || CONTROLLERS+=" best"
}

# exp_case KIND CASE NOTE X SERIES [BENCH_ARGUMENT...]: what the report is told of a case. X: where it is in a picture of all cases, or "".
exp_case() {
	local kind=$1 name=$2 note=$3 x=$4 series=$5
	shift 5
	CASES+=("$name")
	CASE_KIND[$name]=$kind
	CASE_ARGS[$name]=$(printf '%s\n' "$@")
	jq -cn --arg kind "$kind" --arg name "$name" --arg note "$note" --arg x "$x" --arg series "$series" \
		'{name: $name, kind: $kind, note: $note, file: "pipelines/\($name).click", at: [$ARGS.positional[]
			| capture("^(?<round>[0-9]+):(?<what>[a-z]+)=(?<to>.*):(?<value>[^:]*)$") | .round |= tonumber]}
		+ if $x == "" then {} else {x: ($x | tonumber), series: $series} end' --args -- "$@" >>"$OUT/cases.jsonl"
}

# exp_add CASE NOTE [-x X SERIES] [BENCH_ARGUMENT...]: run $W/CASE.click inside a worker
exp_add() {
	local name=$1 note=$2 x='' series=''
	shift 2
	if [ "${1:-}" = -x ]; then
		x=$2 series=$3
		shift 3
	fi
	exp_case inside "$name" "$note" "$x" "$series" "$@"
}

# exp_veth CASE NOTE GENERATOR...: run $W/CASE.click on veth
exp_veth() { exp_case veth "$1" "$2" '' '' "${@:3}"; }

# exp_note CASE CONTROLLER REPEAT ATTEMPT STATUS WHY: one line of the index
exp_note() {
	jq -cn --arg case "$1" --arg controller "$2" --argjson repeat "$3" --argjson attempt "$4" --arg status "$5" --arg why "$6" \
		--arg dump "$1/$2-$3.tsv" '$ARGS.named' >>"$OUT/runs.jsonl"
}

# A case may have a pipeline of its own for a name that is no controller's: fixed triggers, run under null.
run_kind() { # CASE CONTROLLER DUMP
	local args=()
	if [ -e "$W/$1.$2.click" ]; then
		bench_run "$W/$1.$2.click" null "$ROUNDS" "$3"
		return
	fi
	[ -z "${CASE_ARGS[$1]}" ] || mapfile -t args <<<"${CASE_ARGS[$1]}"
	if [ "${CASE_KIND[$1]}" = veth ]; then
		veth_run "$W/$1.click" "$2" "$ROUNDS" "$3" "${args[@]}"
	else
		bench_run "$W/$1.click" "$2" "$ROUNDS" "$3" "${args[@]}"
	fi
}

# There is time for one more, beside those that are still to come.
may_retry() { [ $((SECONDS + (RUNS_LEFT + 2) * RUN_SPENT / (RUNS_DONE > 0 ? RUNS_DONE : 1))) -lt "$LIMIT" ]; }

# exp_run CASE CONTROLLER REPEAT: a run in which the machine stalled is repeated, and at last called unreliable
exp_run() {
	local dump=$OUT/$1/$2-$3.tsv attempt status why percent begin=$SECONDS rc
	if [ -n "${ABSENT[$2]:-}" ]; then
		exp_note "$1" "$2" "$3" 0 absent "${ABSENT[$2]}"
		return
	fi
	for ((attempt = 1; ; attempt++)); do
		status=ok why=''
		rc=0
		run_kind "$1" "$2" "$dump" || rc=$?
		if [ "$rc" != 0 ]; then
			status=failed why=$(tail -n 1 "${dump%.tsv}.err")
			[ -n "$why" ] || why="ended with status $rc$(case $rc in 124 | 137) echo ": it took too long" ;; esac)"
			break
		fi
		percent=$(stalled_percent "$dump")
		[ "$percent" -gt $STALLED_MOST ] || break
		status=unreliable why="$percent % of its rounds stalled"
		if [ "$attempt" -ge $ATTEMPTS ] || ! may_retry; then break; fi
	done
	exp_note "$1" "$2" "$3" "$attempt" "$status" "$why"
	[ "$status" != failed ] || exp_say "$NAME: $1, $2: $why"
	RUNS_DONE=$((RUNS_DONE + 1)) RUN_SPENT=$((RUN_SPENT + SECONDS - begin))
}

# In each repeat another controller is the first.
exp_repeat() { # REPEAT
	local order=() c name i n
	read -r -a order <<<"$CONTROLLERS"
	n=${#order[@]}
	for name in "${CASES[@]}"; do
		mkdir -p "$OUT/$name"
		for ((i = 0; i < n; i++)); do
			c=${order[$(((i + $1 - 1) % n))]}
			RUNS_LEFT=$((RUNS_LEFT - 1))
			exp_run "$name" "$c" "$1"
		done
	done
}

exp_end() {
	local r begin last=0 n
	read -r -a order <<<"$CONTROLLERS"
	n=$((${#CASES[@]} * ${#order[@]}))
	RUNS_LEFT=$((REPEATS * n)) RUNS_DONE=0 RUN_SPENT=0
	for ((r = 1; r <= REPEATS; r++)); do
		if ((r > 3 && SECONDS + last > LIMIT)); then
			exp_say "$NAME: $((r - 1)) repeats instead of $REPEATS, for want of time"
			break
		fi
		begin=$SECONDS
		exp_say "$NAME: repeat $r of $REPEATS, ${#CASES[@]} case(s) ($SECONDS s so far)"
		exp_repeat "$r"
		last=$((SECONDS - begin))
	done
	exp_machine >"$OUT/machine.json"
	python3 "$EXP/report.py" summary "$OUT"
}

exp_machine() {
	jq -n --arg experiment "$NAME" --arg what "$WHAT" --arg kernel "$(uname -sr)" --arg cpus "$(nproc)" \
		--arg cpu "$(sed -n 's/^model name[\t ]*: //p' /proc/cpuinfo | head -n 1)" --arg date "$(date -u +%FT%TZ)" \
		--arg version "$(git -C "$TOP" describe --always --dirty 2>/dev/null || echo unknown)" --arg load "$(cut -d ' ' -f 1-3 /proc/loadavg)" \
		--arg mode "${QUICK:+--quick}" --argjson rounds "$ROUNDS" --argjson repeats "$REPEATS" --argjson period_ms "$PERIOD_MS" \
		--arg controllers "$CONTROLLERS" --argjson seconds "$SECONDS" '$ARGS.named'
}
