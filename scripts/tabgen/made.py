# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries of tables, from a seed: routes, ACL rules, NAT pairs, users. Each function returns lines, or what lines are made of.
Used by pipelines.py."""
from .frames import address, dotted

# prefix lengths of an Internet routing table, per mille (CIDR report, potaroo.net, rounded)
BGP_LENGTHS = {24: 594, 23: 100, 22: 110, 21: 52, 20: 45, 19: 27, 18: 15, 17: 9, 16: 14, 15: 2, 14: 2, 13: 1, 12: 1, 11: 1,
               10: 1, 8: 1, 25: 5, 26: 5, 27: 4, 28: 4, 29: 4, 30: 2, 32: 1}
BGP6_LENGTHS = {48: 470, 32: 130, 44: 90, 40: 85, 36: 40, 46: 35, 47: 25, 29: 30, 33: 20, 34: 15, 42: 15, 28: 10, 64: 15, 45: 20}


def pick(rng, weights):
    at = rng.random() * sum(weights.values())
    for value, weight in weights.items():
        at -= weight
        if at < 0:
            return value
    return value


def ipv4_prefixes(rng, count):
    """Different prefixes outside 0/8, 10/8, 127/8 and 224/3, as (address, length)."""
    seen = {}
    while len(seen) < count:
        length = pick(rng, BGP_LENGTHS)
        addr = (rng.randrange(11, 224) << 24 | rng.randrange(1 << 24)) >> (32 - length) << (32 - length)
        if addr >> 24 != 127:
            seen[addr, length] = 1
    return list(seen)


def ipv6_prefixes(rng, count):
    """The same inside 2000::/3."""
    seen = {}
    while len(seen) < count:
        length = pick(rng, BGP6_LENGTHS)
        addr = (1 << 125 | rng.getrandbits(125)) >> (128 - length) << (128 - length)
        seen[addr, length] = 1
    return list(seen)


def ipv6_text(addr):
    return ":".join(f"{addr >> shift & 0xffff:x}" for shift in range(112, -1, -16))


def inside(rng, prefix, bits=32):
    """An address of it."""
    return prefix[0] | rng.getrandbits(bits) >> prefix[1]


def is_inside(text, prefix):
    """Whether a dotted address is of it."""
    return (int.from_bytes(address(text), "big") ^ prefix[0]) >> (32 - prefix[1]) == 0


def routes(rng, prefixes, hops, default=True):
    """IPLookup's entries for IPv4: one in each line, next hop h by 10.255.0.h+1; a default route to hop 0 first."""
    lines = ["0.0.0.0/0 10.255.0.1 0"] if default else []
    for addr, length in prefixes:
        hop = rng.randrange(hops)
        lines.append(f"{dotted(addr)}/{length} 10.255.0.{hop + 1} {hop}")
    return lines


def routes6(rng, prefixes, hops):
    return ["::/0 0"] + [f"{ipv6_text(addr)}/{length} {rng.randrange(hops)}" for addr, length in prefixes]


def table(what, lines):
    """A file of entries."""
    return f"# {what}; written by scripts/tables.py\n" + "".join(f"{line}\n" for line in lines)


def hop_mac(number):
    """Of a next hop."""
    return f"02:00:00:01:{number >> 8:02x}:{number & 255:02x}"


def station_mac(number):
    """Of an end system."""
    return "02:" + ":".join(f"{0x0200 << 8 | number:010x}"[i:i + 2] for i in range(0, 10, 2))


class Rule:
    """That denies: UDP to a range of ports beyond those of the traffic that is to pass, TCP, ICMP or GRE. Prefixes: (address, length)."""

    def __init__(self, rng, sources, destinations):
        self.src, self.dst = rng.choice(sources(rng)), rng.choice(destinations)
        self.proto = rng.choice([6, 6, 6, 17, 1, 47])
        low = rng.randrange(30000, 40000) if self.proto == 17 else rng.randrange(1, 60000)
        exact, span = (low, low), (low, low + rng.randrange(1, 1000))
        self.low = 0 if rng.random() < 0.5 or self.proto in (1, 47) else 1024  # source ports
        self.dport = (0, 65535) if self.proto in (1, 47) else rng.choice([exact, span])
        if self.proto == 6:
            self.dport = rng.choice([self.dport, (80, 80), (443, 443), (0, 65535)])

    def text(self):
        """As ClassBench writes it (Taylor and Turner, 2005): @SRC/LEN DST/LEN LOW : HIGH LOW : HIGH PROTO/MASK FLAGS/MASK, by tabs."""
        nets = (f"{dotted(addr)}/{length}" for addr, length in (self.src, self.dst))
        ports = f"{self.low} : 65535\t{self.dport[0]} : {self.dport[1]}"
        return "@" + "\t".join(nets) + f"\t{ports}\t0x{self.proto:02X}/0xFF\t0x0000/0x0000"


def anywhere(rng):
    """Sources of rules: of all lengths."""
    return [(0, 0), (rng.getrandbits(24) << 8, 24), (rng.getrandbits(16) << 16, 16), (rng.getrandbits(32), 32)]


def acl_rules(rng, count, destinations, sources=anywhere):
    """The first one is for UDP, so that some traffic is denied."""
    rules = [Rule(rng, sources, destinations) for _ in range(count)]
    while rules and rules[0].proto != 17:
        rules[0] = Rule(rng, sources, destinations)
    return rules


def nat_pairs(count, inner=10 << 24 | 64 << 16, outer=198 << 24 | 18 << 16):
    """(inner, outer) addresses, dotted: 10.64.0.1 198.18.0.1 and on."""
    return [(dotted(inner + i), dotted(outer + i)) for i in range(1, count + 1)]


def users(rng, count, bearers):
    """(number, address, base station, [TEIDs uplink], [TEIDs downlink]) of each; addresses from 10.60.0.1 on, a base station for
    sixteen users from 10.61.0.1 on. Uplink TEIDs are the gateway's, downlink those that base stations gave."""
    out = []
    taken = {0}
    for u in range(count):
        down = []
        for _ in range(bearers):
            teid = 0
            while teid in taken:
                teid = rng.getrandbits(32)
            taken.add(teid)
            down.append(teid)
        up = [0x100000 + u * bearers + b for b in range(bearers)]
        out.append((u, dotted((10 << 24 | 60 << 16) + 1 + u), dotted((10 << 24 | 61 << 16) + 1 + u // 16), up, down))
    return out
