#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Static analysis of user space with clang-tidy and cppcheck; `make tidy` calls it with the compiler's flags in TIDY_FLAGS.
# BPF programs are the verifier's to judge. Prints what is found and exits non-zero then.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
for tool in clang-tidy-19 cppcheck; do
	command -v "$tool" >/dev/null || { echo "tidy.sh: $tool is missing; scripts/deps.sh test installs it" >&2; exit 1; }
done
# native.c is a template that needs a class to be compiled for
mapfile -t files < <(git ls-files 'user/*/*.c' | grep -v '^user/element/native.c$')
: "${TIDY_FLAGS:?run make tidy}"
status=0
# shellcheck disable=SC2317 # called through xargs
one() {
	local flags
	eval "flags=($TIDY_FLAGS)" # as make would give them to its shell
	clang-tidy-19 --quiet "$@" -- "${flags[@]}" 2> >(grep -vE 'warnings generated|Processing file' >&2)
}
export -f one
# shellcheck disable=SC2016 # expanded by the inner shell
printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 10 bash -c 'one "$@"' _ || status=1
cppcheck --std=c11 --enable=warning,performance,portability --inline-suppr --quiet --error-exitcode=1 \
	--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=invalidPointerCast \
	-j "$(nproc)" -Iinclude -I. -D_GNU_SOURCE "${files[@]}" || status=1
exit $status
