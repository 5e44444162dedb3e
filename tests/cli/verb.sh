# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests of batchy-agent's verbs share. Sourced with VERB set; then the folder is the top of the tree, W a directory that ends with
# the script, and BAD its exit status.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
AGENT=$PWD/${BUILD:-build}/batchy-agent
[[ ${BUILD:-} != /* ]] || AGENT=$BUILD/batchy-agent
W=$(mktemp -d "${TMPDIR:-/tmp}/bty-$VERB-XXXXXX")
chmod 755 "$W"
BAD=0
trap 'rm -rf "$W"' EXIT

good() { echo "ok $1"; }
# shellcheck disable=SC2034 # the script ends with BAD
bad() { echo "not ok $1: $(tr '\n' ' ' <<<"$2")"; BAD=1; }

# verb ARGUMENT...: the answer in $W/out, what it says besides in $W/err
verb() { timeout "${VERB_LIMIT:-60}" "$AGENT" "$VERB" "$@" >"$W/out" 2>"$W/err"; }

# field FILTER [FILE]: of the answer
field() { jq -r "$1" "${2:-$W/out}" 2>&1; }

# says NAME STATUS TEXT ARGUMENT...: refused, with TEXT in its message, and nothing on standard output
says() {
	local name=$1 status=$2 text=$3 rc=0
	shift 3
	verb "$@" || rc=$?
	if [ "$rc" = "$status" ] && grep -qF -- "$text" "$W/err" && [ ! -s "$W/out" ] && grep -q '^batchy-agent' "$W/err"; then
		good "$name"
	else
		bad "$name" "status $rc, said '$(cat "$W/out" "$W/err")'"
	fi
}
