#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# batchy-agent profile: what it measures follows what an element does, the file keeps what was there, wrong input changes nothing, and
# nothing is left behind.
set -euo pipefail

VERB_LIMIT=120
VERB=profile
# shellcheck source=tests/cli/verb.sh
. "$(dirname "$0")/verb.sh"
LIMIT_S=60 # of the default set

# is NAME FILTER [FILE]: jq says true
is() { if [ "$(jq -r "$2" "${3:-$W/out}" 2>&1)" = true ]; then good "$1"; else bad "$1" "$2 is not so: $(head -c 600 "${3:-$W/out}")"; fi; }

profile() { verb "$@"; }

# What Bypass burns is known: 10 to 1, and twice as much is twice as much. A busy machine may need several looks.
test_bypass() {
	local ok=false
	for _ in 1 2 3 4; do
		profile 'Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000)' 'Bypass(200, 2000)' -j -o "$W/costs.json" || break
		ok=$(jq '.elements | .[0] as $a | .[1] as $b
			| ($a.t0_ns / $a.t1_ns) as $ratio | ($b.t0_ns / $a.t0_ns) as $t0 | ($b.t1_ns / $a.t1_ns) as $t1
			| $ratio > 5 and $ratio < 20 and $t0 > 1.5 and $t0 < 2.7 and $t1 > 1.5 and $t1 < 2.7
			and $a.t0_ns > 100 and $a.t0_ns < 5000 and $a.t0_err_ns < $a.t0_ns and $a.t1_err_ns < $a.t1_ns' "$W/out")
		[ "$ok" = false ] || break
	done
	if [ "$ok" = true ]; then good bypass; else bad bypass "$(cat "$W/err"; jq -c '.elements[] | del(.median_ns)' "$W/out")"; fi
	is every_size '.elements | all((.median_ns | length) == 64 and .samples == 320)'
	is in_the_file '.version == 1 and (.elements | length == 2 and all(.t0_ns > 0 and .b_max == 64 and .rounds == 5))' "$W/costs.json"
}

# An element that does nothing costs next to nothing: the harness is taken off.
test_overhead() {
	profile Merge -j -o "$W/costs.json" || :
	is overhead '.elements[0] | .t0_ns < 20 and .t1_ns < 5'
	is keeps_others '[.elements[].class] == ["Bypass", "Bypass", "Merge"]' "$W/costs.json"
}

test_file() {
	profile profiles/simple.click --rounds 1 -j -o "$W/costs.json" || :
	is pipeline_file '[.elements[].class] | index("IPClassifier") != null and index("Bypass") != null and index("Queue") == null'
	# both of its Bypass are the same, and the one of before
	is file_is_exact '[.elements[] | select(.class == "Bypass")] | length == 2' "$W/costs.json"
	"$AGENT" bench profiles/simple.click --controller slo --rounds 3 --costs "$W/costs.json" >"$W/out" 2>"$W/err" && good bench_reads_it ||
		bad bench_reads_it "$(cat "$W/err")"
}

test_refused() {
	local before
	before=$(cksum <"$W/costs.json")
	says unknown_class 1 "did you mean 'Bypass'" 'Bypas(1)' -o "$W/costs.json"
	says wrong_argument 1 "unknown argument 'CYCLES'" 'Bypass(CYCLES 1)' -o "$W/costs.json"
	says no_entries 1 'IPLookup' IPLookup -o "$W/costs.json"
	says queue 1 'no element that takes packets' Queue -o "$W/costs.json"
	says source 1 'has no input' InfiniteSource -o "$W/costs.json"
	says no_file 1 'gone.click' gone.click -o "$W/costs.json"
	says one_wrong_of_two 1 'Bypas' MACSwap 'Bypas(1)' -o "$W/costs.json"
	says rounds 2 'expected 1 to 64' MACSwap --rounds 0 -o "$W/costs.json"
	says plot_name 1 '.png or .svg' MACSwap --plot "$W/x.pdf" -o "$W/costs.json"
	says no_folder 1 '-o FILE' MACSwap -o "$W/gone/costs.json"
	says not_a_file 1 'not a file' MACSwap -o "$W"
	if [ "$(cksum <"$W/costs.json")" = "$before" ]; then good nothing_changed; else bad nothing_changed "the file did"; fi
	echo '{"version": 1, "elements": [{"class": "ACL"' >"$W/torn.json"
	before=$(cksum <"$W/torn.json")
	says torn 1 'not JSON' MACSwap -o "$W/torn.json"
	if [ "$(cksum <"$W/torn.json")" = "$before" ]; then good torn_stays; else bad torn_stays "it was written over"; fi
	if [ "$(find "$W" -name '*.json.*')" = '' ]; then good no_temporary; else bad no_temporary "$(ls "$W")"; fi
}

# As nobody, where the folder is not ours to write, and without what I/O needs.
test_unprivileged() {
	local as=()
	cp "$AGENT" "$W/batchy-agent"
	if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs); fi
	mkdir -p "$W/closed" "$W/open"
	chmod 555 "$W/closed"
	chmod 777 "$W/open"
	if "${as[@]}" "$W/batchy-agent" profile MACSwap --rounds 1 -o "$W/closed/c.json" >/dev/null 2>"$W/err" || ! grep -q 'Permission denied; give another' "$W/err"; then
		bad unwritable "$(cat "$W/err")"
	else
		good unwritable
	fi
	if "${as[@]}" "$W/batchy-agent" profile MACSwap --rounds 1 -o "$W/open/c.json" >/dev/null 2>"$W/err"; then good unprivileged; else bad unprivileged "$(cat "$W/err")"; fi
	if "${as[@]}" "$W/batchy-agent" profile MACSwap --io --rounds 1 -o "$W/open/c.json" >/dev/null 2>"$W/err" || ! grep -q 'for root' "$W/err"; then
		bad io_needs_root "$(cat "$W/err")"
	else
		good io_needs_root
	fi
}

test_plot() {
	local kind rc
	mkdir -p "$W/empty"
	if PATH=$W/empty "$AGENT" profile MACSwap --plot "$W/x.svg" --rounds 1 -o "$W/costs.json" >"$W/out" 2>"$W/err" || ! grep -q 'gnuplot is not installed' "$W/err"; then
		bad plot_without_gnuplot "$(cat "$W/err")"
	else
		good plot_without_gnuplot
	fi
	if ! command -v gnuplot >/dev/null; then
		echo "skip plot: gnuplot is not installed"
		return
	fi
	for kind in svg png; do
		if profile 'Bypass(100, 1000)' MACSwap --rounds 1 --plot "$W/x.$kind" -o "$W/costs.json" && [ "$(wc -c <"$W/x.$kind")" -gt 5000 ]; then good "plot_$kind"; else bad "plot_$kind" "$(cat "$W/err")"; fi
	done
	rc=0
	profile MACSwap --rounds 1 --plot "$W/gone/x.svg" -o "$W/costs.json" || rc=$?
	if [ "$rc" = 1 ] && grep -q 'gnuplot failed' "$W/err" && grep -q '^MACSwap' "$W/out" && ! grep -q svg "$W/out"; then good plot_nowhere; else
		bad plot_nowhere "status $rc: $(head -c 300 "$W/out") $(cat "$W/err")"
	fi
}

test_io() {
	local pid child='' i
	if [ "$(id -u)" != 0 ]; then
		echo "skip io: not root"
		return
	fi
	if ! profile MACSwap --io --rounds 3 -j -o "$W/costs.json"; then
		bad io "$(cat "$W/err")"
		return
	fi
	is io '.io | map(.class) == ["wakeup", "receive", "transmit"] and .[0].t0_ns > 200 and .[0].t0_ns < 1e6 and .[1].t0_ns + .[1].t1_ns > 0'
	is io_in_the_file '.io | has("wakeup") and has("receive") and has("transmit")' "$W/costs.json"
	# killed while it measures: the process with the namespace goes too, and with it all there was
	"$AGENT" profile MACSwap --io --rounds 64 -o "$W/costs.json" >/dev/null 2>&1 &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		child=$(pgrep -P "$pid" || :)
		[ -z "$child" ] || break
		sleep 0.1
	done
	sleep 0.5
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	for ((i = 0; i < 50; i++)); do
		[ -e "/proc/$child/ns/net" ] || break
		sleep 0.1
	done
	if [ -n "$child" ] && ! [ -e "/proc/$child/ns/net" ] && ! ip link show btyprof0 >/dev/null 2>&1; then good io_killed; else bad io_killed "process '$child' is left"; fi
}

# Everything, in the time that is promised, on a machine that does not do other things meanwhile.
test_default_set() {
	local begin took
	begin=$(date +%s)
	if ! profile -j -o "$W/default.json"; then
		bad default_set "$(cat "$W/err")"
		return
	fi
	took=$(($(date +%s) - begin))
	is default_set '.elements | length == 22 and (map(.class) | index("ACL") != null and index("WildcardMatch") != null) and all(.held + .dropped + .forwarded > 0)'
	is default_sizes '[.elements[] | select(.class == "IPLookup")][0].entries > 14000 and [.elements[] | select(.class == "ACL")][0].entries > 600' "$W/default.json"
	if [ "$took" -lt "$LIMIT_S" ]; then
		good default_time
	elif awk -v n="$(nproc)" '{ exit !($1 > 2 * n) }' /proc/loadavg; then
		echo "skip default_time: $took s at load $(cut -d' ' -f1 /proc/loadavg)"
	else
		bad default_time "$took s"
	fi
}

[ $# = 0 ] || { for t in "$@"; do "$t"; done; exit "$BAD"; }
test_bypass
test_overhead
test_file
test_refused
test_unprivileged
test_plot
test_io
test_default_set
exit "$BAD"
