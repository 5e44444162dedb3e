# SPDX-License-Identifier: GPL-2.0-or-later
"""The pipelines of profiles/ whose size is a parameter: for each its text, tables and traffic. Used by scripts/tables.py.

A profile is a function that takes its parameters and a random number generator and returns a Made."""
from . import frames, made
from .frames import Flow, address, dotted, ethernet

ROUTER = "02:00:00:00:00:01"  # the addresses of the traffic: to this one, unless a profile has more
CLIENT = "02:00:00:00:00:02"
GATEWAY = "10.61.255.1"       # this end of tunnels


class Made:
    """head: lines of the first comment; body: of the pipeline; files: name -> lines of entries; flows: the traffic."""

    def __init__(self, head):
        self.head, self.body, self.files, self.flows = head, [], {}, []

    def add(self, *lines):
        self.body += lines

    def table(self, name, what, lines):
        self.files[name] = made.table(what, lines)
        return f"FILE $TABLES/{name}"


PROFILES = {}


def profile(name, **params):
    """Registers it. params: NAME=(default, least, most, what)."""
    def register(fn):
        PROFILES[name] = (fn, params)
        return fn
    return register


def plain(dst=ROUTER, vlan=None):
    return lambda packet: ethernet(dst, CLIENT, packet, vlan=vlan)


def to_prefixes(rng, prefixes, count, wrap, sport=10000, dport=5000):
    """Flows to addresses inside the prefixes."""
    return [Flow(10 << 24 | 77 << 16 | 256 | i % 250 + 2, made.inside(rng, prefixes[rng.randrange(len(prefixes))]), sport + i, dport,
                 wrap) for i in range(count)]


def ip_input(m):
    m.add("in   :: FromDevice($IFACE);",
          "eth  :: Classifier(12/0800, -);",
          "host :: ToHost;")


def hop(m, name, mac):
    m.add(f"{name} :: EtherRewrite($SRC, {mac});")


@profile("ipv4-router", ROUTES=(200, 1, 2000000, "routes beside the default one"), NHOPS=(4, 1, 64, "next hops"))
def ipv4_router(p, rng):
    m = Made(["IPv4 router, as NBA's.",
              "chain:  DropBroadcasts > CheckIPHeader > Queue > DecIPTTL > IPLookup > EtherRewrite by next hop > ToDevice",
              f"tables: routes.txt, {p['ROUTES']} routes with the prefix lengths of an Internet table, to {p['NHOPS']} next hops, and "
              "a default route",
              "flows:  all, 1 ms",
              "ARP and all else but IPv4, and packets whose TTL runs out, go to the host."])
    prefixes = made.ipv4_prefixes(rng, p["ROUTES"])
    routes = m.table("routes.txt", "PREFIX/LEN GATEWAY PORT", made.routes(rng, prefixes, p["NHOPS"]))
    ip_input(m)
    m.add("out  :: ToDevice($OUT);",
          f"fib  :: IPLookup({routes});",
          "ttl  :: DecIPTTL;", "",
          "in -> eth -> DropBroadcasts -> CheckIPHeader -> q :: Queue -> ttl -> fib;",
          "eth[1] -> host;",
          "ttl[1] -> host;")
    for h in range(p["NHOPS"]):
        m.add(f"fib[{h}] -> EtherRewrite($SRC, {made.hop_mac(h)}) -> out;")
    m.add("", "Flow(all, PATH q out, DELAY_SLO 1ms);")
    m.flows = to_prefixes(rng, prefixes, 1000, plain())
    return m


@profile("ipv6-router", ROUTES=(48, 1, 2000000, "routes beside the default one"), NHOPS=(4, 1, 64, "next hops"))
def ipv6_router(p, rng):
    m = Made(["IPv6 router, as NBA's.",
              "chain:  CheckIP6Header > Queue > DecIP6HLIM > IPLookup > EtherRewrite by next hop > ToDevice",
              f"tables: routes.txt, {p['ROUTES']} routes with the prefix lengths of an Internet table, to {p['NHOPS']} next hops, and "
              "a default route",
              "flows:  all, 1 ms",
              "Multicast (neighbour discovery), all else but IPv6, and packets whose hop limit runs out, go to the host."])
    prefixes = made.ipv6_prefixes(rng, p["ROUTES"])
    routes = m.table("routes.txt", "PREFIX/LEN PORT", made.routes6(rng, prefixes, p["NHOPS"]))
    m.add("in   :: FromDevice($IFACE);",
          "eth  :: Classifier(12/86dd !0/01%01, -);",
          "host :: ToHost;",
          "out  :: ToDevice($OUT);",
          f"fib  :: IPLookup({routes});",
          "ttl  :: DecIP6HLIM;", "",
          "in -> eth -> CheckIP6Header -> q :: Queue -> ttl -> fib;",
          "eth[1] -> host;",
          "ttl[1] -> host;")
    for h in range(p["NHOPS"]):
        m.add(f"fib[{h}] -> EtherRewrite($SRC, {made.hop_mac(h)}) -> out;")
    m.add("", "Flow(all, PATH q out, DELAY_SLO 1ms);")
    for i in range(1000):
        dst = made.inside(rng, prefixes[rng.randrange(len(prefixes))], 128)
        m.flows.append(Flow((0x20010db8 << 96 | i + 1).to_bytes(16, "big"), dst.to_bytes(16, "big"), 10000 + i, 5000, plain()))
    return m


@profile("l2fwd", UPSTREAM_TABLE_SIZE=(100, 1, 1000000, "stations behind PEER"),
         DOWNSTREAM_TABLE_SIZE=(100, 1, 1000000, "stations behind IFACE"))
def l2fwd(p, rng):
    up, down = p["UPSTREAM_TABLE_SIZE"], p["DOWNSTREAM_TABLE_SIZE"]
    m = Made(["Bridge between two devices by a static MAC table, as TIPSY's l2fwd.",
              "chain:  broadcasts apart > MACTable > Queue > ToDevice, in both directions",
              f"tables: stations.txt, {up} behind PEER (1) and {down} behind IFACE (0)",
              "flows:  up and down, 1 ms",
              "Broadcasts go to the other device, frames to stations that are not known to the host; what is for where it came from is dropped."])
    lines = [f"{made.station_mac(i)} {1 if i < up else 0}" for i in range(up + down)]
    m.add("define($PEER eth1);", "in    :: FromDevice($IFACE);", "peer  :: FromDevice($PEER);",
          f"table :: MACTable({m.table('stations.txt', 'MAC DEVICE: 0 IFACE, 1 PEER', lines)}, FLOOD 2);",
          "all_up   :: Classifier(0/ffffffffffff, -);",
          "all_down :: Classifier(0/ffffffffffff, -);", "",
          "in -> all_up;", "peer -> all_down;",
          "all_up[0] -> up_q :: Queue -> up_out :: ToDevice($PEER);", "all_up[1] -> table;",
          "all_down[0] -> down_q :: Queue -> down_out :: ToDevice($IFACE);", "all_down[1] -> table;",
          "table[0] -> down_q;", "table[1] -> up_q;", "table[2] -> ToHost;", "",
          "Flow(up, PATH up_q up_out, DELAY_SLO 1ms);", "Flow(down, PATH down_q down_out, DELAY_SLO 1ms);")
    m.flows = [Flow(f"10.77.1.{i % 250 + 2}", "10.77.2.2", 10000 + i, 5000, plain(made.station_mac(i))) for i in range(min(up, 1000))]
    return m


@profile("l3fwd", UP_ROUTES=(10, 1, 2000000, "routes from IFACE to PEER"), UP_GROUPS=(2, 1, 64, "next hops there"),
         DOWN_ROUTES=(2, 1, 2000000, "routes back"), DOWN_GROUPS=(1, 1, 64, "next hops back"))
def l3fwd(p, rng):
    m = Made(["Router between two devices, as TIPSY's l3fwd.",
              "chain:  Classifier (IPv4 to one station; all else to the host) > CheckIPHeader > Queue > IPLookup > EtherRewrite by group > DecIPTTL > "
              "ToDevice, in both directions",
              f"tables: up.txt, {p['UP_ROUTES']} routes to {p['UP_GROUPS']} groups; down.txt, {p['DOWN_ROUTES']} to "
              f"{p['DOWN_GROUPS']}",
              "flows:  up and down, 1 ms"])
    m.add("define($PEER eth1);", "in   :: FromDevice($IFACE);", "peer :: FromDevice($PEER);", "host :: ToHost;")
    for name, source, out in (("up", "in", "$PEER"), ("down", "peer", "$IFACE")):
        prefixes = made.ipv4_prefixes(rng, p[name.upper() + "_ROUTES"])
        groups = p[name.upper() + "_GROUPS"]
        routes = m.table(f"{name}.txt", "PREFIX/LEN GATEWAY PORT", made.routes(rng, prefixes, groups))
        m.add("", f"{name}_eth :: Classifier(12/0800 !0/01%01, -);",
              f"{name}_fib :: IPLookup({routes});",
              f"{name}_ttl :: DecIPTTL;", f"{name}_out :: ToDevice({out});",
              f"{source} -> {name}_eth -> CheckIPHeader -> {name}_q :: Queue -> {name}_fib;",
              f"{name}_eth[1] -> host;")
        m.add(*(f"{name}_fib[{g}] -> EtherRewrite($SRC, {made.hop_mac(g)}) -> {name}_ttl;" for g in range(groups)),
              f"{name}_ttl -> {name}_out;", f"{name}_ttl[1] -> host;")
        m.flows += to_prefixes(rng, prefixes, 100, plain(), 10000 if name == "up" else 20000)
    m.add("", "Flow(up, PATH up_q up_out, DELAY_SLO 1ms);", "Flow(down, PATH down_q down_out, DELAY_SLO 1ms);")
    return m


@profile("portfwd")
def portfwd(p, rng):
    m = Made(["What one device receives leaves by the other, as TIPSY's portfwd.",
              "chain:  Queue > EtherRewrite (source and destination) > ToDevice, in both directions",
              "tables: none",
              "flows:  up and down, 1 ms"])
    m.add("define($PEER eth1, $PEER_SRC 02:00:00:00:00:01, $PEER_DST 02:00:00:00:00:02, $BACK_SRC 02:00:00:00:00:03,",
          "\t$BACK_DST 02:00:00:00:00:04);",
          "FromDevice($IFACE) -> up :: Queue -> EtherRewrite($PEER_SRC, $PEER_DST) -> up_out :: ToDevice($PEER);",
          "FromDevice($PEER) -> down :: Queue -> EtherRewrite($BACK_SRC, $BACK_DST) -> down_out :: ToDevice($IFACE);", "",
          "Flow(up, PATH up up_out, DELAY_SLO 1ms);", "Flow(down, PATH down down_out, DELAY_SLO 1ms);")
    m.flows = [Flow(f"10.77.1.{i + 2}", "10.77.2.2", 10000 + i, 5000, plain()) for i in range(100)]
    return m


@profile("branch", LEVELS=(3, 1, 3, "branches in a row"), SKEWED=(1, 0, 1, "1: few packets leave at each; 0: a tree"),
         MINORITY=(1, 0, 10, "percent of the flows that leave at each, in the traffic"))
def branch(p, rng):
    levels = p["LEVELS"]
    m = Made(["Branches, as in NBA's experiments; by source port, so that a flow stays in order.",
              "chain:  CheckIPHeader > Queue > " + ("IPClassifier, of which few flows leave by output 0, x " if p["SKEWED"] else
                                                    "Classifier, half of the flows to each side, in a tree of levels: ") +
              f"{levels} > MACSwap > ToDevice",
              "tables: none; the flows that leave have source ports 10000-10099, 10100-10199, ... by level",
              "flows:  all, 1 ms"])
    m.add("in  :: FromDevice($IFACE);", "out :: ToDevice($OUT);", "end :: MACSwap;", "end -> out;",)
    if p["SKEWED"]:
        for k in range(levels):
            after = f"b{k + 2}" if k + 1 < levels else "end"
            m.add(f"b{k + 1} :: IPClassifier(src port {10000 + 100 * k}-{10099 + 100 * k}, -);",
                  f"b{k + 1}[0] -> minor{k + 1} :: Counter -> end;", f"b{k + 1}[1] -> {after};")
    else:
        for node in range(1, 1 << levels):
            mask = 1 << node.bit_length() - 1
            m.add(f"b{node} :: Classifier(35/00%{mask:02x}, -);")
            for side in range(2):
                child = 2 * node + side
                m.add(f"b{node}[{side}] -> " + (f"b{child};" if child < 1 << levels else f"leaf{child} :: Counter -> end;"))
    m.add("in -> CheckIPHeader -> q :: Queue -> b1;", "", "Flow(all, PATH q out, DELAY_SLO 1ms);")
    m.flows = [Flow("10.77.1.2", "10.77.2.2", 10000 + i, 5000, plain()) for i in range(1000)]
    return m


RULES = (100, 0, 1000000, "rules of a packet filter, in ClassBench's form; 0: none")


class Filter:
    """An ACL of count rules in a file of its own: arrow, to stand before what comes behind it; rules."""

    def __init__(self, m, rng, count, destinations, name="acl.txt", sources=made.anywhere):
        self.rules = made.acl_rules(rng, count, destinations, sources)
        self.arrow = ""
        if count:
            self.arrow = f"ACL({m.table(name, 'ClassBench rules, of what is denied', [r.text() for r in self.rules])}) -> "

    def denied(self, rng, wrap):
        """Flows that it stops."""
        return [Flow(made.inside(rng, r.src), made.inside(rng, r.dst), 20000, r.dport[0], wrap) for r in self.udp()]

    def udp(self):
        """The first of its rules that are for the traffic's protocol."""
        return [r for r in self.rules if r.proto == 17][:5]


QUEUES = (0, 0, 2, "where batches are made: 0 before the lookup, 1 before what is each next hop's, 2 at both")


def before_lookup(p, name):
    return f"{name} :: Queue -> " if p["QUEUES"] != 1 else ""


def flow_path(p, name, n):
    """Of next hop n, behind the lookup of queue name."""
    return " ".join(([name] if p["QUEUES"] != 1 else []) + ([f"q_{n}"] if p["QUEUES"] else []) + [f"mac_{n}"])


def chain_of(p, before, lookup, after):
    """Where the Queues are, in words."""
    first, each = ("" if p["QUEUES"] == 1 else "Queue > "), ("Queue > " if p["QUEUES"] else "")
    return f"{before} > {first}{lookup} > by next hop: {each}{after}"


def hops(p, m, names, source, out, sets, first="", nat=""):
    """IPLookup's outputs, each with a TTL, MAC addresses and a checksum of its own, and its Flow. first: what comes before; nat:
    pairs of a StaticNAT there, which lets pass what it has no pair for."""
    for h in range(p["NHOPS"]):
        n = f"{names}_{h}"
        queue = f"q_{n} :: Queue -> " if p["QUEUES"] else ""
        if nat:
            m.add(f"nat_{n} :: StaticNAT(OUT, {nat});", f"nat_{n}[1] -> ttl_{n};")
        m.add(f"{source}[{h}] -> {queue}{first}{f'nat_{n} -> ' if nat else ''}ttl_{n} :: DecIPTTL -> mac_{n} :: EtherRewrite($SRC, {made.hop_mac(h)}) -> IPChecksum -> {out};",
              f"ttl_{n}[1] -> host;")
        sets.append(n)


@profile("l2l3", BRANCHES=(2, 1, 63, "router addresses"), NHOPS=(4, 1, 64, "next hops of each"),
         ROUTES=(200, 1, 2000000, "routes of each beside the default one"), RULES=RULES,
         PAIRS=(250, 0, 60000, "senders, from 10.77.1.2 on, whose addresses are translated"), QUEUES=QUEUES)
def l2l3(p, rng):
    m = Made(["Access gateway (L2/L3): the destination MAC address chooses a router, its table the next hop.",
              chain_of(p, "chain:  ethertype > CheckIPHeader > Classifier by MAC", "IPLookup",
                       ("ACL > " if p["RULES"] else "") + ("StaticNAT > " if p["PAIRS"] else "") +
                       "DecIPTTL > EtherRewrite > IPChecksum > ToDevice"),
              f"tables: routes-B.txt, for each of {p['BRANCHES']} addresses {p['ROUTES']} routes to {p['NHOPS']} next hops, and a "
              "default route" + (f"; acl-B.txt, {p['RULES']} rules" if p["RULES"] else "") +
              (f"; nat.txt, {p['PAIRS']} pairs of addresses" if p["PAIRS"] else ""),
              "flows:  one for each router and next hop, 1 ms"])
    ip_input(m)
    m.add("out  :: ToDevice($OUT);")
    macs = [f"02:00:00:00:0b:{b:02x}" for b in range(p["BRANCHES"])]
    m.add("l2   :: Classifier(" + ", ".join("0/" + mac.replace(":", "") for mac in macs) + ", -);",
          "in -> eth -> CheckIPHeader -> l2;", "eth[1] -> host;", f"l2[{len(macs)}] -> host;")
    nat = made.nat_pairs(p["PAIRS"], 10 << 24 | 77 << 16 | 257)
    nat = m.table("nat.txt", "INSIDE OUTSIDE", [" ".join(pair) for pair in nat]) if nat else ""
    for b, mac in enumerate(macs):
        prefixes = made.ipv4_prefixes(rng, p["ROUTES"])
        routes = m.table(f"routes-{b}.txt", "PREFIX/LEN GATEWAY PORT", made.routes(rng, prefixes, p["NHOPS"]))
        names = []
        m.add("", f"l2[{b}] -> {before_lookup(p, f'q{b}')}fib{b} :: IPLookup({routes});")
        acl = Filter(m, rng, p["RULES"], prefixes, f"acl-{b}.txt")
        hops(p, m, str(b), f"fib{b}", "out", names, acl.arrow, nat)
        m.add(*(f"Flow(f_{n}, PATH {flow_path(p, f'q{b}', n)}, DELAY_SLO 1ms);" for n in names))
        m.flows += to_prefixes(rng, prefixes, 200, plain(mac), 10000 + 1000 * b) + acl.denied(rng, plain(mac))
    return m


@profile("l2l3-simple", ROUTES=(200, 1, 2000000, "routes beside the default one"), RULES=RULES)
def l2l3_simple(p, rng):
    m = Made(["Access gateway with three zones: ingress, egress and a DMZ behind a packet filter.",
              "chain:  ethertype > CheckIPHeader > IPLookup > by zone: a Queue each, the filter "
              "(IPClassifier" + (", ACL" if p["RULES"] else "") + ") before the DMZ's > EtherRewrite > DecIPTTL > ToDevice",
              f"tables: routes.txt, {p['ROUTES']} routes to the zones 0 to 2, and a default route to egress (0)" +
              (f"; acl.txt, {p['RULES']} rules" if p["RULES"] else ""),
              "flows:  dmz, 100 us; bulk (ingress and egress), 5 ms"])
    prefixes = made.ipv4_prefixes(rng, p["ROUTES"])
    routes = m.table("routes.txt", "PREFIX/LEN GATEWAY ZONE: 0 egress, 1 ingress, 2 DMZ", made.routes(rng, prefixes, 3))
    acl = Filter(m, rng, p["RULES"], prefixes)
    ip_input(m)
    m.add("out  :: ToDevice($OUT);",
          f"fib  :: IPLookup({routes});",
          "ttl  :: DecIPTTL;",
          "dmz  :: IPClassifier(icmp or udp and (dst port 53 or dst port 5000) or tcp and (dst port 80 or dst port 443), -);", "",
          "in -> eth -> CheckIPHeader -> fib;", "eth[1] -> host;",
          "fib[0] -> egress_q :: Queue -> egress :: EtherRewrite($SRC, " + made.hop_mac(0) + ") -> ttl;",
          "fib[1] -> ingress_q :: Queue -> ingress :: EtherRewrite($SRC, " + made.hop_mac(1) + ") -> ttl;",
          "fib[2] -> dmz;",
          "dmz[0] -> " + acl.arrow + "dmz_q :: Queue -> inside :: EtherRewrite($SRC, " + made.hop_mac(2) + ") -> ttl;",
          "dmz[1] -> Discard;",
          "ttl -> out;", "ttl[1] -> host;", "",
          "Flow(dmz, PATH dmz_q inside, DELAY_SLO 100us);",
          "Flow(egress, PATH egress_q egress, DELAY_SLO 5ms);",
          "Flow(ingress, PATH ingress_q ingress, DELAY_SLO 5ms);")
    m.flows = to_prefixes(rng, prefixes, 500, plain())
    m.flows += to_prefixes(rng, prefixes, 50, plain(), 20000, 23)
    return m


@profile("vrf", VLANS=(2, 1, 63, "VLANs, 100 and up, each with a table"), NHOPS=(4, 1, 64, "next hops of each"),
         ROUTES=(100, 1, 2000000, "routes of each beside the default one"), RULES=(0, *RULES[1:]), QUEUES=QUEUES)
def vrf(p, rng):
    m = Made(["Virtual routers: a VLAN, a table.",
              chain_of(p, "chain:  802.1Q > VLANSplit > VLANPop > CheckIPHeader", "IPLookup",
                       ("ACL > " if p["RULES"] else "") +
                       "DecIPTTL > EtherRewrite > IPChecksum > by destination port a function > ToDevice"),
              f"tables: routes-V.txt, for each of {p['VLANS']} VLANs {p['ROUTES']} routes to {p['NHOPS']} next hops, and a default route",
              "flows:  one for each VLAN and next hop, 1 ms"])
    m.add("in   :: FromDevice($IFACE);", "out  :: ToDevice($OUT);", "host :: ToHost;",
          "tag  :: Classifier(12/8100 16/0800, -);",
          "vlan :: VLANSplit(" + ", ".join(str(100 + v) for v in range(p["VLANS"])) + ", -);",
          "port :: IPClassifier(dst port 5000, -);",
          "port[0] -> nf1 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> out;",
          "port[1] -> nf2 :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000) -> out;",
          "in -> tag -> vlan;", "tag[1] -> host;", f"vlan[{p['VLANS']}] -> Discard;")
    for v in range(p["VLANS"]):
        prefixes = made.ipv4_prefixes(rng, p["ROUTES"])
        routes = m.table(f"routes-{v}.txt", "PREFIX/LEN GATEWAY PORT", made.routes(rng, prefixes, p["NHOPS"]))
        names = []
        m.add("", f"vlan[{v}] -> VLANPop -> CheckIPHeader -> {before_lookup(p, f'q{v}')}fib{v} :: IPLookup({routes});")
        acl = Filter(m, rng, p["RULES"], prefixes, f"acl-{v}.txt")
        hops(p, m, str(v), f"fib{v}", "port", names, acl.arrow)
        m.add(*(f"Flow(f_{n}, PATH {flow_path(p, f'q{v}', n)}, DELAY_SLO 1ms);" for n in names))
        m.flows += to_prefixes(rng, prefixes, 100, plain(vlan=100 + v), 10000 + 1000 * v)
        m.flows += to_prefixes(rng, prefixes, 100, plain(vlan=100 + v), 10500 + 1000 * v, 5001)
    return m


BEARER_PORT = 6000  # of bearer 0 at the server; the last bearer has all other packets


def bearer_flows(m, direction, path, bearers):
    """Bearer b has b + 1 times the first one's objectives; the last one of several, best effort, has a Flow without."""
    for b in range(bearers):
        slo = f", DELAY_SLO {b + 1}ms, RATE_SLO {10 * (b + 1)}kpps" if b + 1 < bearers or bearers == 1 else ""
        m.add(f"Flow({direction}{b}, PATH {path.format(b)}{slo});")


def bearer_split(m, name, bearers, side):
    ports = [f"udp and {side} port {BEARER_PORT + b}" for b in range(bearers - 1)]
    m.add(f"{name} :: IPClassifier(" + ", ".join(ports + ["-"]) + ");")


@profile("mgw", USERS=(100, 1, 60000, "users"), BEARERS=(2, 1, 16, "bearers of each"),
         ROUTES=(100, 1, 2000000, "routes to servers and base stations beside the default one"))
def mgw(p, rng):
    m = Made([f"Mobile gateway over GTP-U: {p['USERS']} users, {p['BEARERS']} bearers each; the last of several is best effort.",
              "uplink:   CheckIPHeader > GTPUDecapTable > PaintSwitch by bearer: Queue > Bypass > DecIPTTL > IPLookup > EtherRewrite > ToDevice",
              "downlink: CheckIPHeader > by bearer: Queue > Bypass > DecIPTTL > GTPUEncapTable (TEID and QFI of the user's bearer) > "
              "IPLookup > EtherRewrite > ToDevice",
              f"tables: routes.txt, {p['ROUTES']} routes; teids.txt, the uplink's TEIDs and their bearers; downlink-B.txt, for bearer B the TEID and "
              "base station of each user: users 10.60.0.1 and up, base stations 10.61.0.1 and up, one for sixteen users; servers' UDP ports "
              f"{BEARER_PORT} and up choose the bearer downlink",
              "flows:  ulB and dlB for bearer B: B + 1 times 1 ms and 10 kpps"])
    users = made.users(rng, p["USERS"], p["BEARERS"])
    prefixes = made.ipv4_prefixes(rng, p["ROUTES"])
    routes = m.table("routes.txt", "PREFIX/LEN GATEWAY PORT: 0 servers, 1 base stations",
                     [line.rsplit(" ", 1)[0] + " 0" for line in made.routes(rng, prefixes, 4)] + ["10.61.0.0/16 10.255.1.1 1"])
    teids = m.table("teids.txt", "TEID BEARER, uplink", [f"0x{teid:08x} {b}" for user in users for b, teid in enumerate(user[3])])
    m.add(f"define($GATEWAY {GATEWAY});")
    ip_input(m)
    m.add("out  :: ToDevice($OUT);", f"fib  :: IPLookup({routes});", "ttl  :: DecIPTTL;",
          "dir  :: IPClassifier(dst host $GATEWAY and udp and dst port 2152, dst net 10.60.0.0/16, -);",
          "in -> eth -> CheckIPHeader -> dir;", "eth[1] -> host;", "dir[2] -> host;", "ttl[1] -> host;",
          "fib[0] -> servers :: EtherRewrite($SRC, " + made.hop_mac(0) + ") -> out;",
          "fib[1] -> stations :: EtherRewrite($SRC, " + made.hop_mac(256) + ") -> out;", "",
          "// uplink", f"decap :: GTPUDecapTable({teids});", "ul :: PaintSwitch;",
          "dir[0] -> decap -> ul_check :: CheckIPHeader -> ul;", "decap[1] -> host;")
    for b in range(p["BEARERS"]):
        m.add(f"ul[{b}] -> ul_q{b} :: Queue -> ul_nf{b} :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000) -> ttl;")
    m.add("ttl -> fib;", "", "// downlink")
    bearer_split(m, "dl", p["BEARERS"], "src")
    m.add("dir[1] -> dl;")
    for b in range(p["BEARERS"]):
        tunnels = m.table(f"downlink-{b}.txt", "USER TEID STATION QFI",
                          [f"{addr} 0x{down[b]:08x} {station} {b + 1}" for _, addr, station, _, down in users])
        m.add(f"dl[{b}] -> dl_q{b} :: Queue -> dl_nf{b} :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000)",
              f"\t-> dl_ttl{b} :: DecIPTTL -> encap{b} :: GTPUEncapTable(SRC $GATEWAY, {tunnels}) -> fib;",
              f"dl_ttl{b}[1] -> host;", f"encap{b}[1] -> host;")
    m.add("")
    bearer_flows(m, "ul", "ul_q{0} ul_nf{0}", p["BEARERS"])
    bearer_flows(m, "dl", "dl_q{0} dl_nf{0}", p["BEARERS"])
    for u, addr, station, up, _ in users:
        for b in range(p["BEARERS"]):
            server = made.inside(rng, prefixes[rng.randrange(len(prefixes))])
            port = BEARER_PORT + b
            m.flows.append(Flow(addr, server, 10000 + b, port, gtp_wrap(station, up[b], b + 1)))
            m.flows.append(Flow(server, addr, port, 10000 + b, plain()))
    return m


def gtp_wrap(station, teid, qfi):
    outer = address(station), address(GATEWAY)
    return lambda packet: ethernet(ROUTER, CLIENT, frames.ipv4(*outer, frames.udp(*outer, frames.GTPU_PORT, frames.GTPU_PORT,
                                                                                frames.gtpu(teid, packet, qfi))))


def vxlan_wrap(station, vni):
    outer = address(station), address(GATEWAY)
    return lambda packet: ethernet(ROUTER, CLIENT, frames.ipv4(*outer, frames.udp(
        *outer, 50000, frames.VXLAN_PORT, frames.vxlan(vni, ethernet(ROUTER, CLIENT, packet)))))


def subscribers(users):
    """Sources or destinations of rules: some of them, or all."""
    first = 10 << 24 | 60 << 16
    return [(first, 16)] + [(first | i << 8, 24) for i in range(len(users) // 256 + 1) if i << 8 < len(users)] + [(first + 1 + u[0], 32) for u in users]


@profile("bng", USERS=(100, 1, 60000, "subscribers (CPE)"), ROUTES=(100, 1, 2000000, "routes beside the default one"), RULES=RULES,
         KBPS=(10000, 0, 100000000, "kbit/s of each subscriber, up and down; 0: no limit"),
         NAT=(1, 0, 1, "1: subscribers have other addresses outside, 198.18.0.1 and up"))
def bng(p, rng):
    rules, kbps, nat = p["RULES"], p["KBPS"], p["NAT"]
    m = Made([f"Broadband gateway: {p['USERS']} subscribers, each behind a VXLAN tunnel of its CPE.",
              "uplink:   CheckIPHeader > VXLANDecapTable > packet filter > " + ("ACL > " if rules else "") +
              ("RateLimiter > " if kbps else "") + ("StaticNAT > " if nat else "") + "Queue > DecIPTTL > IPLookup > EtherRewrite > ToDevice",
              "downlink: CheckIPHeader > " + ("StaticNAT > " if nat else "") + "packet filter > " + ("ACL > " if rules else "") +
              ("RateLimiter > " if kbps else "") + "Queue > DecIPTTL > VXLANEncapTable > IPLookup > EtherRewrite > ToDevice",
              f"tables: routes.txt, {p['ROUTES']} routes; vnis.txt and cpes.txt, the tunnels: subscribers 10.60.0.1 and up, CPEs 10.61.0.1 "
              "and up, VNI 1 and up" + (f"; up.txt and down.txt, {rules} rules each" if rules else "") +
              ("; nat.txt, a pair of addresses for each subscriber" if nat else ""),
              "flows:  up and down, 1 ms"])
    users = made.users(rng, p["USERS"], 1)
    outside = made.nat_pairs(p["USERS"], (10 << 24 | 60 << 16)) if nat else [(u[1], u[1]) for u in users]
    pairs = m.table("nat.txt", "INSIDE OUTSIDE", [" ".join(pair) for pair in outside]) if nat else ""
    nat_out, nat_in = (f"StaticNAT({way}, {pairs}) -> " if nat else "" for way in ("OUT", "IN"))
    limit = f"RateLimiter(BITRATE $RATE, KEY {{}}, USERS {p['USERS']}) -> " if kbps else ""
    prefixes = made.ipv4_prefixes(rng, p["ROUTES"])
    routes = m.table("routes.txt", "PREFIX/LEN GATEWAY PORT: 0 network, 1 CPEs",
                     [line.rsplit(" ", 1)[0] + " 0" for line in made.routes(rng, prefixes, 4)] + ["10.61.0.0/16 10.255.1.1 1"])
    cpes = [dotted((10 << 24 | 61 << 16) + 1 + u) for u in range(len(users))]
    vnis = m.table("vnis.txt", "VNI", [str(u + 1) for u in range(len(users))])
    tunnels = m.table("cpes.txt", "SUBSCRIBER VNI CPE", [f"{user[1]} {user[0] + 1} {cpes[user[0]]}" for user in users])
    up = Filter(m, rng, rules, prefixes, "up.txt", lambda _: [(0, 0)] + subscribers(users))
    down = Filter(m, rng, rules, subscribers(users), "down.txt")
    m.add(f"define($GATEWAY {GATEWAY}" + (f", $RATE {kbps}kbps" if kbps else "") + ");")
    ip_input(m)
    m.add("out  :: ToDevice($OUT);", f"fib  :: IPLookup({routes});",
          "dir  :: IPClassifier(dst host $GATEWAY and udp and dst port 4789, dst net " + ("198.18.0.0/16" if nat else "10.60.0.0/16") + ", -);",
          "in -> eth -> CheckIPHeader -> dir;", "eth[1] -> host;", "dir[2] -> host;",
          "fib[0] -> network :: EtherRewrite($SRC, " + made.hop_mac(0) + ") -> out;",
          "fib[1] -> stations :: EtherRewrite($SRC, " + made.hop_mac(256) + ") -> out;", "",
          "// uplink: no mail but to the relay, no file shares",
          f"decap :: VXLANDecapTable({vnis});",
          "up_filter :: IPClassifier(tcp and (dst port 25 or dst port 445) or udp and dst port 137-139, src net 10.60.0.0/16, -);",
          "up_ttl :: DecIPTTL;",
          "dir[0] -> decap -> CheckIPHeader -> up_filter;", "decap[1] -> host;",
          "up_filter[0] -> Discard;",
          "up_filter[1] -> " + up.arrow + limit.format("src") + nat_out + "up_q :: Queue -> up_ttl -> fib;",
          "up_filter[2] -> Discard;", "up_ttl[1] -> host;", "",
          "// downlink: nothing to the ports below 1024",
          "down_filter :: IPClassifier((tcp or udp) and dst port 0-1023, -);",
          "down_ttl :: DecIPTTL;",
          "dir[1] -> " + nat_in + "down_filter;", "down_filter[0] -> Discard;",
          "down_filter[1] -> " + down.arrow + limit.format("dst") + "down_q :: Queue -> down_ttl -> "
          f"encap :: VXLANEncapTable(SRC $GATEWAY, {tunnels}) -> fib;",
          "down_ttl[1] -> host;", "encap[1] -> host;", "",
          "Flow(up, PATH up_q up_ttl, DELAY_SLO 1ms);", "Flow(down, PATH down_q down_ttl, DELAY_SLO 1ms);")
    for u, addr, _, _, _ in users:
        for k in range(8):
            server = made.inside(rng, prefixes[rng.randrange(len(prefixes))])
            m.flows.append(Flow(addr, server, 10000 + k, 80 + k, vxlan_wrap(cpes[u], u + 1)))
            m.flows.append(Flow(server, outside[u][1], 80 + k, 10000 + k, plain()))
        m.flows.append(Flow(addr, server, 10000, 138, vxlan_wrap(cpes[u], u + 1)))
    for r in up.udp():
        u, addr = next(user[:2] for user in users if made.is_inside(user[1], r.src))
        m.flows.append(Flow(addr, made.inside(rng, r.dst), 20000, r.dport[0], vxlan_wrap(cpes[u], u + 1)))
    for r in down.udp():
        u = next(user[0] for user in users if made.is_inside(user[1], r.dst))
        m.flows.append(Flow(made.inside(rng, r.src), outside[u][1], 20000, r.dport[0], plain()))
    return m


@profile("robot-control", LEAVES=(16, 2, 64, "flows: one of control, the others bulk"))
def robot_control(p, rng):
    leaves = p["LEAVES"]
    m = Made([f"A control flow beside {leaves - 1} bulk flows, each behind a function of its own.",
              "chain:  CheckIPHeader > IPClassifier by destination port > Queue > Bypass > ToDevice; the control flow's function is "
              "nearly free, the others' cost 10000 cycles for each batch",
              "tables: none; control is UDP to port 5000, bulk UDP to the ports after it, and the last leaf has all else",
              "flows:  control, 35 us at 1 kpps; bulk, 100 ms"])
    m.add("in   :: FromDevice($IFACE);", "out  :: ToDevice($OUT);",
          "leaf :: IPClassifier(" + ", ".join(f"udp and dst port {5000 + i}" for i in range(leaves - 1)) + ", -);",
          "in -> CheckIPHeader -> leaf;",
          "leaf[0] -> control_q :: Queue -> control_nf :: Bypass(CYCLES_PER_PACKET 1, CYCLES_PER_BATCH 1) -> out;")
    m.add(*(f"leaf[{i}] -> q{i} :: Queue -> nf{i} :: Bypass(CYCLES_PER_PACKET 0, CYCLES_PER_BATCH 10000) -> out;"
            for i in range(1, leaves)))
    m.add("", "Flow(control, PATH control_q control_nf, DELAY_SLO 35us, RATE_SLO 1kpps);")
    m.add(*(f"Flow(bulk{i}, PATH q{i} nf{i}, DELAY_SLO 100ms);" for i in range(1, leaves)))
    m.flows = [Flow("10.77.1.2", "10.77.2.2", 10000 + i, 5000 + i, plain(), 1 if i == 0 else 20) for i in range(leaves)]
    return m
