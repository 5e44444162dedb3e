# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A private world (mounts, network, processes) and a client - router - server topology of veth pairs inside it. Sourced by
# tests/net/lib.sh, scripts/run.sh and scripts/bench.sh. Nothing here can reach the machine's own interfaces:
# netns_world starts in a new, empty network namespace, and all else happens below it.
#
#   client ns            router (the current ns)             server ns
#   eth0 10.77.1.2  ---  c0 10.77.1.1    s0 10.77.2.1  ---  eth0 10.77.2.2      (fd77:1:: and fd77:2:: likewise)

CLIENT_IP=10.77.1.2 ROUTER_C_IP=10.77.1.1 ROUTER_S_IP=10.77.2.1 SERVER_IP=10.77.2.2
CLIENT_IP6=fd77:1::2 ROUTER_C_IP6=fd77:1::1 ROUTER_S_IP6=fd77:2::1 SERVER_IP6=fd77:2::2
CLIENT_MAC=02:00:00:00:01:02 ROUTER_C_MAC=02:00:00:00:01:01
ROUTER_S_MAC=02:00:00:00:02:01 SERVER_MAC=02:00:00:00:02:02

# netns_world SECONDS COMMAND...: run it as process 1 of new mount, network and process namespaces, for SECONDS at most;
# all it started dies with it.
netns_world() {
	local limit=$1
	shift
	exec timeout -s KILL "$limit" unshare --mount --net --pid --fork --kill-child=KILL --propagation private -- "$@"
}

# First thing inside: own /run (so own /run/netns and /run/batchy), /proc, /sys and bpffs. The /proc of before stays
# readable as /run/outer-proc.
netns_mounts() {
	[ "$$" = 1 ] || { echo "netns_mounts: not in a world of its own" >&2; return 1; }
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir /run/netns /run/lock /run/outer-proc
	mount --bind /proc /run/outer-proc
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t bpf bpf /sys/fs/bpf
	mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || true
	ip link set lo up
}

# The names carry the pid of the maker, so that what is left, should anything be, says whose it is.
netns_name() { printf 'bty-t-%s-%s' "$$" "$1"; }

in_client() { ip netns exec "$(netns_name c)" "$@"; }
in_server() { ip netns exec "$(netns_name s)" "$@"; }

# netns_argv COMMAND...: sets ARGV to it, with in_client and in_server spelt out: a function in the background would be a
# shell, whose pid is not that of the command.
netns_argv() {
	# shellcheck disable=SC2034 # for the caller
	case $1 in
	in_client) ARGV=(ip netns exec "$(netns_name c)" "${@:2}") ;;
	in_server) ARGV=(ip netns exec "$(netns_name s)" "${@:2}") ;;
	*) ARGV=("$@") ;;
	esac
}

# netns_quiet [NS]: no IPv6 link-local addresses, hence no router solicitations between our packets.
netns_quiet() {
	local run=()
	[ $# = 0 ] || run=(ip netns exec "$1")
	"${run[@]}" sysctl -qw net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.mldv2_unsolicited_report_interval=0
}

# netns_pair ROUTER_IF NS ROUTER_MAC PEER_MAC: one veth pair, up, with tx checksums done in software (a frame read from
# an XDP program or a raw socket must be complete).
netns_pair() {
	local q=()
	[ -z "${NETNS_QUEUES:-}" ] || q=(numtxqueues "$NETNS_QUEUES" numrxqueues "$NETNS_QUEUES")
	ip link add "$1" address "$3" "${q[@]}" type veth peer name eth0 address "$4" "${q[@]}" netns "$2"
	ethtool -K "$1" tx off >/dev/null
	ip netns exec "$2" ethtool -K eth0 tx off >/dev/null
	ip link set "$1" up
	ip -n "$2" link set lo up
	ip -n "$2" link set eth0 up
}

# netns_host NS IP IP6 GW GW6 GWMAC ROUTER_IF MAC: addresses, default routes and static neighbours on both ends.
netns_host() {
	ip -n "$1" addr add "$2/24" dev eth0
	ip -n "$1" addr add "$3/64" dev eth0 nodad
	ip -n "$1" neigh replace "$4" lladdr "$6" dev eth0 nud permanent
	ip -n "$1" neigh replace "$5" lladdr "$6" dev eth0 nud permanent
	ip -n "$1" route add default via "$4"
	ip -n "$1" -6 route add default via "$5"
	ip addr add "$4/24" dev "$7"
	ip addr add "$5/64" dev "$7" nodad
	ip neigh replace "$2" lladdr "$8" dev "$7" nud permanent
	ip neigh replace "$3" lladdr "$8" dev "$7" nud permanent
}

# The two pairs and their addresses, between namespaces that are there. NETNS_QUEUES=n gives every veth n queues (default: the kernel's choice).
netns_links() {
	local c s
	c=$(netns_name c) s=$(netns_name s)
	netns_pair c0 "$c" "$ROUTER_C_MAC" "$CLIENT_MAC"
	netns_pair s0 "$s" "$ROUTER_S_MAC" "$SERVER_MAC"
	netns_host "$c" "$CLIENT_IP" "$CLIENT_IP6" "$ROUTER_C_IP" "$ROUTER_C_IP6" "$ROUTER_C_MAC" c0 "$CLIENT_MAC"
	netns_host "$s" "$SERVER_IP" "$SERVER_IP6" "$ROUTER_S_IP" "$ROUTER_S_IP6" "$ROUTER_S_MAC" s0 "$SERVER_MAC"
}

# The whole topology.
netns_topology() {
	local c s
	c=$(netns_name c) s=$(netns_name s)
	ip netns add "$c"
	ip netns add "$s"
	netns_quiet
	netns_quiet "$c"
	netns_quiet "$s"
	netns_links
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# netns_queues N: the links again, with N queues each
netns_queues() {
	ip link del c0
	ip link del s0
	NETNS_QUEUES=$1 netns_links
}

netns_topology_down() {
	local n
	for n in c s; do
		if [ -e "/run/netns/$(netns_name "$n")" ]; then ip netns del "$(netns_name "$n")"; fi
	done
	for n in c0 s0; do ip link del "$n" 2>/dev/null || true; done
}

# stop_pid PID [SECONDS]: TERM, then KILL when it takes longer. 0 when TERM was enough.
stop_pid() {
	local i n=$((${2:-5} * 20))
	kill -TERM "$1" 2>/dev/null || return 0
	for ((i = 0; i < n; i++)); do
		kill -0 "$1" 2>/dev/null || return 0
		case $(sed -n 's/^State:\t//p' "/proc/$1/status" 2>/dev/null) in Z* | '') return 0 ;; esac
		sleep 0.05
	done
	kill -KILL "$1" 2>/dev/null || true
	return 1
}
