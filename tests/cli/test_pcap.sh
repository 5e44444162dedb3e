#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures that the agent writes, read by others: scapy, tshark, capinfos, tcpdump. Captures that others write, read by it.
set -euo pipefail

VERB=bench
# shellcheck source=tests/cli/verb.sh
. "$(dirname "$0")/verb.sh"
for c in tshark capinfos tcpdump; do
	command -v "$c" >/dev/null || { echo "skip captures: $c is not installed"; exit 0; }
done
/usr/bin/python3 -c 'import scapy' 2>/dev/null || { echo "skip captures: python3-scapy is not installed"; exit 0; }

judge() { /usr/bin/python3 tests/cli/captures.py "$@" 2>&1; }

# run TEXT: a pipeline in $W
run() {
	echo "$1" >"$W/p.click"
	timeout 30 "$AGENT" bench "$W/p.click" --seconds 20 -j >"$W/out" 2>"$W/err"
}

# checksums FILE: what tshark finds wrong in the packets of a capture
checksums() {
	tshark -r "$1" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE \
		-Y 'ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0' 2>/dev/null
}

# source NAME ARGUMENTS WANTED: what InfiniteSource builds
source_case() {
	local why
	if ! run "InfiniteSource($2) -> ToPcap(out.pcap);"; then
		bad "$1" "$(cat "$W/err")"
	elif ! why=$(judge built "$W/out.pcap" "$3"); then
		bad "$1" "scapy: $why"
	elif why=$(checksums "$W/out.pcap"); [ -n "$why" ]; then
		bad "$1" "tshark: $(head -n 1 <<<"$why")"
	else
		good "$1"
	fi
}

# The judge of checksums sees a wrong one.
test_judge() {
	run 'InfiniteSource(LIMIT 3) -> ToPcap(out.pcap);'
	printf '\xff' | dd of="$W/out.pcap" bs=1 seek=$((24 + 16 + 24)) conv=notrunc 2>/dev/null
	[ -n "$(checksums "$W/out.pcap")" ] || { bad judges_see_errors "tshark does not"; return 0; }
	if judge built "$W/out.pcap" '{"n": 3, "length": 60}' >/dev/null; then bad judges_see_errors "scapy does not"; return 0; fi
	good judges_see_errors
}

test_same_bytes() {
	local why n
	judge make "$W/in.pcap"
	run 'FromPcap(in.pcap) -> q :: Queue -> ToPcap(out.pcap) -> Sink;' || { bad same_bytes "$(cat "$W/err")"; return 0; }
	why=$(judge same "$W/in.pcap" "$W/out.pcap") || { bad same_bytes "scapy: $why"; return 0; }
	n=$(capinfos -TrcM "$W/in.pcap" | cut -f 2)
	[ "$(capinfos -TrcM "$W/out.pcap" | cut -f 2)" = "$n" ] || { bad same_bytes "capinfos counts otherwise"; return 0; }
	tcpdump -r "$W/out.pcap" -w "$W/copy.pcap" 2>"$W/err" || { bad same_bytes "tcpdump: $(cat "$W/err")"; return 0; }
	why=$(judge same "$W/in.pcap" "$W/copy.pcap") || { bad same_bytes "tcpdump: $why"; return 0; }
	capinfos "$W/out.pcap" | grep -q 'nanoseconds' || { bad same_bytes "no nanoseconds: $(capinfos "$W/out.pcap")"; return 0; }
	good same_bytes
}

# pcapng, with an interface whose stamps have another unit
test_pcapng() {
	local why
	editcap -F pcapng "$W/in.pcap" "$W/in.pcapng"
	run 'FromPcap(in.pcapng) -> ToPcap(out.pcap) -> Sink;' || { bad pcapng "$(cat "$W/err")"; return 0; }
	why=$(judge same "$W/in.pcap" "$W/out.pcap") || { bad pcapng "scapy: $why"; return 0; }
	good pcapng
}

# Batches of 1 and of 64 carry the same packets in the same order.
test_batch_sizes() {
	local why b
	for b in 1 64; do
		echo "FromPcap(in.pcap) -> q :: Queue -> ToPcap(out$b.pcap) -> Sink;" >"$W/p.click"
		timeout 30 "$AGENT" bench "$W/p.click" --seconds 20 --batch "$b" -j >"$W/out" 2>"$W/err" || { bad batch_sizes "$(cat "$W/err")"; return 0; }
	done
	why=$(judge same "$W/out1.pcap" "$W/out64.pcap") || { bad batch_sizes "$why"; return 0; }
	good batch_sizes
}

# A capture that no packet came to is one all the same.
test_no_packets() {
	run 'InfiniteSource(LIMIT 3) -> c :: IPClassifier(tcp, -); c[0] -> ToPcap(out.pcap); c[1] -> Sink;' || { bad no_packets "$(cat "$W/err")"; return 0; }
	[ "$(capinfos -TrcM "$W/out.pcap" | cut -f 2)" = 0 ] || { bad no_packets "$(capinfos "$W/out.pcap" 2>&1)"; return 0; }
	good no_packets
}

# What is refused after the capture was opened leaves it alone.
test_refused() {
	judge make "$W/in.pcap"
	cp "$W/in.pcap" "$W/out.pcap"
	if run 'InfiniteSource(LIMIT 3) -> ToPcap(out.pcap); FromPcap(none.pcap) -> Sink;'; then bad refused_overwrites "taken"; return 0; fi
	cmp -s "$W/in.pcap" "$W/out.pcap" || { bad refused_overwrites "it was overwritten"; return 0; }
	good refused_overwrites_nothing
}

test_judge
test_no_packets
test_refused
test_same_bytes
test_pcapng
test_batch_sizes
source_case built_udp 'LIMIT 500' '{"n": 500, "length": 60}'
source_case built_tcp 'LIMIT 500, LENGTH 1514, PROTO tcp, FLOWS 9' '{"n": 500, "length": 1514, "tcp": 1, "flows": 9}'
source_case built_shortest 'LIMIT 50, LENGTH 42' '{"n": 50, "length": 42}'
source_case built_odd 'LIMIT 300, LENGTH 99, FLOWS 100' '{"n": 300, "length": 99, "flows": 100}'
source_case built_vlan 'LIMIT 100, VLAN 77' '{"n": 100, "length": 60, "vlan": 77}'
source_case built_udp6 'LIMIT 300, SRC 2001:db8::ffff:ffff, DST 2001:db8:1::1, FLOWS 30' '{"n": 300, "length": 62, "v6": 1, "flows": 30}'
source_case built_tcp6 'LIMIT 300, SRC 2001:db8::1, DST 2001:db8:1::1, PROTO tcp, VLAN 0, LENGTH 101' \
	'{"n": 300, "length": 101, "v6": 1, "tcp": 1, "vlan": 0}'
source_case built_ports_run_out 'LIMIT 2000, SPORT 65500, FLOWS 1000, SRC 10.255.255.254' '{"n": 2000, "length": 60, "flows": 1000}'
source_case built_destinations 'LIMIT 4000, FLOWS 4000, DST 255.255.255.0, DSTS 1000' '{"n": 4000, "length": 60, "flows": 4000, "dsts": 1000}'
exit "$BAD"
