#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that a router must answer with an ICMP error, or must not, for test_icmp.sh: icmp.py IFACE KIND FILE sends each of KIND
(`expired`, `too-big`) and writes what comes back, a line for each: its name and the error in hexadecimal digits, or `-`. What two
routers may choose for themselves is zero: IPv4 identification and DF, which go together (RFC 6864), TTL, IPv6 flow label, and checksums over these. KIND `long` sends what is to be
fragmented; `catch` writes the IPv4 frames of such that arrive."""
import logging
import select
import socket
import sys
import time

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption, IPOption_NOP  # noqa: E402
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6EchoRequest, IPv6, IPv6ExtHdrHopByHop  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402
from scapy.packet import Raw  # noqa: E402

ROUTER, CLIENT = "02:00:00:00:01:01", "02:00:00:00:01:02"
A4, B4, A6, B6 = "10.77.1.2", "10.77.2.2", "fd77:1::2", "fd77:2::2"
ETH_P_ALL = 3
WAIT_S = 0.4


def data(n):
    return Raw(bytes(i % 251 for i in range(n)))


def packets(kind):
    ttl = 1 if kind == "expired" else 64
    size = 20 if kind == "expired" else 1400
    four = {"src": A4, "dst": B4, "id": 77, "ttl": ttl, "flags": 2}
    six = {"src": A6, "dst": B6, "hlim": ttl}
    yield "udp", IP(**four) / UDP(sport=7, dport=8) / data(size)
    yield "udp odd", IP(**four) / UDP(sport=7, dport=8) / data(size + 1)
    yield "udp long", IP(**four) / UDP(sport=7, dport=8) / data(1460)
    yield "tcp", IP(**four) / TCP(sport=7, dport=8) / data(size)
    yield "tos", IP(tos=0x10, **four) / UDP(sport=7, dport=8) / data(size)
    yield "echo", IP(**four) / ICMP(id=3, seq=4) / data(size)
    yield "icmp error", IP(**four) / ICMP(type=3, code=1) / IP(src=B4, dst=A4) / UDP() / data(size)
    yield "fragment", IP(**{**four, "flags": 0}, frag=2) / data(size) if kind == "expired" else None
    yield "first fragment", IP(**{**four, "flags": 1}) / UDP(sport=7, dport=8) / data(size + 4) if kind == "expired" else None
    yield "udp6", IPv6(**six) / UDP(sport=7, dport=8) / data(size)
    yield "udp6 long", IPv6(**six) / UDP(sport=7, dport=8) / data(1451)
    yield "tcp6", IPv6(**six) / TCP(sport=7, dport=8) / data(size)
    yield "echo6", IPv6(**six) / ICMPv6EchoRequest(id=3, seq=4, data=bytes(size))
    yield "icmp6 error", IPv6(**six) / ICMPv6DestUnreach(code=3) / IPv6(src=B6, dst=A6) / UDP() / data(size)
    yield "options6", IPv6(**six) / IPv6ExtHdrHopByHop() / UDP(sport=7, dport=8) / data(size)


def long_packets():
    """Without DF, with and without options, and a fragment."""
    four = {"src": A4, "dst": B4, "ttl": 64, "proto": 253}
    for size in (1281, 1282, 1288, 1400, 1439):
        yield IP(id=size, **four) / data(size)
        yield IP(id=size + 1000, flags=1, frag=10, **four) / data(1432)
        yield IP(id=size + 2000, options=[IPOption_NOP(), IPOption(b"\x94\x04\0\0"), IPOption(b"\x1e\x03\0")], **four) / data(size)


def catch(s, path):
    with open(path, "w", encoding="ascii") as out:
        while select.select([s], [], [], 3)[0]:
            frame = s.recv(4096)
            if frame[12:14] == b"\x08\0" and frame[23] == 253:
                out.write(f"{frame.hex()}\n")


def normal(frame):
    """The error in this frame without what is free, or None."""
    p = Ether(frame)
    if p.dst != CLIENT or p.src != ROUTER:
        return None
    if IP in p and p[IP].proto == 1 and p[IP].dst == A4 and p[ICMP].type in (3, 11):
        head = bytearray(frame)
        head[18:23] = bytes(5)
        head[24:26] = bytes(2)
        return bytes(head)
    if IPv6 in p and p[IPv6].nh == 58 and p[IPv6].dst == A6 and frame[54] in (1, 2, 3):
        head = bytearray(frame)
        head[15:18] = bytes(3)
        head[21] = 0
        return bytes(head)
    return None


def main():
    iface, kind, path = sys.argv[1:4]
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((iface, 0))
    if kind == "catch":
        catch(s, path)
        return
    if kind == "long":
        for packet in long_packets():
            s.send(bytes(Ether(src=CLIENT, dst=ROUTER) / packet))
        return
    with open(path, "w", encoding="ascii") as out:
        for name, packet in packets(kind):
            if packet is None:
                continue
            s.send(bytes(Ether(src=CLIENT, dst=ROUTER) / packet))
            answer, end = None, time.monotonic() + WAIT_S
            while answer is None and select.select([s], [], [], max(0, end - time.monotonic()))[0]:
                answer = normal(s.recv(4096))
            out.write(f"{name}: {answer.hex() if answer else '-'}\n")


main()
