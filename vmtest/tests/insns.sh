#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Loads every BPF program of the build and keeps what the verifier said in $BATCHY_RESULTS/insns.tsv, which vmtest/table.sh
# lays side by side for all kernels. Run by suite.sh.
# shellcheck source=vmtest/lib.sh
. "$(dirname "$0")/../lib.sh"

# of these the agent loads what the kernel has, and says what it leaves out
OPTIONAL='probe|qdisc|tcp|latency|net'

test_programs_load() {
	local objects=("$BUILD"/bpf/*.bpf.o) refused
	[ -e "${objects[0]}" ] || skip "no BPF objects in $BUILD/bpf"
	"$BUILD/vmtest/insns" "${objects[@]}" >"$BATCHY_RESULTS/insns.tsv" || fail "an object of $BUILD/bpf cannot be read"
	cat "$BATCHY_RESULTS/insns.tsv"
	[ -s "$BATCHY_RESULTS/insns.tsv" ] || fail "no program in $BUILD/bpf"
	refused=$(awk -F'\t' -v opt="$OPTIONAL" '$3 != "ok" && $1 !~ opt { print $1 "/" $2 ": " $3 }' "$BATCHY_RESULTS/insns.tsv" | paste -sd';')
	[ -z "$refused" ] || fail "refused: $refused"
}

vm_main "$@"
