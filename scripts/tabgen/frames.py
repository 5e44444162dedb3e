# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames of numbered flows, byte by byte, and captures of them. Used by pipelines.py and tables.py.

The last 12 bytes of every frame say whose it is, wherever headers were put in front or taken off since: MAGIC, the number of
its flow, its place in that flow, from 0. tests/packets/traffic.h reads them."""
import bisect
import struct

MAGIC = b"BTYs"
TAIL = 12
MIN_FRAME = 60  # without FCS
GTPU_PORT, VXLAN_PORT = 2152, 4789


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def address(text):
    """IPv4 as a number in dotted form or an int."""
    if isinstance(text, int):
        return struct.pack("!I", text)
    return bytes(int(part) for part in text.split("."))


def dotted(number):
    return ".".join(str(b) for b in struct.pack("!I", number))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def udp(src, dst, sport, dport, payload, pseudo=None):
    """src, dst: addresses as bytes. pseudo: whether a checksum is set."""
    length = 8 + len(payload)
    head = struct.pack("!HHHH", sport, dport, length, 0)
    if pseudo is None:
        return head + payload
    over = src + dst + (struct.pack("!BBH", 0, 17, length) if len(src) == 4 else struct.pack("!IxxxB", length, 17))
    return head[:6] + struct.pack("!H", checksum(over + head + payload) or 0xffff) + payload


def ipv4(src, dst, payload, tos=0, proto=17):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(payload), 0, 0x4000, 64, proto, 0, src, dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(src, dst, payload, proto=17):
    return struct.pack("!IHBB", 6 << 28, len(payload), proto, 64) + src + dst + payload


def ethernet(dst, src, payload, ethertype=None, vlan=None):
    if ethertype is None:
        ethertype = 0x86dd if payload[0] >> 4 == 6 else 0x0800
    tag = struct.pack("!HH", 0x8100, vlan) if vlan is not None else b""
    return mac(dst) + mac(src) + tag + struct.pack("!H", ethertype) + payload


def gtpu(teid, payload, qfi=None):
    """TS 29.281; with QFI an uplink PDU session container."""
    more = struct.pack("!HBBBBBB", 0, 0, 0x85, 1, 0x10, qfi, 0) if qfi is not None else b""
    return struct.pack("!BBHI", 0x34 if more else 0x30, 255, len(more) + len(payload), teid) + more + payload


def vxlan(vni, frame):
    return struct.pack("!BxxxI", 8, vni << 8) + frame


class Flow:
    """Frames of one flow: wrap(inner) makes the frame around the UDP datagram's IP packet."""

    def __init__(self, src, dst, sport, dport, wrap, weight=1, tos=0):
        self.src, self.dst = (a if isinstance(a, bytes) else address(a) for a in (src, dst))
        self.sport, self.dport, self.wrap, self.weight, self.tos = sport, dport, wrap, weight, tos

    def frame(self, number, seq, length):
        tail = MAGIC + struct.pack("!II", number, seq)
        around = len(self.wrap(self.packet(tail)))
        return self.wrap(self.packet(bytes(max(0, length - around)) + tail))

    def packet(self, payload):
        datagram = udp(self.src, self.dst, self.sport, self.dport, payload, True)
        if len(self.src) == 16:
            return ipv6(self.src, self.dst, datagram)
        return ipv4(self.src, self.dst, datagram, self.tos)


def traffic(flows, count, rng, length=MIN_FRAME):
    """count frames of the flows, drawn by weight; the first ones are one of each, in any order."""
    seq = [0] * len(flows)
    bounds, total = [], 0
    for flow in flows:
        total += flow.weight
        bounds.append(total)
    first = list(range(len(flows)))
    rng.shuffle(first)
    for i in range(count):
        if i < len(flows):
            n = first[i]
        else:
            n = bisect.bisect(bounds, rng.random() * total)
        yield flows[n].frame(n, seq[n], length)
        seq[n] += 1


def capture(frames):
    """A pcap file of Ethernet frames, 1 us apart."""
    out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)]
    for i, frame in enumerate(frames):
        out.append(struct.pack("<IIII", i // 1000000, i % 1000000, len(frame), len(frame)) + frame)
    return b"".join(out)
