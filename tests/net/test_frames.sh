#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Frames out of the ordinary, end to end: tagged, in fragments, cut short, jumbo. Each kind is sorted and ends as docs/pipelines.md
# says, and what is sent on is whole: by a worker behind a queue, and by XDP alone in both modes.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

FRAMES=$NET_DIR/frames.py
QUEUED=$NET_DIR/pipelines/frames.click
EACH=20

# frame: the class that counts it; what becomes of it
KINDS="plain:port:sent vlan:tagged:sent vlan6:tagged:sent qinq:tagged:sent frag-first:port:sent frag-later:fragment:sent
	empty:other:runt cut-tag:other:runt cut-ip:other:runt cut-udp:other:runt arp:other:not_ip"

# The largest that native XDP takes.
LARGEST=3502
large_mtu() {
	local d
	for d in c0 s0; do ip link set "$d" mtu "$1"; done
	in_client ip link set eth0 mtu "$1"
	in_server ip link set eth0 mtu "$1"
}

# The same pipeline without its queue.
in_xdp() {
	sed '/^q .*::/d; s/-> q;/-> check;/; s/^q -> //' "$QUEUED" >"$T/xdp.click"
	in_server ethtool -K eth0 gro on >/dev/null
}

packets_in() { ask element show ".elements[] | select(.name == \"$1\") | .packets_in"; }

catch_start() {
	rm -f "$T/caught" "$T/caught.err"
	bg caught in_server "$FRAMES" catch eth0
	CATCH=$BG
	until_true 5 grep -qs listening "$T/caught.err" || fail "frames.py does not listen: $(tail -n 1 "$T/caught.err")"
}

caught() { awk -v n="$1" '$1 == n { print $2; f = 1 } END { if (!f) print 0 }' "$T/caught"; }

# settled N: the agent has counted so many
settled() { [ "$(ask status .totals.rx)" -ge "$1" ]; }

# one_kind FRAME CLASS FATE: sends it, and looks where it was counted
one_kind() {
	local class rx drop
	rx=$(ask status .totals.rx) class=$(packets_in "$2")
	drop=$([ "$3" = sent ] || ask status ".drops.$3")
	in_client "$FRAMES" send eth0 "$EACH" "$1"
	until_true 5 settled $((rx + EACH)) || fail "$1: received $(($(ask status .totals.rx) - rx)) of $EACH"
	conserved
	expect "$1: counted by $2" $(($(packets_in "$2") - class)) == "$EACH"
	[ "$3" = sent ] || expect "$1: dropped as $3" $(($(ask status ".drops.$3") - drop)) == "$EACH"
}

# every_kind KINDS: what is sent arrives whole, and nothing else does
every_kind() {
	local k frame class fate
	catch_start
	for k in $1; do
		IFS=: read -r frame class fate <<<"$k"
		one_kind "$frame" "$class" "$fate"
	done
	wait "$CATCH" || fail "frames.py: $(tail -n 1 "$T/caught.err")"
	for k in $1; do
		IFS=: read -r frame class fate <<<"$k"
		expect "$frame: arrived whole" "$(caught "$frame")" == "$([ "$fate" = sent ] && echo "$EACH" || echo 0)"
	done
	if grep changed "$T/caught"; then fail "frames arrived changed"; fi
}

test_every_kind_through_a_worker() {
	agent_start c0 --pipeline "$QUEUED" --mode native
	every_kind "$KINDS"
}

test_every_kind_in_xdp() {
	in_xdp
	agent_start c0 --pipeline "$T/xdp.click" --mode native
	every_kind "$KINDS"
}

test_every_kind_in_generic_xdp() {
	in_xdp
	agent_start c0 --pipeline "$T/xdp.click" --mode generic
	every_kind "$KINDS"
}

JUMBO="jumbo:port:sent jumbo-vlan:tagged:sent plain:port:sent"

test_jumbo_through_a_worker() {
	large_mtu "$LARGEST"
	agent_start c0 --pipeline "$QUEUED" --mode native
	every_kind "$JUMBO"
}

test_jumbo_in_xdp() {
	large_mtu "$LARGEST"
	in_xdp
	agent_start c0 --pipeline "$T/xdp.click" --mode native
	every_kind "$JUMBO"
}

# Generic mode takes any MTU, but no Queue holds a frame that is larger than its memory: that is said, not silent.
test_larger_than_a_queue_can_hold() {
	large_mtu 9000
	agent_start c0 --pipeline "$QUEUED" --mode generic
	in_client "$FRAMES" send eth0 "$EACH" huge
	until_true 5 settled "$EACH" || fail "received $(ask status .totals.rx)"
	conserved
	expect "rx_lost" "$(ask status .drops.rx_lost)" == "$EACH"
	every_kind "$JUMBO"
}

# A frame beyond the MTU of the device never gets to us.
test_larger_than_the_device_takes() {
	in_client ip link set eth0 mtu 3000
	agent_start c0 --pipeline "$QUEUED" --mode native
	every_kind plain:port:sent
	in_client "$FRAMES" send eth0 "$EACH" large
	every_kind plain:port:sent
	expect "packets received" "$(ask status .totals.rx)" == $((2 * EACH))
}

# A tag that the peer leaves to hardware is beside the frame, where XDP does not see it; in the frame it is seen.
test_tag_beside_the_frame() {
	local clang
	clang=$(command -v clang-19 || command -v clang) || skip "clang is not installed"
	printf '%s\n' '#define SEC(s) __attribute__((section(s), used))' \
		'static long (*vlan_push)(void *, unsigned short, unsigned short) = (void *)18;' \
		'SEC("tc") int tag(void *skb) { return vlan_push(skb, 0x0081, 5) ? 2 : 0; }' 'SEC("license") char l[] = "GPL";' >"$T/tag.c"
	"$clang" -O2 -g --target=bpf -c "$T/tag.c" -o "$T/tag.o"
	in_client tc qdisc add dev eth0 clsact || skip "no clsact in this kernel"
	in_client tc filter add dev eth0 egress bpf da obj "$T/tag.o" sec tc
	agent_start c0 --pipeline "$QUEUED" --mode native
	in_client ethtool -K eth0 txvlan off >/dev/null
	catch_start
	one_kind plain tagged sent
	wait "$CATCH"
	expect "with its tag" "$(caught vlan)" == "$EACH"
	in_client ethtool -K eth0 txvlan on >/dev/null
	catch_start
	one_kind plain port sent
	wait "$CATCH"
	expect "without its tag" "$(caught plain)" == "$EACH"
	"$AGENT" doctor c0 -j | jq -e '.checks[] | select(.name == "iface_vlan" and .status == "warn") | .do | test("txvlan off")' >/dev/null ||
		fail "doctor does not say so"
}

net_main "$@"
