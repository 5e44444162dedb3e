# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What single elements cost, and twelve in a row, without traffic. Sourced by scripts/bench.sh.

# The same rules and headers in both, the files made once.
bench_acl() {
	local build=$TOP/build alg rate
	[ -s "$WORK/acl.rules" ] || "$TOP/scripts/classbench.py" "$WORK/acl.rules" "$WORK/acl.trace" || bench_die "classbench.py failed"
	"$build/bench_acl" "$REPEAT" "$WORK/acl.rules" "$WORK/acl.trace" >>"$RAW" || bench_die "bench_acl failed"
	if ! command -v dpdk-test-acl >/dev/null; then
		echo "bench: no comparison of ACL with DPDK: dpdk-test-acl is missing; install dpdk-dev" >&2
		return 0
	fi
	for alg in avx2 avx512x16; do
		rate=$(dpdk-test-acl -l "$FORWARD_CPU" --no-huge -m 1024 --no-pci -- --rulesf="$WORK/acl.rules" --tracef="$WORK/acl.trace" \
			--tracenum=100000 --rulenum=20000 --tracestep=32 --iter=20 --verbose=0 --alg="$alg" 2>/dev/null |
			sed -n 's/^search_ip5tuples  .*, \([0-9.]*\) pkt\/sec$/\1/p')
		if [ -n "$rate" ]; then
			sample element "dpdk-test-acl $alg" 0 acl ns "$(ratio 1000000000 "$rate")"
		else
			echo "bench: no comparison of ACL with DPDK's $alg: dpdk-test-acl does not run with it here" >&2
		fi
	done
}

bench_element() {
	local build=$TOP/build
	"$build/bench_elements" "$REPEAT" "$WORK" >>"$RAW" || bench_die "bench_elements failed"
	bench_acl
	"$build/bench_decide" "$REPEAT" >>"$RAW" || bench_die "bench_decide failed"
	"$build/bench_chain" "$REPEAT" "$TOP/tests/bench/chain.click" "$build/bench/chain.bpf.o" >>"$RAW" ||
		bench_die "bench_chain failed"
}
