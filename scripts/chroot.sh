#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves that a clean Debian can install what we need, build, and pass the tests that need no privileges; for people and CI, as root:
#   scripts/chroot.sh bookworm|trixie [SET...]      the sets of deps.sh to install, default: build test
# The committed HEAD is tested, in a copy-on-write view of a minimal system that stays in the cache. Mounts and processes belong
# to namespaces that end with the run; the build and the tests get no network. CHROOT_SECONDS (1800) is the limit for all.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/apt.sh
. "$ROOT/scripts/apt.sh"
CACHE=${BATCHY_CACHE:-/var/cache/batchy}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
work=""

die() { printf 'chroot.sh: %s\n' "$*" >&2; exit 1; }
trap '[ -z "$work" ] || rm -rf --one-file-system "$work"' EXIT
trap 'exit 143' TERM INT

# What the host needs to reach its package site, the chroot needs as well.
configure() { # DIR SITE SUITE
	printf 'deb [signed-by=%s] %s %s main\n' "$KEYRING" "$2" "$3" >"$1/etc/apt/sources.list"
	apt-config dump Acquire >"$1/etc/apt/apt.conf.d/00host"
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d" # no package starts a service
	chmod 755 "$1/usr/sbin/policy-rc.d"
	cp -L /etc/resolv.conf /etc/hosts "$1/etc/" 2>/dev/null || true
}

# The minimal system, once; renamed into place, so that what has the name is whole.
base_system() { # SUITE
	local suite=$1 base=$CACHE/chroots/$1 new=$CACHE/chroots/.new.$1 site
	if [ -e "$base" ]; then return 0; fi
	"$ROOT/scripts/deps.sh" chroot
	site=$(apt_site) || exit 1
	rm -rf --one-file-system "$new"
	mkdir -p "$new"
	debootstrap --variant=minbase --include=ca-certificates --keyring="$KEYRING" "$suite" "$new" "$site" >&2 ||
		die "debootstrap of $suite from $site failed; see $new/debootstrap/debootstrap.log"
	configure "$new" "$site" "$suite"
	rm -f "$new"/var/cache/apt/archives/*.deb
	mv "$new" "$base"
}

# In namespaces of its own, process 1 of them.
inside() { # WORK SUITE SET...
	local work=$1 root=$1/root d
	mount -t overlay -o "lowerdir=$CACHE/chroots/$2,upperdir=$work/upper,workdir=$work/work" overlay "$root"
	shift 2
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	mkdir "$root/dev/shm" "$root/dev/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	for d in null zero full random urandom; do
		: >"$root/dev/$d"
		mount --bind "/dev/$d" "$root/dev/$d"
	done
	ln -s /proc/self/fd "$root/dev/fd"
	mkdir "$root/src"
	tar -x -C "$root/src" -f "$work/src.tar"
	exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} bash /src/scripts/chroot.sh --build "$@"
}

# In the chroot: the steps a person takes on a fresh machine.
build() { # SET...
	local t out passed=0 failed=0 n
	cd /src
	scripts/deps.sh "$@" >/tmp/deps.log 2>&1 || { tail -n 30 /tmp/deps.log; die "scripts/deps.sh $* failed"; }
	scripts/deps.sh "$@" || die "scripts/deps.sh $* does not find what it has just installed"
	unshare --net make -k -j"$(nproc)" all unit >/tmp/make.log 2>&1 || { grep -A5 -E 'error|\*\*\*' /tmp/make.log | head -n 40; die "make failed"; }
	for t in tests/unit/test_*.c; do
		t=build/tests/$(basename "$t" .c)
		out=$(CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 5 120 unshare --net "$t" 2>&1) || { printf '%s\n' "$out" | tail -n 20; failed=$((failed + 1)); }
		n=$(grep -c '^ok ' <<<"$out" || true)
		echo "$(basename "$t"): $n passed"
		passed=$((passed + n))
	done
	echo "$(. /etc/os-release && echo "$PRETTY_NAME"): $passed passed, $failed programs failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

main() {
	local suite=${1:-}
	case $suite in
	bookworm | trixie) shift ;;
	*) die "usage: chroot.sh bookworm|trixie [SET...]" ;;
	esac
	[ "$(id -u)" = 0 ] || die "needs root for chroot and mounts; use sudo"
	[ $# -gt 0 ] || set -- build test
	mkdir -p "$CACHE/chroots"
	base_system "$suite"
	work=$(mktemp -d "$CACHE/chroots/.run.XXXXXX")
	mkdir "$work/upper" "$work/work" "$work/root"
	git -C "$ROOT" archive -o "$work/src.tar" HEAD
	timeout -k 20 "${CHROOT_SECONDS:-1800}" unshare --mount --pid --fork --kill-child --propagation private \
		bash "$0" --inside "$work" "$suite" "$@" </dev/null
}

case ${1:-} in
--inside) shift; inside "$@" ;;
--build) shift; build "$@" ;;
*) main "$@" ;;
esac
