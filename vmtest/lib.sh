# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What vmtest/tests/*.sh share. Like tests/net/lib.sh, but the machine is ours and ends after the tests, so a test gets a network
# namespace and nothing is cleaned up or checked for leaks: under emulation every command less counts.
# A script sources this, defines test_* functions and ends with `vm_main "$@"`.
set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$TOP/build}
VM_SECONDS=${VM_SECONDS:-120}
A_IP=10.77.9.1 B_IP=10.77.9.2

fail() { printf '%s\n' "$*" >"$T/why"; exit 1; }
skip() { printf '%s\n' "$*" >"$T/why"; exit 77; }

# until_true SECONDS COMMAND...
until_true() {
	local i n=$(($1 * 4))
	shift
	for ((i = 0; i < n; i++)); do
		if "$@"; then return 0; fi
		sleep 0.25
	done
	return 1
}

# link_up IFACE PEER: addresses on both; the peer lives in a namespace of its own, where in_peer runs commands
link_up() {
	ip netns add "peer$$"
	ip link set "$2" netns "peer$$"
	ip addr add "$A_IP/24" dev "$1"
	ip link set "$1" up
	ip -n "peer$$" addr add "$B_IP/24" dev "$2"
	ip -n "peer$$" link set "$2" up
}
in_peer() { ip netns exec "peer$$" "$@"; }

veth_pair() { # the interface is v0
	ip link add v0 type veth peer name v1
	link_up v0 v1
}

# The machine's two virtio network cards, wired to each other by qemu; the interface is eth0. They go back to the machine by
# themselves when the namespaces go.
nic_pair() {
	local nic
	for nic in eth0 eth1; do
		# the test before may have had it a moment ago
		until_true 10 nsenter --net=/proc/1/ns/net ip link set "$nic" netns $$ || fail "$nic is not in the machine's own namespace"
	done
	link_up eth0 eth1
}

ping_peer() { ping -n -q -c 2 -i 0.2 -W 2 "$B_IP" >/dev/null || fail "no ping to the peer${1:+ $1}"; }

xdp_mode() { ip -d -j link show dev "$1" | jq -r '.[0].xdp.attached[0].mode // .[0].xdp.mode // 0'; } # 1 native, 2 generic

vm_run() {
	local fn=$1 rc=0 start=$SECONDS why="" pid
	T=$(mktemp -d)
	export T
	timeout -k 10 "$VM_SECONDS" unshare --net --mount bash "$0" --body "$fn" >"$T/log" 2>&1 &
	pid=$!
	wait "$pid" || rc=$?
	kill -KILL -- "-$pid" 2>/dev/null || true # what it left running; timeout made the group
	if [ -s "$T/why" ]; then why=$(tr '\n' ' ' <"$T/why"); fi
	sed 's/^/  | /' "$T/log"
	case $rc in
	0) echo "ok $fn $((SECONDS - start)).0s" ;;
	77) echo "skip $fn $((SECONDS - start)).0s: $why" ;;
	124 | 137) echo "not ok $fn: longer than $VM_SECONDS s" ;;
	*) echo "not ok $fn $((SECONDS - start)).0s: ${why:-exit status $rc: $(tail -n 1 "$T/log")}" ;;
	esac
	[ "$rc" = 0 ] || [ "$rc" = 77 ]
}

vm_body() {
	mount -t sysfs sysfs /sys
	mount -t bpf bpf /sys/fs/bpf
	ip link set lo up
	"$1"
}

vm_main() {
	local fn bad=0
	if [ "${1:-}" = --body ]; then
		vm_body "$2"
		return
	fi
	[ -n "${BATCHY_KERNEL:-}" ] || { echo "$0: runs inside a virtual machine; use vmtest/run.sh" >&2; exit 1; }
	for fn in $(declare -F | sed -n 's/^declare -f \(test_\)/\1/p'); do vm_run "$fn" || bad=1; done
	return "$bad"
}
