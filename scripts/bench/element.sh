# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What single elements cost, without traffic. Sourced by scripts/bench.sh.

bench_element() { "$TOP/build/bench_elements" "$REPEAT" "$WORK/routes.txt" >>"$RAW" || bench_die "bench_elements failed"; }
