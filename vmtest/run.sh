#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a command in a virtual machine under a Debian kernel, with this machine's root filesystem; called by `make vmtest`
# and by hand:
#   vmtest/run.sh [6.1|6.12|7|all]... [-t SECONDS] [-o DIR] [-- COMMAND [ARG]...]
# Without a command it runs the tests, vmtest/suite.sh.
# The guest sees every file of this machine, may change them all, and none of the changes last, save in $BATCHY_RESULTS, which
# is copied to DIR/<kernel> with the console log. Its output comes out here, its exit status is ours; 124: no answer in
# SECONDS, which each kernel has for itself; 125: the machine ended without one. VMTEST_ACCEL=kvm|tcg skips the probe for KVM,
# VMTEST_PROBE_SECONDS (25) bounds it; VMTEST_CPUS, VMTEST_MEMORY: the size of the machine.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${BATCHY_CACHE:-/var/cache/batchy}
CPUS=${VMTEST_CPUS:-2}
MEMORY=${VMTEST_MEMORY:-1G}
KVM=${VMTEST_KVM:-/dev/kvm} # tests have one of their own
PROBE_SECONDS=${VMTEST_PROBE_SECONDS:-25}
FETCH_SECONDS=600
seconds=900
keep=""
series=()
tmp=""
vm=""

die() { printf 'run.sh: %s\n' "$*" >&2; exit 1; }
usage() { die "usage: run.sh [6.1|6.12|7|all]... [-t SECONDS] [-o DIR] [-- COMMAND [ARG]...]"; }

# shellcheck disable=SC2317 # called by the traps too
# timeout made a process group of its own, which is the whole of the machine
stop_vm() {
	[ -z "$vm" ] || kill -KILL -- "-$vm" 2>/dev/null || true
	vm=""
}
# shellcheck disable=SC2317
clean() {
	stop_vm
	[ -z "$tmp" ] || rm -rf "$tmp"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

write_job() { # DIR KERNEL COMMAND...; $accel says how it runs
	local dir=$1 kernel=$2
	shift 2
	mkdir -p "$dir/results"
	{
		printf 'KERNEL_DIR=%q\nSERIES=%q\nACCEL=%q\nWORK_DIR=%q\nREPO=%q\n' "$CACHE/kernels/$(readlink "$CACHE/kernels/$kernel")" "$kernel" "${accel:-}" \
			"$PWD" "$ROOT"
		printf 'BUSYBOX=%q\nCOMMAND=(' "$CACHE/tools/usr/bin/busybox"
		printf ' %q' "$@"
		printf ' )\n'
	} >"$dir/job"
}

# virtme-run makes the initramfs and the qemu command line; guest.sh takes the place of its init, which waits for udev
# and hides the cache. Two network cards wired to each other are the guest's eth0 and eth1.
virtme() { # DIR KERNEL kvm|tcg
	local dir=$1 py=$CACHE/tools/usr/lib/python3/dist-packages kvm=()
	local qemu=(-virtfs "local,path=/,mount_tag=host,security_model=none,multidevs=remap,readonly=on"
		-virtfs "local,path=$dir,mount_tag=job,security_model=none,multidevs=remap")
	if [ "$3" = tcg ]; then
		kvm=(--disable-kvm)
		qemu+=(-cpu max)
	fi
	# shellcheck disable=SC2094 # pipes
	TMPDIR=$dir PYTHONPATH=$py PYTHONDONTWRITEBYTECODE=1 timeout -s KILL "$seconds" \
		/usr/bin/python3 -c 'import sys; from virtme.commands.run import main; sys.exit(main())' \
		--kimg "$CACHE/kernels/$(readlink "$CACHE/kernels/$2")/vmlinuz" --mods auto --root / --force-9p --busybox "$CACHE/tools/usr/bin/busybox" \
		--cpus "$CPUS" --memory "$MEMORY" --net loop --show-boot-console --script-sh : "${kvm[@]}" \
		--kopt loglevel=5 --kopt rcupdate.rcu_expedited=1 --kopt "batchy_job=$dir/job" --kopt "init=$ROOT/vmtest/guest.sh" \
		--qemu-opts "${qemu[@]}" </dev/null >"$dir/out" 2>"$dir/err" &
	vm=$!
}

boot() { # DIR KERNEL kvm|tcg; the answer is DIR/status
	local dir=$1 rc=0 readers=() started=$SECONDS
	mkfifo "$dir/out" "$dir/err"
	cat "$dir/out" & readers+=($!)
	cat "$dir/err" >"$dir/console.log" & readers+=($!)
	virtme "$@"
	{ wait "$vm" || rc=$?; } 2>/dev/null # bash would show all of the command that was killed
	stop_vm
	wait "${readers[@]}" || true
	[ ! -s "$dir/status" ] || return 0
	# others may kill it as well: who is out of memory
	if [ "$rc" = 137 ] && ((SECONDS - started >= seconds)); then echo 124; else echo 125; fi >"$dir/status"
}

# /dev/kvm may exist where no kernel boots on it, or not every one, so ask each by booting it, once until this machine restarts.
accelerator() { # KERNEL; sets accel
	local boot release dir=$tmp/$1.probe
	accel=${VMTEST_ACCEL:-}
	[ -z "$accel" ] || return 0
	boot=$(cat /proc/sys/kernel/random/boot_id)
	release=$(readlink "$CACHE/kernels/$1")
	accel=$(awk -v b="$boot" -v r="$release" '$1 == b && $2 == r { print $3 }' "$CACHE/kvm" 2>/dev/null || true)
	[ -z "$accel" ] || return 0
	accel=tcg
	if [ -r "$KVM" ] && [ -w "$KVM" ]; then
		mkdir "$dir"
		write_job "$dir" "$1" true
		seconds=$PROBE_SECONDS boot "$dir" "$1" kvm >/dev/null
		[ "$(cat "$dir/status")" != 0 ] || accel=kvm
	fi
	{ grep -s "^$boot" "$CACHE/kvm" || true; echo "$boot $release $accel"; } >"$CACHE/kvm.$$" && mv "$CACHE/kvm.$$" "$CACHE/kvm"
	echo "run.sh: $1 runs on $accel, remembered in $CACHE/kvm" >&2
}

complain() { # KERNEL WHY [CONSOLE]
	echo "run.sh: $1: $2" >&2
	[ -z "${3:-}" ] || { echo "run.sh: its console ends with:"; tail -n 60 "$3"; } >&2
	[ -z "$testing" ] || echo "not ok $1/machine: $2"
}

run_on() { # KERNEL COMMAND...
	local kernel=$1 dir=$tmp/$1 status started=$SECONDS accel
	if ! timeout -k 10 "$FETCH_SECONDS" "$ROOT/vmtest/kernels.sh" fetch "$kernel" </dev/null; then
		complain "$kernel" "its kernel cannot be had; see vmtest/kernels.sh fetch $kernel"
		return 125
	fi
	[ -z "$keep" ] || rm -rf "${keep:?}/$kernel"
	accelerator "$kernel"
	mkdir "$dir"
	write_job "$dir" "$@"
	boot "$dir" "$kernel" "$accel"
	status=$(cat "$dir/status")
	case $status in
	124) complain "$kernel" "no answer within $seconds s" "$dir/console.log" ;;
	125) complain "$kernel" "the machine ended without an answer" "$dir/console.log" ;;
	esac
	if [ -n "$keep" ]; then
		mkdir -p "$keep/$kernel"
		cp -r "$dir/results/." "$dir/console.log" "$keep/$kernel/"
	fi
	echo "run.sh: $kernel ($(readlink "$CACHE/kernels/$kernel"), $accel): exit status $status after $((SECONDS - started)) s" >&2
	return "$status"
}

while [ $# -gt 0 ]; do
	case $1 in
	--) shift; break ;;
	-t) seconds=${2:?seconds}; shift ;;
	-o) keep=${2:?directory}; shift ;;
	all) series+=(6.1 6.12 7) ;;
	-*) usage ;;
	*) series+=("$1") ;;
	esac
	shift
done
testing=""
if [ $# = 0 ]; then
	testing=1
	set -- "$ROOT/vmtest/suite.sh"
	make -s -C "$ROOT" vmtest-tools >&2 || die "vmtest/tools do not build; run make vmtest-tools"
fi
[ ${#series[@]} -gt 0 ] || series=(6.1)
command -v qemu-system-x86_64 >/dev/null || die "qemu-system-x86_64 is missing; run scripts/deps.sh vm"
case ${VMTEST_ACCEL:-} in
'' | kvm | tcg) ;;
*) die "VMTEST_ACCEL is kvm or tcg, not '$VMTEST_ACCEL'" ;;
esac
tmp=$(mktemp -d)
# they go through the kernel's command line and qemu's options
[[ $tmp$ROOT$CACHE != *[[:space:],=]* ]] || die "no spaces, commas and equal signs in $tmp, $ROOT, $CACHE: set TMPDIR or BATCHY_CACHE, or move the tree"
worst=0
for k in "${series[@]}"; do
	run_on "$k" "$@" || { rc=$?; [ "$worst" != 0 ] || worst=$rc; }
done
exit "$worst"
