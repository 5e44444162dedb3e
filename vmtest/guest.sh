#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The first process of a virtual machine that run.sh boots: makes the host's read-only root writable for the guest alone, mounts what BPF
# and networking need, runs the command of the job, and leaves its exit status beside the job for run.sh.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb

MODULES="veth sch_fq sch_netem sch_ingress cls_bpf tun virtio_net bridge 8021q"

power_off() {
	sync
	echo o >/proc/sysrq-trigger
	sleep 60
}

# The host's root is the lower layer, so that whatever the tests write stays in this machine's memory.
writable_root() {
	# one static program, because every other one takes its time from this root
	b=$BUSYBOX
	$b mount -t proc -o nosuid,noexec,nodev proc /proc
	$b mount -t sysfs -o nosuid,noexec,nodev sysfs /sys
	$b mount -t devtmpfs devtmpfs /dev
	$b mount -t tmpfs -o mode=755 tmpfs /run
	modprobe -d "$KERNEL_DIR" overlay
	$b mount -t tmpfs tmpfs /mnt
	$b mkdir /mnt/host /mnt/upper /mnt/work /mnt/root
	# the host once more, with a cache and larger messages: programs start several times faster
	$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,access=any,cache=loose,msize=512000 host /mnt/host
	$b mount -t overlay -o lowerdir=/mnt/host,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
	cd /mnt/root
	for d in proc sys dev run; do $b mount --move "/$d" "$d"; done
	$b mount --move . /
	exec $b chroot . "$REPO/vmtest/guest.sh" writable
}

mounts() {
	mkdir -p /dev/pts /dev/shm /lib/modules
	mount -t devpts -o gid=5,mode=620 devpts /dev/pts
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mount -t tracefs tracefs /sys/kernel/tracing
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t bpf -o mode=700 bpffs /sys/fs/bpf
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mount --bind "$KERNEL_DIR/lib/modules" /lib/modules
	mount -t 9p -o trans=virtio,version=9p2000.L,access=any,msize=512000 job "$JOB_DIR"
	local l
	for l in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do
		[ -e "/dev/${l%%:*}" ] || ln -s "${l#*:}" "/dev/${l%%:*}"
	done
}

# The port that virtme-run connects to its own standard output; there is no udev to name it.
output_port() {
	local p
	for p in /sys/class/virtio-ports/*; do
		[ "$(cat "$p/name")" != virtme.stdout ] || { echo "/dev/${p##*/}"; return; }
	done
	echo /dev/console
}

run_job() {
	local rc=0
	cd "$WORK_DIR"
	export BATCHY_RESULTS=$JOB_DIR/results BATCHY_KERNEL=$SERIES BATCHY_ACCEL=$ACCEL
	# through a pipe, so that the command may open /dev/stdout and /dev/stderr again
	{ setsid --wait "${COMMAND[@]}" </dev/null 2>&1 || rc=$?; echo "$rc" >/run/status; } | cat >"$(output_port)" || true
	cp /run/status "$JOB_DIR/status.new"
	mv "$JOB_DIR/status.new" "$JOB_DIR/status"
}

# shellcheck disable=SC2154 # from the kernel command line
JOB_DIR=${batchy_job%/*}
# shellcheck source=/dev/null
. "$batchy_job"
trap power_off EXIT
[ "${1:-}" = writable ] || writable_root
mounts
hostname "batchy-${SERIES//./-}"
ip link set lo up
# shellcheck disable=SC2086 # a list; a kernel without one of them says so on the console
modprobe -a $MODULES || true
run_job
