# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries of tables, from a seed: routes, ACL rules, NAT pairs, users. Each function returns lines, or what lines are made of.
Used by pipelines.py."""
from .frames import dotted

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
    return f"02:00:00:02:{number >> 8:02x}:{number & 255:02x}"


def acl_rules(rng, count, prefixes):
    """Rules in ClassBench's form (Taylor and Turner, 2005), each a source, a destination out of prefixes, ports and protocol:
    @SRC/LEN DST/LEN LOW : HIGH LOW : HIGH PROTO/MASK FLAGS/MASK, separated by tabs. None has the traffic's UDP."""
    lines = []
    for _ in range(count):
        src = rng.choice([(0, 0), (rng.getrandbits(24) << 8, 24), (rng.getrandbits(16) << 16, 16), (rng.getrandbits(32), 32)])
        dst = rng.choice(prefixes)
        low = rng.randrange(1, 60000)
        sport = rng.choice(["0 : 65535", "1024 : 65535"])
        dport = rng.choice(["0 : 65535", f"{low} : {low}", f"{low} : {low + rng.randrange(1, 1000)}", "80 : 80", "443 : 443"])
        proto = rng.choice(["0x06/0xFF", "0x06/0xFF", "0x01/0xFF", "0x2F/0xFF"])
        lines.append(f"@{dotted(src[0])}/{src[1]}\t{dotted(dst[0])}/{dst[1]}\t{sport}\t{dport}\t{proto}\t0x0000/0x0000")
    return lines


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
