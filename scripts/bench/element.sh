# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What single elements cost, and twelve in a row, without traffic. Sourced by scripts/bench.sh.

bench_element() {
	local build=$TOP/build
	"$build/bench_elements" "$REPEAT" "$WORK/routes.txt" >>"$RAW" || bench_die "bench_elements failed"
	"$build/bench_chain" "$REPEAT" "$TOP/tests/bench/chain.click" "$build/bench/chain.bpf.o" >>"$RAW" ||
		bench_die "bench_chain failed"
}
