# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Route lookups: IPLookup, the kernel's LPM trie and DPDK's dpdk-test-fib, with the same routes and addresses, in turn. dpdk-test-fib looks
# up 64 addresses at a time; bench_fib does the same with its library, also 32 at a time. Sourced by scripts/bench.sh.

# What its tables may need: groups of 1 KiB.
lookup_groups() { case $1 in IPv6-*) echo 4000000 ;; *) echo 700000 ;; esac; }

# lookup_eal PROGRAM GROUPS ARGUMENT...: without huge pages, devices or files in /run.
lookup_eal() {
	local program=$1 groups=$2
	shift 2
	timeout 300 taskset -c 0 "$program" -l 0 --no-huge -m $((groups / 1000 * 21 / 20 + 1500)) --no-pci --no-telemetry --no-shconf "$@" \
		2>"$WORK/fib.log"
}

# lookup_dpdk SET CONFIG HOW EAL-ARGUMENT...: nanoseconds a lookup; HOW: its own arguments
lookup_dpdk() {
	local set=$1 config=$2 how=$3 groups family=() cycles
	shift 3
	groups=$(lookup_groups "$set")
	[[ $set != IPv6-* ]] || family=(-6)
	# shellcheck disable=SC2086 # several words
	cycles=$(lookup_eal dpdk-test-fib "$groups" "$@" -- "${family[@]}" -g "$groups" -f "$WORK/$set.routes" -t "$WORK/$set.addrs" $how |
		sed -n 's/^AVG FIB lookup //p')
	if [ -z "$cycles" ]; then
		echo "bench: $config does not take $set: $(tail -n 1 "$WORK/fib.log")" >&2
		return 0
	fi
	sample lookup "$config" 0 "$set" ns "$(awk -v c="$cycles" -v n="$(cat "$WORK/ns_per_cycle")" 'BEGIN { printf "%.2f", c * n }')"
}

# lookup_fib SET NAME EAL-ARGUMENT...: its library, 32 and 64 at a time
lookup_fib() {
	local set=$1 name=$2 groups
	shift 2
	[ -x "$TOP/build/bench_fib" ] || return 0
	groups=$(lookup_groups "$set")
	lookup_eal "$TOP/build/bench_fib" "$groups" "$@" -- "$WORK" "$set" "$REPEAT" "$groups" "$name" | grep '^{' >>"$RAW" ||
		echo "bench: $name does not take $set: $(tail -n 1 "$WORK/fib.log")" >&2
}

bench_lookup() {
	local set
	[ -e "$WORK/IPv4-internet.routes" ] || "$TOP/build/bench_lookup" make "$WORK" || bench_die "bench_lookup: no routes"
	for set in IPv4-internet IPv4-random IPv6-internet IPv6-random; do
		taskset -c 0 "$TOP/build/bench_lookup" run "$WORK" "$set" "$REPEAT" "$TOP/build/bench_lookup.bpf.o" >>"$RAW" ||
			bench_die "bench_lookup failed"
		if ! command -v dpdk-test-fib >/dev/null; then
			[ "$REPEAT" != 1 ] || [ "$set" != IPv4-internet ] ||
				echo "bench: skipped dpdk-test-fib: not installed (Debian: dpdk-dev)" >&2
			continue
		fi
		lookup_dpdk "$set" dpdk-test-fib ""
		lookup_fib "$set" "DPDK's FIB"
		# its other lookup function, where the processor has it; the EAL must be told that it may
		if grep -qw avx512f /proc/cpuinfo; then
			lookup_dpdk "$set" "dpdk-test-fib, AVX512" "-v v" --force-max-simd-bitwidth=512
			lookup_fib "$set" "DPDK's FIB, AVX512" --force-max-simd-bitwidth=512
		fi
	done
}
