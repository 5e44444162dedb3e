#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the Debian packages that building, running or testing needs; called by run.sh and test.sh, and usable alone:
#   scripts/deps.sh build|run|test|bench|experiments|vm|chroot ...
# Quick and silent when nothing is missing. On Debian 12 libbpf, bpftool and the kernel headers come from bookworm-backports, read
# through a private apt state, so the machine's own sources stay as they are.
# shellcheck disable=SC2086 # lists of names are meant to split
set -euo pipefail

BUILD_PKGS="make gcc libc6-dev clang-19 llvm-19 libelf-dev zlib1g-dev libjansson-dev libmicrohttpd-dev libpcap-dev pkg-config libxdp-dev jq"
RUN_PKGS="iproute2 ethtool iperf3 iputils-ping procps util-linux kmod jq"
TEST_PKGS="libcmocka-dev clang-format-19 clang-tidy-19 cppcheck shellcheck tcpdump tshark python3 python3-scapy jq libclang-rt-19-dev socat psmisc strace gnuplot-nox file libxml2-utils"
BENCH_PKGS="dpdk-dev gnuplot-nox python3 jq"
EXPERIMENTS_PKGS="gnuplot-nox python3 jq $RUN_PKGS"
VM_PKGS="qemu-system-x86 python3 file kmod xz-utils util-linux iproute2 iputils-ping jq" # vmtest/kernels.sh fetches the rest
CHROOT_PKGS="debootstrap"
# name and lowest version that will do; Debian 12's own are too old (no tcx, no struct_ops links, no tcpi_total_rto)
BACKPORTS="libbpf-dev=1.4 bpftool=7.4 linux-libc-dev=6.12"

# shellcheck source=scripts/apt.sh
. "$(dirname "${BASH_SOURCE[0]}")/apt.sh"

die() { printf 'deps.sh: %s\n' "$*" >&2; exit 1; }

codename() { . /etc/os-release && printf '%s' "${VERSION_CODENAME:-}"; }

installed_version() { dpkg-query -W -f '${Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^install ok installed //p'; }

missing() {
	local p
	for p in "$@"; do [ -n "$(installed_version "$p")" ] || printf '%s ' "$p"; done
}

too_old() {
	local spec p v
	for spec in "$@"; do
		p=${spec%%=*}
		v=$(installed_version "$p")
		if [ -z "$v" ] || dpkg --compare-versions "${v#*:}" lt "${spec#*=}"; then printf '%s ' "$p"; fi
	done
}

update_once() {
	[ -z "${UPDATED:-}" ] || return 0
	apt-get -q update >&2 || die "apt-get update failed: no package source answers; check the network and /etc/apt"
	UPDATED=1
}

# Only these come from there, and not what they depend on: qemu wants Debian 12's own libelf.
from_backports() {
	local site dir
	site=$(apt_site) || exit 1
	dir=$(mktemp -d)
	printf 'Package: libbpf1 %s\nPin: release n=bookworm-backports\nPin-Priority: 900\n' "$*" >"$dir/preferences"
	if ! { apt_private "$dir" "$site" bookworm bookworm-backports &&
		DEBIAN_FRONTEND=noninteractive apt-get -qy "${APT_OPTS[@]}" -o "Dir::Etc::Preferences=$dir/preferences" \
			install --no-install-recommends "$@" >&2; }; then
		rm -rf "$dir"
		die "could not install $* from bookworm-backports"
	fi
	rm -rf "$dir"
}

install_set() {
	local want old
	old=$(too_old $BACKPORTS)
	want=$(missing "$@")
	[ -n "$old$want" ] || return 0
	[ "$(id -u)" = 0 ] || die "missing packages: $old$want; run as root (sudo) so that they can be installed"
	update_once
	if [ -n "$old" ]; then
		if [ "$(codename)" = bookworm ]; then from_backports $old; else want="$old $want"; fi
	fi
	[ -z "${want// /}" ] || DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends $want >&2 ||
		die "could not install: $want"
}

[ -e /etc/debian_version ] || die "this is not Debian; install the packages named in README.md by hand, then run make"
[ $# -gt 0 ] || set -- build
pkgs=""
for s in "$@"; do
	case $s in
	build) pkgs+=" $BUILD_PKGS" ;;
	run) pkgs+=" $RUN_PKGS" ;;
	test) pkgs+=" $TEST_PKGS" ;;
	bench) pkgs+=" $BENCH_PKGS" ;;
	experiments) pkgs+=" $EXPERIMENTS_PKGS" ;;
	vm) pkgs+=" $VM_PKGS" ;;
	chroot) pkgs+=" $CHROOT_PKGS" ;;
	*) die "unknown set '$s'; use build, run, test, bench, experiments, vm or chroot" ;;
	esac
done
install_set $pkgs
