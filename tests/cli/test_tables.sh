#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/tables.py: the same seed gives the same bytes, profiles/ holds what it writes, every size is a pipeline that is taken, and
# the traffic fits: tshark finds nothing wrong with it, and the pipeline lets it through.
set -euo pipefail

cd "$(dirname "$0")/../.."
TOP=$PWD
AGENT=$TOP/${BUILD:-build}/batchy-agent
[[ ${BUILD:-} != /* ]] || AGENT=$BUILD/batchy-agent
TABLES=$TOP/scripts/tables.py
W=$(mktemp -d "${TMPDIR:-/tmp}/bty-tables-XXXXXX")
trap 'rm -rf "$W"' EXIT
BAD=0

good() { echo "ok $1"; }
bad() { echo "not ok $1: $(tr '\n' ' ' <<<"$2")"; BAD=1; }

sums() { (cd "$1" && find . -type f | sort | xargs sha256sum); }

test_same_seed_same_bytes() {
	"$TABLES" --all -o "$W/a"
	(cd "$W" && PYTHONHASHSEED=7 TZ=Asia/Tokyo LC_ALL=C "$TABLES" --all -o b)
	if [ "$(sums "$W/a")" = "$(sums "$W/b")" ]; then good same_seed_same_bytes; else
		bad same_seed_same_bytes "$(diff <(sums "$W/a") <(sums "$W/b"))"
	fi
}

test_another_seed_other_bytes() {
	"$TABLES" ipv4-router --seed 2 -o "$W/c"
	if cmp -s "$W/a/ipv4-router/routes.txt" "$W/c/ipv4-router/routes.txt" ||
		cmp -s "$W/a/ipv4-router/traffic.pcap" "$W/c/ipv4-router/traffic.pcap"; then
		bad another_seed_other_bytes "the same tables or traffic"
	else
		good another_seed_other_bytes
	fi
}

test_no_places_of_this_machine() {
	if grep -rlF -e "$TOP" -e "$W" "$W/a" >"$W/out"; then bad no_places_of_this_machine "$(cat "$W/out")"; else good no_places_of_this_machine; fi
}

test_profiles_are_what_it_writes() {
	local f wrong=''
	while read -r f; do
		cmp -s "$W/a/$f" "profiles/$f" || wrong+="$f "
	done < <(cd "$W/a" && find . -type f ! -name traffic.pcap)
	if [ -z "$wrong" ]; then good profiles_are_what_it_writes; else
		bad profiles_are_what_it_writes "$wrong: scripts/tables.py --profiles writes them"
	fi
}

# taken NAME SIZE...: with these sizes
taken() {
	local name=$1 label=$*
	shift
	if ! "$TABLES" "$name" "$@" --packets 100 -o "$W/sizes" 2>"$W/err"; then
		bad "taken_${label// /_}" "$(cat "$W/err")"
	elif "$AGENT" check "$W/sizes/$name.click" >"$W/out" 2>&1; then
		good "taken_${label// /_}"
	else
		bad "taken_${label// /_}" "$(cat "$W/out")"
	fi
}

test_sizes() {
	taken ipv4-router --routes 20000 --nhops 64
	taken ipv6-router --routes 1 --nhops 1
	taken l2fwd --upstream-table-size 2 --downstream-table-size 2
	taken l2fwd --set UPSTREAM_TABLE_SIZE=100000
	taken l3fwd --set UP_ROUTES=1000 --set UP_GROUPS=64
	taken l2l3 --branches 4 --nhops 8
	taken l2l3 --branches 1 --nhops 16 --rules 0 --pairs 0
	taken l2l3 --branches 1 --nhops 64 --queues 1
	taken l2l3 --branches 2 --nhops 8 --queues 2
	taken vrf --vlans 2 --nhops 4 --rules 100 --queues 1
	taken l2l3-simple --rules 1000
	taken vrf --set VLANS=2 --set NHOPS=4
	taken mgw --users 4 --bearers 16
	taken mgw --users 1 --bearers 1
	taken bng --users 1
	taken bng --rules 0 --kbps 0 --nat 0
	taken robot-control --leaves 2
	taken robot-control --leaves 64
	local levels skewed
	for levels in 1 2 3; do for skewed in 0 1; do taken branch --levels "$levels" --skewed "$skewed"; done; done
	if [ "$(grep -c '^[0-9]' "$W/sizes/ipv4-router/routes.txt")" = 20001 ]; then good as_many_routes_as_asked_for; else
		bad as_many_routes_as_asked_for "$(wc -l "$W/sizes/ipv4-router/routes.txt")"
	fi
}

# As real tables: most prefixes have 24 bits, few are short.
test_lengths_of_prefixes() {
	local all n24 short
	all=$(grep -c / "$W/sizes/ipv4-router/routes.txt")
	n24=$(grep -c '/24 ' "$W/sizes/ipv4-router/routes.txt")
	short=$(grep -cE '/(8|9|10|11|12|13|14|15) ' "$W/sizes/ipv4-router/routes.txt")
	if ((n24 * 10 > all * 5 && n24 * 10 < all * 7 && short * 20 < all && short > 0)); then good lengths_of_prefixes; else
		bad lengths_of_prefixes "$n24 of $all have 24, $short fewer than 16"
	fi
}

# The sizes of Batchy's experiments (NSDI 2020), and as many users as a gateway has: they run, and each packet is accounted for.
# made NAME SIZE...: in $W/runs, without what another size has left there
made() {
	rm -rf "$W/runs"
	"$TABLES" "$@" -o "$W/runs" 2>"$W/err"
}

# runs NAME SIZE...
runs() {
	local name=$1 label=$*
	if made "$@"; then runs_made "$name" "$label"; else bad "runs_${label// /_}" "$(cat "$W/err")"; fi
}

# runs_made NAME LABEL: what is in $W/runs
runs_made() {
	local name=$1 label=$2
	rate_of "$name"
	if ! "$AGENT" bench "$W/runs/$name.click" "${RATE[@]}" --pcap "$W/runs/$name/traffic.pcap" --seconds 1 -j >"$W/out" 2>"$W/err"; then
		bad "runs_${label// /_}" "$(cat "$W/err")"
	elif let_through "$name"; then
		good "runs_${label// /_}"
	else
		bad "runs_${label// /_}" "$(jq -c '[.conserved, .totals, .drops]' "$W/out")"
	fi
}

test_large() {
	runs l2l3 --branches 1 --nhops 64
	runs vrf --set VLANS=16 --set NHOPS=4
	runs vrf --set VLANS=12 --set NHOPS=8
	runs mgw --set USERS=1000 --set BEARERS=4
	runs bng --set USERS=1000
}

# The forms a profile has beside the one that is shipped.
test_other_forms() {
	local levels
	for levels in 1 2; do
		runs branch --levels "$levels"
		field_is branch_minor_"$levels" '[.elements[] | select(.name | test("^minor")) | .packets_in > 0] | length == '"$levels"' and all'
	done
	for levels in 1 2 3; do
		runs branch --levels "$levels" --skewed 0
		# half of the packets by each branch: one of 2^levels leaves has as many as any other, nearly
		field_is branch_leaves_"$levels" '.totals.made as $n | [.elements[] | select(.name | test("^leaf")) | .packets_in]
			| length == '$((1 << levels))' and all(. > $n * 0.8 / '$((1 << levels))' and . < $n * 1.2 / '$((1 << levels))')'
	done
	runs l2l3 --rules 0 --pairs 0
	field_is l2l3_unfiltered '[.elements[].class | select(. == "ACL" or . == "StaticNAT")] == []'
	runs vrf --rules 100
	made vrf --rules 100
	# a twentieth of it: 20 of 400 flows
	echo '@0.0.0.0/0 0.0.0.0/0 10500 : 10519 5001 : 5001 0x11/0xFF' >"$W/runs/vrf/acl-0.txt"
	runs_made vrf 'vrf with a rule for its traffic'
	field_is vrf_denies '.drops.acl_denied / .totals.made | . > 0.03 and . < 0.07'
}

# field_is LABEL FILTER: true of the last run
field_is() {
	if [ "$(jq "$2" "$W/out")" = true ]; then good "$1"; else bad "$1" "$(jq -c '[.totals, .drops, (.elements | map([.name, .packets_in]))]' "$W/out")"; fi
}

# The limit of a subscriber is for networks, not for a loop in memory.
rate_of() {
	RATE=()
	[ "$1" != bng ] || RATE=(--set RATE=100Gbps)
}

# What comes out of $W/out: all but what a profile's filters are for; half of a bridge's stations are where their frames come from.
let_through() {
	local most=0.1 reasons='"discard"'
	case $1 in
	l2l3 | bng | vrf) reasons+=', "acl_denied"' ;;
	l2fwd) most=0.5 reasons+=', "same_port"' ;;
	esac
	[ "$(jq ".conserved and .totals.made > 1000 and .totals.tx + .totals.pass >= .totals.made * (1 - $most)
		and .totals.tx > .totals.made * 0.4 and (.drops | keys - [$reasons] == [])" "$W/out")" = true ] || return 1
	case $1 in l2l3 | bng) [ "$(jq '.drops.acl_denied > 0 or ([.elements[].class] | index("ACL") | not)' "$W/out")" = true ] ;; esac
}

# What is captured is well formed, and what goes in comes out but for what the filters of some profiles are for.
test_traffic_fits() {
	local f name wrong only=()
	# what is in these is a number, whatever their ports stand for
	for name in 23-138 5000-6100 10000-25000; do only+=(-d "udp.port==$name,data"); done
	for f in "$W"/a/*.click; do
		name=$(basename "$f" .click)
		wrong=''
		rate_of "$name"
		if command -v tshark >/dev/null; then
			wrong=$(tshark -n "${only[@]}" -r "$W/a/$name/traffic.pcap" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
				-Y '_ws.malformed || ip.checksum.status == "Bad" || udp.checksum.status == "Bad"' 2>&1 | grep -v 'Running as user' || true)
			wrong=${wrong:0:200}
		fi
		if [ -n "$wrong" ]; then
			bad "traffic_fits_$name" "$wrong"
		elif ! "$AGENT" bench "$f" "${RATE[@]}" --pcap "$W/a/$name/traffic.pcap" --seconds 1 -j >"$W/out" 2>"$W/err"; then
			bad "traffic_fits_$name" "$(cat "$W/err")"
		elif let_through "$name"; then
			good "traffic_fits_$name"
		else
			bad "traffic_fits_$name" "$(jq -c '[.totals, .drops]' "$W/out")"
		fi
	done
}

# Another set of tables for a file that is there.
test_other_tables_by_set() {
	"$TABLES" ipv4-router --routes 5000 --packets 0 -o "$W/more"
	if "$AGENT" check profiles/ipv4-router.click --set "TABLES=$W/more/ipv4-router" >"$W/out" 2>&1; then good other_tables_by_set; else
		bad other_tables_by_set "$(cat "$W/out")"
	fi
}

# refuses WORDS ARGUMENTS...
refuses() {
	local words=$1 rc=0 label="${*:2}"
	shift
	"$TABLES" "$@" -o "$W/none" >"$W/out" 2>"$W/err" || rc=$?
	if [ "$rc" = 2 ] && grep -qF -- "$words" "$W/err" && [ ! -e "$W/none" ]; then good "refuses_${label// /_}"; else
		bad "refuses_${label// /_}" "status $rc: $(tail -n 1 "$W/err")"
	fi
}

test_refuses() {
	refuses "invalid choice: 'nosuch'" nosuch
	refuses 'expected a profile' --seed 3
	refuses 'NHOPS 65: expected 1 to 64' ipv4-router --nhops 65
	refuses 'ROUTES 0: expected 1 to' ipv4-router --set ROUTES=0
	refuses 'expected NAME=N, a name of ROUTES, NHOPS' ipv4-router --set USERS=4
	refuses 'unrecognized arguments: --users 4' ipv4-router --users 4
}

for fn in $(declare -F | sed -n 's/^declare -f \(test_\)/\1/p' | grep -vx test_same_seed_same_bytes); do FNS+=("$fn"); done
test_same_seed_same_bytes # the others use what it wrote
test_sizes
for fn in "${FNS[@]}"; do [ "$fn" = test_sizes ] || "$fn"; done
exit "$BAD"
