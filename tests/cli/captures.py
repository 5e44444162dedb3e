#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures for test_pcap.sh, made and judged by scapy: captures.py make FILE writes frames of every kind; same A B wants the same
bytes, packet by packet; built FILE JSON wants packets of InfiniteSource as the object of expectations says. Silent when content."""
import collections
import json
import random
import struct
import sys

from scapy.all import ARP, ICMP, IP, TCP, UDP, Dot1Q, Ether, IPv6, IPv6ExtHdrFragment, Raw, RawPcapReader, RawPcapWriter, fragment, rdpcap


def frames():
    e = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    ip, ip6 = IP(src="10.0.0.1", dst="10.1.0.1"), IPv6(src="2001:db8::1", dst="2001:db8::2")
    yield e / ARP(pdst="10.1.0.1")
    yield e / ip / ICMP() / Raw(b"ping" * 8)
    yield e / ip / TCP(sport=1, dport=80, flags="S")
    yield e / ip6 / UDP(sport=5, dport=6) / Raw(b"x")
    yield e / Dot1Q(vlan=7) / ip / UDP() / Raw(b"tagged")
    yield e / Dot1Q(vlan=7) / Dot1Q(vlan=8) / ip6 / TCP()
    yield e / ip6 / IPv6ExtHdrFragment(offset=3, m=1, nh=17) / Raw(b"tail" * 20)
    yield from (e / f for f in fragment(ip / UDP() / Raw(b"f" * 3000), fragsize=800))
    yield Raw(b"\x01\x02\x03")
    yield Raw(b"\xff" * 2000)
    rng = random.Random(5)
    for _ in range(500):
        yield e / ip / UDP(sport=rng.randrange(65536), dport=5000) / Raw(rng.randbytes(rng.randrange(1400)))


def same(a, b):
    a, b = [p for p, _ in RawPcapReader(a)], [p for p, _ in RawPcapReader(b)]
    if len(a) != len(b):
        sys.exit(f"{len(a)} packets, and {len(b)}")
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            sys.exit(f"packet {i + 1} differs: {x.hex()} and {y.hex()}")


def rebuilt(p):
    """The same packet with the checksums that scapy computes."""
    q = Ether(bytes(p))
    for layer in (IP, TCP, UDP):
        if layer in q:
            q[layer].delfieldval("chksum")
    return bytes(q)


def built(name, want):
    packets = rdpcap(name)
    flows, dsts = collections.Counter(), collections.Counter()
    if len(packets) != want["n"]:
        sys.exit(f"{len(packets)} packets, expected {want['n']}")
    for i, p in enumerate(packets):
        l3 = IPv6 if want.get("v6") else IP
        l4 = TCP if want.get("tcp") else UDP
        if l3 not in p or l4 not in p or len(p) != want["length"]:
            sys.exit(f"packet {i + 1}: {len(p)} bytes, {p.summary()}")
        if p[Ether].src != "02:00:00:00:00:01" or p[Ether].dst != "02:00:00:00:00:02":
            sys.exit(f"packet {i + 1}: {p.summary()}")
        if want.get("vlan") != (p[Dot1Q].vlan if Dot1Q in p else None):
            sys.exit(f"packet {i + 1}: wrong tag")
        if rebuilt(p) != bytes(p):
            sys.exit(f"packet {i + 1}: scapy makes {rebuilt(p).hex()} of {bytes(p).hex()}")
        payload = bytes(p[l4].payload)
        if len(payload) >= 8 and struct.unpack(">Q", payload[:8])[0] != i:
            sys.exit(f"packet {i + 1}: its number is {payload[:8].hex()}")
        flows[p[l3].src, p[l4].sport] += 1
        dsts[p[l3].dst] += 1
    if len(flows) != want.get("flows", 1) or max(flows.values()) - min(flows.values()) > 1:
        sys.exit(f"{len(flows)} flows, {min(flows.values())} to {max(flows.values())} packets")
    if not 0.6 * want.get("dsts", 1) <= len(dsts) <= want.get("dsts", 1):
        sys.exit(f"{len(dsts)} destinations")


if sys.argv[1] == "make":
    with RawPcapWriter(sys.argv[2], linktype=1) as w:
        w.write_header(None)
        for n, f in enumerate(frames()):
            w.write_packet(bytes(f), sec=n, usec=0)
elif sys.argv[1] == "same":
    same(*sys.argv[2:])
else:
    built(sys.argv[2], json.loads(sys.argv[3]))
