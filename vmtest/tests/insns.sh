#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Loads every BPF program of the build and keeps what the verifier said in $BATCHY_RESULTS/insns.tsv, which vmtest/table.sh
# lays side by side for all kernels. Run by suite.sh.
# shellcheck source=vmtest/lib.sh
. "$(dirname "$0")/../lib.sh"

# The elements as pipelines configure them, one pipeline with every class among them; then the programs that are no elements.
programs() {
	local o
	printf '%s\n' "$TOP"/profiles/*.click "$TOP"/tests/pipelines/good/*every-class.click
	for o in "$BUILD"/bpf/*.bpf.o; do
		case ${o##*/} in
		el_* | entry.* | queue.* | todevice.* | tohost.* | maps.*) ;;
		*) printf '%s\n' "$o" ;;
		esac
	done
}

# Of these the agent loads what the kernel has, and says what it leaves out.
OPTIONAL='^(probe|qdisc|tcp|latency|net)'

test_programs_load() {
	local files refused out=$BATCHY_RESULTS/insns.tsv
	mapfile -t files < <(programs)
	"$BUILD/vmtest/insns" "${files[@]}" >"$out" 2>"$T/err" || fail "$(head -n 1 "$T/err")"
	cat "$out"
	[ "$(wc -l <"$out")" -gt 10 ] || fail "no more than $(wc -l <"$out") programs"
	refused=$(awk -F'\t' -v opt="$OPTIONAL" '$4 != "ok" && $1 !~ opt { print $1 "/" $2 ": " $4 }' "$out" | paste -sd';')
	[ -z "$refused" ] || fail "refused: $refused"
}

vm_main "$@"
