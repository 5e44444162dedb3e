# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the pipelines of profiles/ cost without interfaces, in batches of 1 and of 32, on traffic that fits their tables; and what
# branches cost when one packet in a hundred leaves at each. Sourced by scripts/bench.sh.

PIPELINE_SECONDS=1
PIPELINE_PACKETS=20000 # in a capture

# pipeline_sample CONFIG RATE METRIC FILE CAPTURE BATCH
pipeline_sample() {
	local ns devices=()
	[[ $2 != nba-* ]] || devices=(--set IFACE=eth0 --set INPUTS=eth1)
	"$AGENT" bench "$4" "${devices[@]}" --pcap "$5" --batch "$6" --seconds "$PIPELINE_SECONDS" --cpus "$FORWARD_CPU" -j >"$WORK/bench.json" ||
		bench_die "bench of $4 failed"
	ns=$(jq .ns_per_packet "$WORK/bench.json")
	sample pipeline "$1" "$2" "$3" ns "$ns"
}

# Other forms of profiles, and pipelines as NBA writes them, with the traffic of a router of ours.
more_pipelines() {
	local d=$WORK/profiles f name
	pipeline_form branch tree --skewed 0
	pipeline_form l2l3 plain --rules 0 --pairs 0
	for f in "$TOP"/tests/pipelines/nba/*.click; do
		name=nba-$(basename "$f" .click)
		mkdir "$d/$name"
		cp "$f" "$d/$name.click"
		case $name in
		*ipv6*) cp "$d/ipv6-router/traffic.pcap" "$d/$name" ;;
		*) cp "$d/ipv4-router/traffic.pcap" "$d/$name" ;;
		esac
	done
	cp "$TOP"/tests/pipelines/nba/*.txt "$d"
}

# pipeline_form PROFILE NAME ARGUMENT...: as PROFILE-NAME
pipeline_form() {
	local from=$WORK/form-$1-$2 to=$WORK/profiles/$1-$2
	"$TOP/scripts/tables.py" "$1" "${@:3}" -o "$from"
	mkdir "$to"
	sed "s,\$TABLES,$1-$2,g; s,TABLES $1,TABLES $1-$2," "$from/$1.click" >"$to.click"
	cp -r "$from/$1/." "$to"
}

bench_pipeline() {
	local f name b level
	if [ ! -d "$WORK/profiles" ]; then
		"$TOP/scripts/tables.py" --all -o "$WORK/profiles"
		for level in 1 2 3; do
			"$TOP/scripts/tables.py" branch --levels "$level" --packets "$PIPELINE_PACKETS" -o "$WORK/minority-$level"
			"$TOP/scripts/tables.py" branch --levels "$level" --packets "$PIPELINE_PACKETS" --minority 0 -o "$WORK/none-$level"
		done
		cp "$TOP/profiles/simple.click" "$WORK/profiles"
		mkdir "$WORK/profiles/simple"
		cp "$WORK/profiles/robot-control/traffic.pcap" "$WORK/profiles/simple" # to ports 5000 and up
		more_pipelines
	fi
	for f in "$WORK"/profiles/*.click; do
		name=$(basename "$f" .click)
		for b in 1 32; do
			pipeline_sample "batch $b" "$name" cpu_per_packet "$f" "$WORK/profiles/$name/traffic.pcap" "$b"
		done
	done
	# the same elements on both sides: only the traffic differs
	for level in 1 2 3; do
		f=$WORK/minority-$level/branch.click
		pipeline_sample "1 % minority" "branches $level" branch_cpu_per_packet "$f" "$WORK/minority-$level/branch/traffic.pcap" 32
		pipeline_sample "no minority" "branches $level" branch_cpu_per_packet "$f" "$WORK/none-$level/branch/traffic.pcap" 32
	done
}
