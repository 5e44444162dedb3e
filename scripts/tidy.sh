#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Static analysis of user space: clang-tidy, with the compiler's flags that `make tidy` gives in TIDY_FLAGS, and cppcheck. Prints
# `ok NAME` or `not ok NAME: why`, what was found first. Called by scripts/test.sh and `make tidy`. BPF programs are the
# verifier's to judge. TIDY_NODES=225000 looks at as many states of each function as clang does by itself: three times as slow.
# TIDY_JOBS: at a time.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${TIDY_FLAGS:?run make tidy}"
# native.c is a template that needs a class to be compiled for
mapfile -t files < <(printf '%s\n' user/*/*.c | grep -v '^user/element/native.c$')

# shellcheck disable=SC2317 # called through xargs
one() {
	local flags
	eval "flags=($TIDY_FLAGS)" # as make would give them to its shell
	flags+=(-Xclang -analyzer-config -Xclang "max-nodes=${TIDY_NODES:-50000}")
	clang-tidy-19 --quiet "$@" -- "${flags[@]}" 2> >(grep -vE 'warnings? generated|Processing file' >&2)
}
export -f one

clang_tidy() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	printf '%s\0' "${files[@]}" | xargs -0 -P "${TIDY_JOBS:-$(nproc)}" -n 10 bash -c 'one "$@"' _
}

# Not several jobs: then it does not follow a value from one function into another.
cppcheck_all() {
	cppcheck --std=c11 --enable=warning,performance,portability --inline-suppr --quiet --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=invalidPointerCast \
		-Iinclude -I. -D_GNU_SOURCE "${files[@]}"
}

# check NAME TOOL FUNCTION: never skipped: without the tool nobody knows whether the sources are clean
check() {
	if ! command -v "$2" >/dev/null; then
		echo "not ok $1: $2 is missing; scripts/deps.sh test installs it"
	elif "$3" 2>&1; then
		echo "ok $1"
		return 0
	else
		echo "not ok $1: see above"
	fi
	BAD=1
}

BAD=0
check clang-tidy clang-tidy-19 clang_tidy
check cppcheck cppcheck cppcheck_all
exit "$BAD"
