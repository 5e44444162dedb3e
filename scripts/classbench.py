#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules in ClassBench's format and headers that meet them, from a seed: for tests and benchmarks of ACL.

    scripts/classbench.py RULES TRACE [--rules 10000] [--headers 100000] [--kind acl|fw|ipc] [--seed 1] [--actions]

RULES has lines `@SRC/LEN DST/LEN SPORT : SPORT DPORT : DPORT PROTO/MASK`, TRACE `SRC DST SPORT DPORT PROTO` in decimal, as
dpdk-test-acl reads both. The shapes follow what ClassBench (Taylor and Turner, INFOCOM 2005) says of its seeds: `acl` mostly long
prefixes, exact destination ports and no source ports; `fw` many wildcards and ranges on both sides; `ipc` between. No
rule comes twice. --actions adds a last column, allow, deny or an output. Nine headers in ten are made to match a rule."""
import argparse
import bisect
import itertools
import random
import sys

SERVICES = [20, 21, 22, 23, 25, 53, 80, 110, 123, 135, 139, 143, 161, 389, 443, 445, 993, 1433, 1521, 1723, 3306, 3389, 5060, 8080]
ANY = (0, 65535)
# by kind: share of wildcard source, of wildcard destination, of source ports that are said; destination port: exact, any, high,
# range; protocol: TCP, UDP, any, ICMP
KINDS = {
    "acl": (0.02, 0.01, 0.01, (60, 25, 5, 10), (70, 18, 8, 4)),
    "fw": (0.30, 0.12, 0.25, (40, 30, 15, 15), (60, 22, 12, 6)),
    "ipc": (0.08, 0.06, 0.10, (45, 35, 10, 10), (55, 25, 14, 6)),
}


def networks(rnd, count):
    """Networks that lie in few larger ones, as a company's do."""
    large = [rnd.getrandbits(32) & 0xffff0000 for _ in range(max(4, count // 400))]
    return [rnd.choice(large) | rnd.getrandbits(16) for _ in range(count)]


def prefix(rnd, pool, wildcard):
    if rnd.random() < wildcard:
        return 0, 0
    length = rnd.choices([32, 24, rnd.randrange(25, 32), rnd.randrange(16, 24), rnd.randrange(8, 16)], [45, 25, 18, 11, 1])[0]
    return rnd.choice(pool) & (0xffffffff << (32 - length)) & 0xffffffff, length


def port_range(rnd, shares):
    kind = rnd.choices(["exact", "any", "high", "range"], shares)[0]
    if kind == "exact":
        port = rnd.choice(SERVICES) if rnd.random() < 0.7 else rnd.randrange(65536)
        return port, port
    if kind == "any":
        return ANY
    if kind == "high":
        return 1024, 65535
    low = rnd.randrange(65000)
    return low, min(65535, low + rnd.choice([1, 5, 100, 1000, 10000]))


def make_rule(rnd, kind, src, dst):
    any_src, any_dst, said, ports, protos = KINDS[kind]
    proto = rnd.choices([(6, 255), (17, 255), (0, 0), (1, 255)], protos)[0]
    sport, dport = ANY, ANY
    if proto[0] in (6, 17):
        sport = port_range(rnd, ports) if rnd.random() < said else ANY
        dport = port_range(rnd, ports)
    return prefix(rnd, src, any_src), prefix(rnd, dst, any_dst), sport, dport, proto


def make_rules(rnd, kind, count):
    src, dst = networks(rnd, count), networks(rnd, max(8, count // 3))
    rules = {}
    while len(rules) < count:
        rules[make_rule(rnd, kind, src, dst)] = None
    return list(rules)


def text(rule):
    def net(p):
        return f"{p[0] >> 24}.{p[0] >> 16 & 255}.{p[0] >> 8 & 255}.{p[0] & 255}/{p[1]}"
    src, dst, sport, dport, proto = rule
    return f"@{net(src)}\t{net(dst)}\t{sport[0]} : {sport[1]}\t{dport[0]} : {dport[1]}\t0x{proto[0]:02x}/0x{proto[1]:02x}"


def header(rnd, rule):
    def addr(p):
        return p[0] | rnd.getrandbits(32 - p[1]) if p[1] < 32 else p[0]
    src, dst, sport, dport, proto = rule
    number = proto[0] if proto[1] else rnd.choice([6, 17])
    return addr(src), addr(dst), rnd.randint(*sport), rnd.randint(*dport), number


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("rules_file")
    ap.add_argument("trace_file")
    ap.add_argument("--rules", type=int, default=10000)
    ap.add_argument("--headers", type=int, default=100000)
    ap.add_argument("--kind", choices=sorted(KINDS), default="acl")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--actions", action="store_true")
    a = ap.parse_args()
    rnd = random.Random(a.seed)
    rules = make_rules(rnd, a.kind, a.rules)
    with open(a.rules_file, "w", encoding="ascii") as f:
        for r in rules:
            f.write(text(r) + ("\t" + rnd.choice(["allow", "deny", "1", "2"]) if a.actions else "") + "\n")
    # some rules are met more often than others, but none so often that only it is measured
    weights = list(itertools.accumulate(min(rnd.paretovariate(1), 50) for _ in rules))
    with open(a.trace_file, "w", encoding="ascii") as f:
        for _ in range(a.headers):
            if rnd.random() < 0.9:
                h = header(rnd, rules[bisect.bisect(weights, rnd.random() * weights[-1])])
            else:
                h = header(rnd, ((rnd.choice(rules)[0]), (rnd.choice(rules)[1]), ANY, ANY, (rnd.choice([6, 17]), 255)))
            f.write("\t".join(map(str, h)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
