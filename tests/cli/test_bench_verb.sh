#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# batchy-agent bench: every pipeline there is runs without interfaces or privileges, all packets are accounted for, and the parts of
# the time are the whole.
set -euo pipefail

VERB=bench
# shellcheck source=tests/cli/verb.sh
. "$(dirname "$0")/verb.sh"
SETS=(--set OUT=eth1 --set PEER=eth1 --set SRC=02:00:00:00:00:01 --set DST=02:00:00:00:00:02 --set ADDR=192.0.2.1 --set PEER_ADDR=198.51.100.1 --set TRIGGER=8 --set "PATH=in q")

bench() { verb "$@"; }

# Its own sums, and ours over its elements.
adds_up() {
	field '(.totals | .made == .tx + .pass + .drop + .queued) and .conserved
		and (.elements | (map(.made) | add) == (map(.tx + .pass + .drops + .held) | add))
		and ([.elements[] | .drops == (.drop_reasons | add // 0)] | all)' | grep -qx true
}

# The parts of the time are the whole, but for a share that a busy machine makes larger.
# What the host takes from a virtual CPU is CPU time of the thread, and in no part.
time_adds_up() {
	for _ in 1 2 3; do
		field '(.parts_ns | .source + .parse + .elements + .rest) / .ns_per_packet | . > 0.7 and . < 1.15' | grep -qx true && return
		echo "once more: $(field '[.parts_ns, .ns_per_packet] | tojson')"
		bench "$@" || return 1
	done
	return 1
}

# Each pipeline at one size of batch: status 0, everything accounted for, time too.
test_pipelines() {
	local f b name
	for f in profiles/*.click tests/pipelines/good/*.click; do
		for b in 1 32; do
			name=$(basename "$f" .click)_batch_$b
			if ! bench "$f" --seconds 1 --source 'LIMIT 3000000' --batch "$b" -j "${SETS[@]}"; then
				bad "$name" "$(cat "$W/err")"
			elif ! adds_up; then
				bad "$name" "does not add up: $(field '.totals | tojson')"
			elif [ "$(field '.packets > 1000')" != true ]; then
				bad "$name" "only $(field .packets) packets"
			elif time_adds_up "$f" --seconds 1 --source 'LIMIT 3000000' --batch "$b" -j "${SETS[@]}"; then
				good "$name"
			elif awk -v n="$(nproc)" '{ exit !($1 > 2 * n) }' /proc/loadavg; then
				echo "skip $name: load $(cut -d' ' -f1 /proc/loadavg), which says nothing of us: $(field '[.parts_ns, .ns_per_packet] | tojson')"
			else
				bad "$name" "time: $(field '[.parts_ns, .ns_per_packet] | tojson')"
			fi
		done
	done
}

# The same packets in batches of 1 and of 32 end the same way.
test_batch_changes_nothing() {
	local b
	for b in 1 32; do
		bench profiles/l3fwd.click --batch "$b" --seconds 20 --flows 100 --source 'LIMIT 20000, DSTS 50' -j ||
			{ bad batch_changes_nothing "$(cat "$W/err")"; return 0; }
		field '[.packets, .totals, .drops, (.elements | map([.name, .packets_in, .packets_out, .drops]))] | tojson' >"$W/$b"
	done
	cmp -s "$W/1" "$W/32" || { bad batch_changes_nothing "$(cat "$W/1" "$W/32")"; return 0; }
	[ "$(field '.packets == 40000')" = true ] || { bad batch_changes_nothing "$(field .packets) packets"; return 0; }
	good batch_changes_nothing
}

# What larger batches are for.
test_batches_pay() {
	local one
	for _ in 1 2 3; do
		bench profiles/simple.click --batch 1 --seconds 1 -j
		one=$(field .ns_per_packet)
		bench profiles/simple.click --batch 32 --seconds 1 -j
		[ "$(field ".ns_per_packet * 3 < $one")" = false ] || { good batches_pay; return 0; }
	done
	bad batches_pay "$one ns in batches of 1, $(field .ns_per_packet) of 32"
}

test_no_privileges() {
	local as=()
	cp "$AGENT" profiles/simple.click "$W"
	if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs); fi
	if ! (cd "$W" && unshare -n "${as[@]}" bash -c 'ulimit -l 0; ./batchy-agent bench simple.click --seconds 1 -j') >"$W/out" 2>"$W/err"; then
		bad no_privileges "$(cat "$W/err")"
	elif adds_up; then
		good no_privileges
	else
		bad no_privileges "does not add up"
	fi
}

# What a packet costs cannot be told without one. Whether the first comes within 100 us is a matter of luck.
test_no_packets() {
	local args=(profiles/simple.click -c null --rounds 1 --period 100us --warmup 0ms) why='simple.click: no packet came in 0.00 s; run it longer'
	for _ in {1..50}; do
		if bench "${args[@]}" -j; then continue; fi
		if ! field '.packets == 0 and .ns_per_packet == null and (.parts_ns | [.[] | . == null] | all)' | grep -qx true || ! grep -qF "$why" "$W/err"; then
			bad no_packets "$(cat "$W/err") $(field '[.packets, .ns_per_packet, .parts_ns] | tojson')"
			return 0
		fi
		if bench "${args[@]}"; then continue; fi
		if grep -q ' - ns of CPU per packet' "$W/out" && ! grep -q '^of these\|too short' "$W/out"; then good no_packets; else bad no_packets "$(head -n 2 "$W/out")"; fi
		return 0
	done
	echo "skip no_packets: they always came"
}

test_interrupted() {
	local pid rc=0
	env --default-signal=INT "$AGENT" bench profiles/simple.click --seconds 60 -j >"$W/out" 2>"$W/err" &
	pid=$!
	sleep 1
	kill -INT "$pid"
	wait "$pid" || rc=$?
	if [ "$rc" = 0 ] && adds_up && [ "$(field '.elapsed_ns < 30e9')" = true ]; then good interrupted; else bad interrupted "status $rc: $(cat "$W/err")"; fi
}

test_capture() {
	echo 'InfiniteSource(100, LIMIT 1000, FLOWS 4) -> ToPcap(in.pcap);' >"$W/w.click"
	bench "$W/w.click"
	bench profiles/simple.click --pcap "$W/in.pcap" --seconds 1 -j || { bad capture "$(cat "$W/err")"; return 0; }
	if adds_up && [ "$(field '.elements[] | select(.name == "in") | .stand_in == "FromPcap" and .report.loops > 10')" = true ]; then
		good capture
	else
		bad capture "$(field '.elements[0] | tojson')"
	fi
}

# A size of a profile is not a variable of its file: who sets one is told, and where it can be set.
test_unused_set() {
	local p=profiles/mgw.click
	bench "$p" --set USERS=1000 --set OUT=eth1 --seconds 1 || { bad unused_set "$(cat "$W/err")"; return 0; }
	if [ "$(cat "$W/err")" = "batchy-agent: $p: --set USERS: nothing in the file asks for \$USERS; scripts/tables.py sets the sizes of profiles" ]; then
		good unused_set
	else
		bad unused_set "said '$(cat "$W/err")'"
	fi
}

test_bad_arguments() {
	local p=profiles/simple.click
	says no_file 2 'a pipeline file is missing'
	says two_files 2 'one file at a time' $p $p
	says seconds_zero 2 '--seconds 0: expected 1 to 3600' $p --seconds 0
	says seconds_word 2 '--seconds soon' $p --seconds soon
	says batch_zero 2 '--batch 0: expected 1 to 256' $p --batch 0
	says batch_too_large 2 '--batch 257' $p --batch 257
	says pcap_and_length 2 'choose one' $p --pcap x.pcap --length 60
	says set_without_value 2 'expected NAME=VALUE' $p --set A
	says cpus_word 2 '--cpus one' $p --cpus one
	says unknown_option 2 'unrecognized option' $p --fast
	says missing_file 1 'none.click' none.click
	says bad_pipeline 1 'tests/pipelines/bad/39-unknown-class.click:' tests/pipelines/bad/39-unknown-class.click
	says missing_variable 1 'PEER' profiles/router.click
	says length_too_short 1 'LENGTH' $p --length 10
	says length_too_long 1 'LENGTH' $p --length 9000
	says flows_zero 1 'FLOWS' $p --flows 0
	says source_unknown 1 "unknown argument 'SPEED'" $p --source 'SPEED 3'
	says source_families 1 'both IPv4 or both IPv6' $p --source 'SRC 2001:db8::1'
	says missing_pcap 1 'none.pcap: No such file' $p --pcap none.pcap
	echo garbage-that-is-no-capture-at-all >"$W/bad.pcap"
	says bad_pcap 1 "$W/bad.pcap: unknown file format" $p --pcap "$W/bad.pcap"
	head -c 24 /dev/zero >"$W/bad.pcap"
	says zero_pcap 1 "$W/bad.pcap" $p --pcap "$W/bad.pcap"
	says directory_pcap 1 "$W: not a file but a directory" $p --pcap "$W"
	mkfifo "$W/pipe"
	says pipe_pcap 1 "$W/pipe: not a file; expected a capture" $p --pcap "$W/pipe"
	says pipe_pipeline 1 "$W/pipe: cannot be opened: not a file" "$W/pipe"
}

test_pipelines
test_unused_set
test_batch_changes_nothing
test_batches_pay
test_no_privileges
test_no_packets
test_interrupted
test_capture
test_bad_arguments
exit "$BAD"
