# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a test may not leave behind: interfaces, namespaces, pins, BPF programs and maps named bty_*, processes, files in
# /run/batchy. Runs as process 1 of the test's world, after the test's own clean-up and before the kernel's. Sourced by lib.sh.

leaks_bpf_ids() {
	{
		bpftool -j prog show 2>/dev/null | jq -r '.[]? | select((.name // "") | startswith("bty_")) | "program \(.id) \(.name)"'
		bpftool -j map show 2>/dev/null | jq -r '.[]? | select((.name // "") | startswith("bty_")) | "map \(.id) \(.name)"'
	} | sort
}

leaks_interfaces() { ip -o link show | sed -n 's/^[0-9]*: \([^:@]*\).*/\1/p' | sort; }

leaks_processes() {
	local p
	for p in /proc/[0-9]*; do
		[ "$p" != /proc/1 ] || continue # which runs this loop; the glob was expanded before it forked anything
		case $(sed -n 's/^State:\t\(.\).*/\1/p' "$p/status" 2>/dev/null) in Z | X | '') continue ;; esac
		printf 'process %s %s\n' "${p#/proc/}" "$(tr '\0' ' ' <"$p/cmdline" 2>/dev/null | cut -c1-60)"
	done
}

# Is somebody else on this machine using batchy? Then a new program or map need not be ours.
leaks_foreign() {
	local p ns
	ns=$(readlink /proc/self/ns/pid)
	for p in /run/outer-proc/[0-9]*; do
		case $(cat "$p/comm" 2>/dev/null) in batchy-agent | batchy-gen | test_*) ;; *) continue ;; esac
		[ "$(readlink "$p/ns/pid" 2>/dev/null)" = "$ns" ] || return 0
	done
	return 1
}

leaks_before() {
	leaks_bpf_ids >"$T/bpf.before"
	leaks_interfaces >"$T/if.before"
	if leaks_foreign; then touch "$T/foreign"; fi
}

# Freeing programs, maps and sockets is deferred in the kernel, for seconds on a busy machine: a leak is what stays.
leaks_bpf_new() {
	local i new
	new=$(leaks_bpf_ids | comm -13 "$T/bpf.before" -)
	for ((i = 0; i < 100; i++)); do
		if [ -z "$new" ] || [ -e "$T/foreign" ] || leaks_foreign; then return 0; fi
		sleep 0.1
		new=$(leaks_bpf_ids | comm -12 <(printf '%s\n' "$new") -)
	done
	# A program array alone, without a program, pin or process that could hold it: the kernel loses a reference when one is
	# looked at (as here) while it is being emptied (prog_array_map_clear() counts a reference for work that is queued already).
	if printf '%s\n' "$new" | grep -qvE '^map [0-9]+ bty_progs$'; then printf '%s\n' "$new"; fi
}

leaks_after() {
	leaks_processes
	leaks_interfaces | comm -13 "$T/if.before" - | sed 's/^/interface /'
	find /run/netns -mindepth 1 | sed 's/^/namespace /'
	# not ours: progs.debug and maps.debug, which the kernel makes, and the empty folder that libxdp leaves
	find /sys/fs/bpf -mindepth 1 ! -name '*.debug' ! -type d | sed 's/^/pin /'
	[ ! -e /run/batchy ] || find /run/batchy -mindepth 1 | sed 's/^/file /'
	leaks_bpf_new
}
