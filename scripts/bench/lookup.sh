# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Route lookups: IPLookup, the kernel's LPM trie and DPDK's dpdk-test-fib, with the same routes and addresses, in turn. dpdk-test-fib looks
# up 64 addresses at a time. Sourced by scripts/bench.sh.

# lookup_dpdk SET CONFIG EAL-ARGUMENT...: nanoseconds a lookup. Groups are what its tables may need, 1 KiB each.
lookup_dpdk() {
	local set=$1 config=$2 groups=700000 family=() cycles
	shift 2
	case $set in IPv6-*) groups=4000000 family=(-6) ;; esac
	cycles=$(timeout 300 dpdk-test-fib -l 0 --no-huge -m $((groups / 1000 * 21 / 20 + 1500)) --no-pci --no-telemetry --no-shconf "$@" \
		-- "${family[@]}" -g "$groups" -f "$WORK/$set.routes" -t "$WORK/$set.addrs" ${LOOKUP_HOW:-} 2>"$WORK/fib.log" |
		sed -n 's/^AVG FIB lookup //p')
	if [ -z "$cycles" ]; then
		echo "bench: $config does not take $set: $(tail -n 1 "$WORK/fib.log")" >&2
		return 0
	fi
	sample lookup "$config" 0 "$set" ns "$(awk -v c="$cycles" -v n="$(cat "$WORK/ns_per_cycle")" 'BEGIN { printf "%.2f", c * n }')"
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
		lookup_dpdk "$set" "dpdk-test-fib"
		# its other lookup function, where the processor has it; the EAL must be told that it may
		if grep -qw avx512f /proc/cpuinfo; then
			LOOKUP_HOW="-v v" lookup_dpdk "$set" "dpdk-test-fib, AVX512" --force-max-simd-bitwidth=512
		fi
	done
}
