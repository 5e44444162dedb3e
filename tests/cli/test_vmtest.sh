#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtest/run.sh itself: when it uses KVM and when not, what it says of a machine that hangs or dies, and that this is no other
# machine's loss. Nothing boots: in a cache made here, virtme-run is a program that answers, hangs or dies as $W/KERNEL.ACCEL says.
set -euo pipefail

TOP=$(cd "$(dirname "$0")/../.." && pwd)
W=$(mktemp -d "${TMPDIR:-/tmp}/bty-vmtest-XXXXXX")
trap 'rm -rf "$W"' EXIT
export W VMTEST_KVM=$W/device VMTEST_PROBE_SECONDS=5 BATCHY_CACHE=$W/cache PATH=$W/bin:$PATH
unset VMTEST_ACCEL
BAD=0

make_cache() {
	local k virtme=$W/cache/tools/usr/lib/python3/dist-packages/virtme
	mkdir -p "$virtme/commands" "$W/bin"
	touch "$virtme/__init__.py" "$virtme/commands/__init__.py" "$W/cache/tools/.complete" "$W/device"
	for k in 6.1 6.12 7; do
		mkdir -p "$W/cache/kernels/$k.0-made-up"
		touch "$W/cache/kernels/$k.0-made-up/.complete"
		ln -s "$k.0-made-up" "$W/cache/kernels/$k"
	done
	cat >"$virtme/commands/run.py" <<-'PYTHON'
	import os, sys
	def main():
	    job = [a for a in sys.argv if a.startswith("batchy_job=")][0].split("=")[1]
	    os.execvp("bash", ["bash", os.environ["W"] + "/machine", job, "tcg" if "--disable-kvm" in sys.argv else "kvm"])
	PYTHON
	# what make would build is for a machine that boots
	printf '#!/bin/sh\n' | tee "$W/bin/make" >"$W/bin/qemu-system-x86_64"
	chmod +x "$W/bin"/*
	cat >"$W/machine" <<-'BASH'
	. "$1"
	echo "$SERIES $2" >>"$W/boots"
	case $(cat "$W/$SERIES.$2" 2>/dev/null) in
	hangs) sleep 1000 & echo $! >"$W/pid"; wait ;;
	dies) echo "last words" >&2; exit 1 ;;
	esac
	case ${COMMAND[0]} in
	*/suite.sh) echo "ok $SERIES/on/$ACCEL 0.1s" ;;
	*) "${COMMAND[@]}" ;;
	esac
	echo $? >"${1%/*}/status"
	BASH
}

# given KERNEL.ACCEL=hangs|dies...: a machine about which nothing is known
given() {
	local g
	rm -f "$W"/*.kvm "$W"/*.tcg "$W/boots" "$W/cache/kvm"
	touch "$W/device"
	for g in "$@"; do echo "${g#*=}" >"$W/${g%%=*}"; done
}

# run ARGUMENTS of run.sh... -> its output and exit status in one line
run() {
	local rc=0
	timeout 60 bash "$TOP/vmtest/run.sh" "$@" >"$W/out" 2>"$W/err" </dev/null || rc=$?
	echo "$(paste -sd ' ' "$W/out") ($rc)"
}

# gone PID FILE: dead within a moment, be it that nobody has buried it yet
gone() {
	local _
	for _ in $(seq 50); do
		[[ $(ps -o stat= -p "$(cat "$1")" || true) =~ ^[^Z] ]] || { echo gone; return; }
		sleep 0.1
	done
	echo alive
}

boots() { paste -sd, "$W/boots"; }

# expect NAME WANTED GOT
expect() {
	if [ "$2" = "$3" ]; then echo "ok $1"; else
		echo "not ok $1: '$3', expected '$2'"
		sed 's/^/  | /' "$W/err"
		BAD=1
	fi
}

make_cache

given
expect kvm_answers "ok 6.1/on/kvm 0.1s (0)" "$(run 6.1)"
run 6.1 >/dev/null
expect asked_once "6.1 kvm,6.1 kvm,6.1 kvm" "$(boots)"

given 6.1.kvm=hangs
expect kvm_hangs "ok 6.1/on/tcg 0.1s (0)" "$(run 6.1)"
run 6.1 >/dev/null
expect hung_once "6.1 kvm,6.1 tcg,6.1 tcg" "$(boots)"

given 6.1.kvm=dies
expect kvm_dies "ok 6.1/on/tcg 0.1s (0)" "$(run 6.1)"

given 6.12.kvm=dies
expect each_kernel_is_asked "ok 6.1/on/kvm 0.1s ok 6.12/on/tcg 0.1s ok 7/on/kvm 0.1s (0)" "$(run all)"

given
rm "$W/device"
expect no_kvm "ok 6.1/on/tcg 0.1s (0)" "$(run 6.1)"
expect no_kvm_is_not_asked "6.1 tcg" "$(boots)"

given
expect told_which "ok 6.1/on/tcg 0.1s (0)" "$(VMTEST_ACCEL=tcg run 6.1)"
expect told_nonsense " (1)" "$(VMTEST_ACCEL=fast run 6.1)"

# what KVM could boot is not tried again in emulation: it may be the kernel that our programs crashed
given 6.1.kvm=dies
expect crash_on_kvm "not ok 6.1/machine: the machine ended without an answer (125)" "$(VMTEST_ACCEL=kvm run 6.1)"
expect crash_shows_the_console "last words" "$(grep -A 1 'console ends with' "$W/err" | tail -n 1)"

given 6.1.tcg=hangs 7.tcg=dies
expect one_machine_hangs_another_dies \
	"not ok 6.1/machine: no answer within 5 s ok 6.12/on/tcg 0.1s not ok 7/machine: the machine ended without an answer (124)" \
	"$(VMTEST_ACCEL=tcg run all -t 5)"
expect hung_machine_is_gone gone "$(gone "$W/pid")"

given
expect no_such_kernel "not ok 5.1/machine: its kernel cannot be had; see vmtest/kernels.sh fetch 5.1 ok 6.1/on/kvm 0.1s (125)" "$(run 5.1 6.1)"

given
# shellcheck disable=SC2016 # not to be expanded
expect words_stay_words "<a b><it's><\$HOME><> (0)" "$(run 6.1 -- printf '<%s>' 'a b' "it's" '$HOME' '')"
expect status_comes_back " (7)" "$(run 6.1 -- sh -c 'exit 7')"

given 6.1.tcg=hangs
rm "$W/pid"
VMTEST_ACCEL=tcg bash "$TOP/vmtest/run.sh" 6.1 >"$W/out" 2>"$W/err" </dev/null &
runner=$!
for _ in $(seq 100); do [ -s "$W/pid" ] && break; sleep 0.1; done
kill -TERM "$runner"
rc=0
wait "$runner" || rc=$?
expect stopped_from_outside "143 gone" "$rc $(gone "$W/pid")"
exit "$BAD"
