#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tables shown and changed through the agent: by entry and by file, while packets pass, in XDP and in a worker; what is refused
# changes nothing.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

PIPE=$NET_DIR/pipelines/tables.click

# routes PORT N FILE: all to output 2 but for the server, which is at PORT; with N routes nobody asks for, before and after
routes() {
	awk -v port="$1" -v n="$2" -v server="$SERVER_IP" 'BEGIN {
		print "# made by test_tables.sh\n0.0.0.0/0 2"
		for (i = 0; i < n; i++) {
			if (i == int(n / 2))
				print server "/32 192.0.2." port + 1, port
			printf "%d.%d.%d.0/%d 2\n", 11 + i % 80, i / 80 % 256, i / 20480, i % 3 ? 24 : 28
		}
		if (!n)
			print server "/32 192.0.2." port + 1, port
	}' >"$3"
}

start() { # N
	routes 0 "$1" "$T/a.txt"
	routes 1 "$1" "$T/b.txt"
	cp "$T/a.txt" "$T/routes.txt"
	agent_start c0 --pipeline "$PIPE" --set FILE="$T/routes.txt"
}

# rules PORT N FILE: the server's packets to PORT by a rule in the middle of N for nobody, all others to output 2
rules() {
	awk -v port="$1" -v n="$2" -v rule="@0.0.0.0/0 $SERVER_IP/32 0 : 65535 5000 : 5000 0x11/0xFF" 'BEGIN {
		for (i = 0; i < n; i++) {
			if (i == int(n / 2))
				print rule, port
			printf "@0.0.0.0/0 11.%d.%d.0/24 0 : 65535 5000 : 5000 0x11/0xFF 2\n", i / 256, i % 256
		}
		print "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 2"
	}' >"$3"
}

# values PORT N FILE: the same as values of address and port
values() {
	awk -v port="$1" -v n="$2" -v server="$SERVER_IP 5000" 'BEGIN {
		for (i = 0; i < n; i++) {
			if (i == int(n / 2))
				print server, port
			printf "11.%d.%d.%d 5000 2\n", i / 65536, i / 256 % 256, i % 256
		}
	}' >"$3"
}

start_filters() { # RULES VALUES
	rules 0 "$1" "$T/rules-a.txt"
	rules 1 "$1" "$T/rules-b.txt"
	values 0 "$2" "$T/values-a.txt"
	values 1 "$2" "$T/values-b.txt"
	cp "$T/rules-a.txt" "$T/rules.txt"
	cp "$T/values-a.txt" "$T/values.txt"
	agent_start c0 --pipeline "$NET_DIR/pipelines/filters.click" --set RULES="$T/rules.txt" --set VALUES="$T/values.txt"
}

# packets ELEMENT
packets() { ask element show ".elements[] | select(.name == \"$1\") | .packets_in"; }

# entries TABLE: as people see them
entries() { "$AGENT" table show "$1" | tr '\n' ';'; }

table() { "$AGENT" table "$@" || fail "table $* failed"; }

# The tables there are, each whole, as one number.
tables_sum() {
	local t
	for t in $(ask table show '.tables[].name'); do ask table show "$t" '.tables[0] | tojson'; done | md5sum
}

# refused PATTERN TABLE-ARGUMENTS...: status 1, an error that matches, and the tables as they were
refused() {
	local pattern=$1 rc=0 before after
	shift
	before=$(tables_sum)
	"$AGENT" table "$@" >"$T/refused" 2>&1 || rc=$?
	after=$(tables_sum)
	expect "status of table $*" "$rc" == 1
	grep -Eq -- "$pattern" "$T/refused" || fail "table $*: says '$(cat "$T/refused")', expected /$pattern/"
	expect "table after table $*" "$after" = "$before"
}

test_show_set_del_load() {
	start 0
	expect "tables" "$(ask table show '[.tables[] | "\(.name) \(.class) \(.entries_total)"] | sort | join(",")')" = \
		"rw IPLookup 2,rx IPLookup 2"
	expect "entries" "$(entries rx)" = "0.0.0.0/0 2;$SERVER_IP/32 192.0.2.1 0;"
	table set rx '10.1.0.0/16 1'
	table set rx "$SERVER_IP/32 1"
	expect "entries after two were set" "$(entries rx)" = "0.0.0.0/0 2;$SERVER_IP/32 1;10.1.0.0/16 1;"
	table del rx 10.1.0.0/16
	expect "entries after one was deleted" "$(entries rx)" = "0.0.0.0/0 2;$SERVER_IP/32 1;"
	printf '10.0.0.0/8 0\n%s/32 0\n' "$SERVER_IP" >"$T/c.txt"
	expect "entries after a load" "$(cd "$T" && "$AGENT" table load rx c.txt -j | jq .entries_total)" == 2
	expect "entries after a load" "$(entries rx)" = "10.0.0.0/8 0;$SERVER_IP/32 1;" # what was set by hand stays
	expect "changes" "$(ask table show rx '.tables[0].version')" == 4
	expect "the other table" "$(entries rw)" = "0.0.0.0/0 2;$SERVER_IP/32 192.0.2.1 0;"
	traffic 1kpps 100 5000
	arrived 5000 100
	expect "packets to output 1 of rx" "$(packets x1)" == 100
	expect "packets to output 0 of rw" "$(packets w0)" == 100
	conserved
}

# JSON has no place for the bytes of such a folder.
test_folder_is_not_utf8() {
	local dir=$T/$'\xe4'
	mkdir "$dir"
	printf '%s\n' "FromDevice(\$IFACE) -> rx :: IPLookup(0.0.0.0/0 0) -> ToHost;" >"$dir/p.click"
	agent_start c0 --pipeline "$dir/p.click"
	expect "entries" "$(entries rx)" = "0.0.0.0/0 0;"
	expect "tables" "$(ask table show '.tables | length')" == 1
	agent_stop
}

# More than one answer's worth, as text and as JSON; what is shown can be loaded.
test_large_table_is_shown_whole() {
	start 25000
	"$AGENT" table show rx >"$T/shown"
	expect "lines" "$(wc -l <"$T/shown")" == 25002
	expect "entries" "$(ask table show rx '.tables[0].entries | length')" == 25002
	table load rw "$T/shown"
	expect "rw loaded with what rx showed" "$("$AGENT" table show rw | md5sum)" = "$(md5sum <"$T/shown")"
}

# What packets have taught a table, more than one answer holds: as JSON, each once, and as comments behind the entries.
test_learned_is_shown_whole() {
	local n
	cat >"$T/bridge.click" <<-'END'
		in :: FromDevice($IFACE);
		in -> Classifier(12/88b5) -> stations :: MACTable(02:00:00:00:00:09 0, LEARN true, CAPACITY 40000) -> Discard;
	END
	agent_start c0 --pipeline "$T/bridge.click"
	in_client python3 - <<-'END'
		import socket, time
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		for i in range(12000):
		    s.send(bytes.fromhex("ffffffffffff02aa") + i.to_bytes(4, "big") + b"\x88\xb5" + bytes(46))
		    if i % 100 == 99:
		        time.sleep(0.002)
	END
	n=$(packets stations)
	expect "frames" "$n" '>' 10000
	expect "stations that were learned" "$(ask table show stations '.tables[0].learned | length')" == "$n"
	expect "each of them once" "$(ask table show stations '[.tables[0].learned[].entry] | unique | length')" == "$n"
	"$AGENT" table show stations >"$T/shown"
	expect "the one that was given" "$(head -n 1 "$T/shown")" = "02:00:00:00:00:09 0"
	expect "those that were learned, as comments" "$(grep -c '^# 02:aa:.* 0 learned ' "$T/shown")" == "$n"
	table load stations "$T/shown"
	expect "entries after the load" "$(ask table show stations '.tables[0].entries_total')" == 1
}

test_refused_changes_nothing() {
	start 10
	printf '10.0.0.0/8 0\n# fine so far\n10.0.0.1/8 1\n' >"$T/bad.txt"
	refused "table rx: $T/bad.txt:3: the address has bits beyond its prefix length" load rx "$T/bad.txt"
	printf '10.0.0.0/8 3\n' >"$T/bad.txt"
	refused "table rx: $T/bad.txt:1: a route to output 3, which is not connected: expected 0 to 2" load rx "$T/bad.txt"
	: >"$T/bad.txt"
	refused "table rx: $T/bad.txt: no routes in it" load rx "$T/bad.txt"
	rm "$T/bad.txt"
	refused "table load: $T/bad.txt: No such file" load rx "$T/bad.txt"
	refused "$T: cannot read routes: not a file" load rx "$T"
	refused "table rx: '10.0.0.0/33 1': expected a prefix length up to 32" set rx '10.0.0.0/33 1'
	refused "table rx: '10.0.0.0/8 3': a route to output 3" set rx '10.0.0.0/8 3'
	refused "table rx: '10.99.0.0/16': there is no such route" del rx 10.99.0.0/16
	refused "table nothing: unknown; batchy-agent table show lists the tables" set nothing '10.0.0.0/8 0'
	refused "table cl: a IPClassifier has no entries" set cl '-'
	traffic 1kpps 100 5000
	arrived 5000 100
	expect "packets to output 0 of rx" "$(packets x0)" == 100
}

test_refused_filters() {
	local x
	start_filters 10 10
	printf '@0.0.0.0/0 %s/32 0 : 65535 5000 : 5000 0x11/0xFF 1\n# fine so far\n@0.0.0.0/0 10.0.0.0/8 0 : 65535 80 : 70 0x06/0xFF 1\n' \
		"$SERVER_IP" >"$T/bad.txt"
	refused "table ax: $T/bad.txt:3: .*port" load ax "$T/bad.txt"
	refused "table aw: $T/bad.txt:3: .*port" load aw "$T/bad.txt"
	printf '@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 3\n' >"$T/bad.txt"
	refused "table ax: $T/bad.txt:1: a rule to output 3, which is not connected: expected 0 to 2" load ax "$T/bad.txt"
	refused "table ax: '@0.0.0.0/33 .*'" set ax '@0.0.0.0/33 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 1'
	printf '%s 5000 1\n10.0.0.256 5000 1\n' "$SERVER_IP" >"$T/bad.txt"
	refused "table ex: $T/bad.txt:2: field 1: '10.0.0.256': expected an IPv4 address" load ex "$T/bad.txt"
	refused "table ew: $T/bad.txt:2: field 1: '10.0.0.256': expected an IPv4 address" load ew "$T/bad.txt"
	refused "table ex: '10.0.0.1 5000 3': a rule to output 3" set ex '10.0.0.1 5000 3'
	traffic 1kpps 100 5000
	timely arrived 5000 100
	for x in ax0 ex0 aw0 ew0; do expect "packets to $x" "$(packets $x)" == 100; done
}

# counters: of all elements, but for what other packets than the traffic's move
counters() { ask element show '[.elements[] | select(.name | test("^[ae][xw][0-2]?$")) | [.name, .packets_in, .drops]] | tojson'; }

# A pipeline whose capture is bad is refused with file and packet when it is to join a running agent, whose tables, counters and
# packets do not notice.
test_bad_capture_beside_tables() {
	local before sum gen sink x
	ip link add x0 type veth peer name x1
	ip link set x0 up
	start_filters 10 10
	traffic 1kpps 100 5000
	{
		printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\377\377\0\0\1\0\0\0'
		printf '\1\0\0\0\0\0\0\0\74\0\0\0\74\0\0\0'
		head -c 60 /dev/zero
		printf '\2\0\0\0\0\0\0\0\74\0\0\0\74\0\0\0short'
	} >"$T/bad.pcap"
	# shellcheck disable=SC2016 # $IFACE is the pipeline's
	printf 'FromDevice($IFACE) -> ToHost;\nFromPcap(%s) -> Sink;\n' "$T/bad.pcap" >"$T/bad.click"
	before=$(counters)
	sum=$(tables_sum)
	agent_refuses "$T/bad.pcap: packet 2: .*truncated" x0 --pipeline "$T/bad.click"
	expect "counters after that" "$(counters)" = "$before"
	expect "tables after that" "$(tables_sum)" = "$sum"
	sink_start 5000
	sink=$BG
	gen_start 1kpps 2000 5000
	gen=$BG
	sleep 0.5
	agent_refuses "$T/bad.pcap: packet 2: .*truncated" x0 --pipeline "$T/bad.click"
	gen_end "$gen" 5000
	wait "$sink" || fail "batchy-gen sink: $(tail -n 1 "$T/sink-5000.json.err")"
	expect "interfaces" "$(ask status '[.interfaces[].name] | join(" ")')" = c0
	detached x0
	expect "tables after both" "$(tables_sum)" = "$sum"
	timely arrived 5000 2000
	for x in ax0 ex0 aw0 ew0; do expect "packets to $x" "$(packets $x)" == 2100; done
	conserved
	# it is the capture alone: as far as it is whole, the pipeline joins
	head -c 100 "$T/bad.pcap" >"$T/good.pcap"
	sed 's/bad.pcap/good.pcap/' "$T/bad.click" >"$T/good.click"
	timeout $((20 * SLOWER)) "$AGENT" attach x0 --pipeline "$T/good.click" >"$T/good.log" 2>&1 || fail "$(tail -n 2 "$T/good.log")"
	"$AGENT" detach x0 || fail "detach x0 failed"
	agent_stop
	ip link del x0
}

# Without traffic a worker takes over at once, and the next packet sees what was set.
test_worker_asleep() {
	local i ms
	start 0
	for i in 1 0 1; do
		ms=$(now_ms)
		table set rw "$SERVER_IP/32 $i"
		timely expect "ms for a change with no packet about" "$(($(now_ms) - ms))" '<' 1000
		traffic 1kpps 10 5000
		arrived 5000 10
	done
	expect "packets to output 0 of rw" "$(packets w0)" == 10
	expect "packets to output 1 of rw" "$(packets w1)" == 20
}

# under_load CHANGE COUNTERS: CHANGE is called over and over while packets pass at 50 kpps. Any that saw a table half filled would
# have been counted at an element of COUNTERS that ends with 2, where no whole table sends it, or would have had no route.
under_load() {
	local sink x counters
	read -ra counters <<<"$2"
	LOADS=0 SETS=0
	sink_start 5000
	sink=$BG
	gen_start 50kpps 400000 5000
	UNDER=$BG
	sleep 0.3
	while kill -0 "$UNDER" 2>/dev/null; do "$1"; done
	gen_end "$UNDER" 5000
	wait "$sink" || fail "batchy-gen sink: $(tail -n 1 "$T/sink-5000.json.err")"
	note "under load $LOADS loads, $SETS sets; $(for x in "${counters[@]}"; do echo -n "$x $(packets "$x") "; done)"
	note "sent $(sent 5000) at $(jq .pps "$T/send-5000.json") pps, received $(sunk 5000 received)"
	conserved
	for x in "${counters[@]}"; do
		case $x in
		*2) expect "packets that saw half a table, at $x" "$(packets "$x")" == 0 ;;
		*) timely expect "packets at $x" "$(packets "$x")" '>' 1000 ;;
		esac
	done
	expect "packets without a route or a rule" "$(ask status '.drops | (.no_route // 0) + (.no_match // 0) + (.acl_denied // 0)')" == 0
	timely all_arrived 5000
	timely expect "tables loaded under load" "$LOADS" '>=' 4
	timely expect "entries set under load" "$SETS" '>=' 4
	# with fewer than that, or slower, nothing is said about 50 kpps
	timely expect "packets sent" "$(sent 5000)" == 400000
	timely expect "packets a second" "$(jq .pps "$T/send-5000.json")" '>=' 49000
}

# change load|set ARGUMENTS...: counted when packets passed all the while
change() {
	table "$@"
	kill -0 "$UNDER" 2>/dev/null || return 0
	if [ "$1" = load ]; then LOADS=$((LOADS + 1)); else SETS=$((SETS + 1)); fi
}

# shown TABLE LINES TEXT: so many entries, among them this one
shown() {
	"$AGENT" table show "$1" >"$T/now" || fail "table show $1 failed"
	expect "entries of $1" "$(wc -l <"$T/now")" == "$2"
	grep -qxF -- "$3" "$T/now" || fail "table show $1: '$3' is not in it"
}

# Each table from one file and from the other, and each time an entry of nobody's is set another way.
change_routes() {
	local x t n=0
	for x in b a; do
		for t in rx rw; do
			change load "$t" "$T/$x.txt"
			change set "$t" "10.99.0.0/16 $n"
			shown "$t" 20003 "10.99.0.0/16 $n"
		done
		n=$((n + 1))
	done
}

change_filters() {
	local x t n=1 rule="@0.0.0.0/0 10.99.0.0/16 0 : 65535 80 : 80 0x06/0xff"
	for x in b a; do
		for t in ax aw; do
			change load "$t" "$T/rules-$x.txt"
			change set "$t" "$rule $n"
			shown "$t" 203 "$rule $n"
		done
		for t in ex ew; do
			change load "$t" "$T/values-$x.txt"
			change set "$t" "10.99.0.1 80 $n"
			shown "$t" 2002 "10.99.0.1 80 $n"
		done
		n=$((n + 1))
	done
}

LIMIT[test_replaced_under_load]=120
test_replaced_under_load() {
	needs_speed
	start 20000
	under_load change_routes "x0 x1 x2 w0 w1 w2"
}

LIMIT[test_filters_replaced_under_load]=120
test_filters_replaced_under_load() {
	needs_speed
	start_filters 200 2000
	under_load change_filters "ax0 ax1 ax2 ex0 ex1 ex2 aw0 aw1 aw2 ew0 ew1 ew2"
}

net_main "$@"
