#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --pin: what an agent leaves attached, and who may take it over.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPES=$NET_DIR/pipelines

agent_dies() {
	kill -KILL "$AGENT_PID"
	wait "$AGENT_PID" 2>/dev/null || true
	AGENT_PID=
}

mode_of() { ask status '.interfaces[0].mode'; }

test_pinned_is_adopted() {
	agent_start c0 --pin --pipeline "$PIPES/two-queues.click"
	agent_dies
	xdp_on c0 || fail "nothing is attached after the agent died"
	ping_works 1
	agent_start c0 --pin --pipeline "$PIPES/two-queues.click"
	traffic 1kpps 500 5000
	timely arrived 5000 500
	conserved
	"$AGENT" detach c0 || fail "detach c0 failed"
	agent_stop
	detached c0
}

# Nothing in the maps of an agent before is read, so that their sizes may be those of another version.
test_pins_of_another_version() {
	local progs
	agent_start c0 --pin --pipeline "$PIPES/two-queues.click"
	agent_dies
	progs=$(find /sys/fs/bpf/batchy -name progs)
	rm "$progs"
	bpftool map create "$progs" type array key 4 value 24 entries 3 name bty_queues || skip "bpftool makes no map"
	agent_start c0 --pin --pipeline "$PIPES/two-queues.click"
	expect "programs pinned now" "$(bpftool -j map show pinned "$progs" | jq -r .type)" = prog_array
	traffic 1kpps 500 5000
	timely arrived 5000 500
	"$AGENT" detach c0 || fail "detach c0 failed"
	agent_stop
	detached c0
}

test_without_pin_it_ends() {
	agent_start c0 --pin
	agent_dies
	agent_start c0
	ping_works 1
	agent_stop
	detached c0
}

# Another mode is another way of attaching.
test_mode_changes() {
	agent_start c0 --pin --mode native
	agent_dies
	agent_start c0 --pin --mode generic
	expect mode "$(mode_of)" = generic
	agent_dies
	agent_start c0 --pin
	expect "mode of what was adopted" "$(mode_of)" = generic
	agent_dies
	agent_start c0 --mode native
	expect mode "$(mode_of)" = native
	agent_stop
	detached c0
}

test_detach_without_agent() {
	agent_start c0 --pin
	agent_stop
	xdp_on c0 || fail "nothing is attached after the agent ended"
	"$AGENT" detach --all || fail "detach --all failed"
	detached c0
}

# Pins go with their interface, whether an agent runs or not.
test_interface_removed() {
	agent_start c0 --pin
	timeout $((20 * SLOWER)) "$AGENT" attach s0 || fail "attach s0 failed"
	ip link del c0
	until_true 5 no_pins || fail "pins of c0 are left: $(find /sys/fs/bpf/batchy)"
	agent_stop
	agent_start s0 --pin
	agent_stop
	ip link del s0
	"$AGENT" detach --all >/dev/null 2>&1 || true
	no_pins || fail "pins of s0 are left: $(find /sys/fs/bpf/batchy)"
}

no_pins() { [ -z "$(find /sys/fs/bpf/batchy -type f 2>/dev/null)" ]; }

net_main "$@"
