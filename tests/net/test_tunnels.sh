#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets that change their length on real devices, with the kernel's own VXLAN at the other end: what the pipeline puts into the
# tunnel the kernel takes out, and the other way round. In a worker, whose frames AF_XDP sends from where they begin now, and in XDP.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPE=$NET_DIR/pipelines/tunnel.click

# The segment's two ends: an address of the client, and a VXLAN device at the server.
segment() {
	in_server ip link add vx0 type vxlan id 77 local "$SERVER_IP" remote "$ROUTER_S_IP" dstport 4789 nolearning 2>/dev/null ||
		skip "no VXLAN device in this kernel"
	in_server ip addr add 10.99.0.2/24 dev vx0
	in_server ip link set vx0 up
	in_client ip addr add 10.99.0.1/24 dev eth0
	in_client ip route change 10.99.0.0/24 dev eth0 src 10.99.0.1 mtu 1450
	# a veth takes redirected frames only when its peer polls
	in_client ethtool -K eth0 gro on >/dev/null
	in_server ethtool -K eth0 gro on >/dev/null
}

# The same pipeline without queues.
in_xdp() { sed 's/-> [a-z]* :: Queue([^)]*)//' "$PIPE" >"$T/xdp.click"; }

# ARP, then packets of every size up to the largest, both ways; the tunnel carried them
segment_works() {
	local size
	in_client ping -n -q -c 5 -i 0.1 -W 2 10.99.0.2 >/dev/null || fail "no ping through the tunnel"
	for size in 0 1 17 100 1000 1421 1422; do
		in_client ping -n -q -c 2 -i 0.1 -W 2 -M "do" -s "$size" 10.99.0.2 >/dev/null || fail "no ping of $size bytes"
	done
	in_server ping -n -q -c 5 -i 0.1 -W 2 10.99.0.1 >/dev/null || fail "no ping back"
	expect "packets that left VXLANDecap" "$(ask element show '.elements[] | select(.class == "VXLANDecap") | .packets_in')" '>=' 24
	expect "frames the device refused" "$(in_server cat /sys/class/net/vx0/statistics/rx_errors)" == 0
	expect "no_room" "$(ask status .drops.no_room)" == 0
	conserved
}

# TCP, so that full batches of long and short frames change; its sender ends before the last of them has come
tcp_works() {
	bg iperf.log in_server iperf3 -s -1 --forceflush -B 10.99.0.2
	until_true 5 grep -qs listening "$T/iperf.log" || fail "iperf3 does not listen"
	in_client iperf3 -c 10.99.0.2 -n 20M -J >"$T/iperf.json" || fail "iperf3: $(jq -r '.error // "?"' "$T/iperf.json")"
	expect "bytes received" "$(jq .end.sum_received.bytes "$T/iperf.json")" '>=' 10000000
	conserved
}

test_vxlan_through_a_worker() {
	segment
	agent_start c0 --pipeline "$PIPE" --mode native
	segment_works
	tcp_works
}

test_vxlan_through_a_worker_in_generic_mode() {
	segment
	sed 's/cl\[1\] -> host/cl[1] -> Discard/; /ToHost/d' "$PIPE" >"$T/generic.click"
	agent_start c0 --pipeline "$T/generic.click" --mode generic
	segment_works
}

test_vxlan_in_xdp() {
	segment
	in_xdp
	agent_start c0 --pipeline "$T/xdp.click" --mode native
	segment_works
	tcp_works
}

test_vxlan_in_generic_xdp() {
	segment
	in_xdp
	agent_start c0 --pipeline "$T/xdp.click" --mode generic
	segment_works
}

net_main "$@"
