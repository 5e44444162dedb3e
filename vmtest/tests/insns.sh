#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Loads every BPF program of the build and keeps what the verifier said in $BATCHY_RESULTS/insns.tsv, which vmtest/table.sh
# lays side by side for all kernels. Run by suite.sh.
# shellcheck source=vmtest/lib.sh
. "$(dirname "$0")/../lib.sh"

# Four profiles, and every class once; then the programs that are no elements. Last, fused: a compiler takes seconds where each
# instruction is emulated, so only what has every class, and a router.
programs() {
	local o
	printf '%s\n' "$TOP"/profiles/{demo,host,router,simple}.click "$TOP"/vmtest/every-program.click
	for o in "$BUILD"/bpf/*.bpf.o; do
		case ${o##*/} in
		el_* | entry.* | queue.* | todevice.* | tohost.* | maps.*) ;;
		*) printf '%s\n' "$o" ;;
		esac
	done
	printf '%s\n' -f "$TOP"/vmtest/every-program.click "$TOP"/profiles/router.click
}

# Classes that have a program which none of the pipelines uses.
left_out() { # TSV
	local o class
	for o in "$BUILD"/bpf/el_*.bpf.o; do
		class=${o##*/el_}
		class=${class%.bpf.o}
		cut -f3 "$1" | tr '[:upper:]' '[:lower:]' | grep -qx "$class" || printf '%s ' "$class"
	done
}

# Of these the agent loads what the kernel has, and says what it leaves out.
OPTIONAL='^(probe|qdisc|tcp|latency|net)'

test_programs_load() {
	local files refused left out=$BATCHY_RESULTS/insns.tsv
	mapfile -t files < <(programs)
	"$BUILD/vmtest/insns" "${files[@]}" >"$out" 2>"$T/err" || fail "$(head -n 1 "$T/err")"
	cat "$out"
	left=$(left_out "$out")
	[ -z "$left" ] || fail "vmtest/every-program.click does not use: $left"
	refused=$(awk -F'\t' -v opt="$OPTIONAL" '$4 != "ok" && $1 !~ opt { print $1 "/" $2 ": " $4 }' "$out" | paste -sd';')
	[ -z "$refused" ] || fail "refused: $refused"
}

vm_main "$@"
