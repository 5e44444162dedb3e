#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames out of the ordinary, for test_frames.sh: frames.py send IFACE COUNT NAME... sends each so often; frames.py catch IFACE
says how many of each arrived whole, tags included, until none has come for a second."""
import collections
import errno
import socket
import struct
import sys

ETH = bytes.fromhex("020000000101020000000102")
DATA = bytes(range(26))
ETH_P_ALL, SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING, HAS_TAG, HAS_TPID = 3, 263, 8, 4, 0x10, 0x40
SO_RCVBUFFORCE = 33
MTU = 3502


def udp(payload):
    return struct.pack("!HHHH", 1000, 5000, 8 + len(payload), 0) + payload


def ipv4(payload, frag=0):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, frag, 64, 17, 0, b"\x0a\x4d\x01\x02", b"\x0a\x4d\x02\x02")
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack("!H", 0xFFFF - total) + head[12:] + payload


def ipv6(payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), 17, 64) + bytes(31) + b"\1" + payload


IP, IP6, TAG, OUTER = b"\x08\x00", b"\x86\xdd", b"\x81\x00\x00\x05", b"\x88\xa8\x00\x07"
FRAMES = {
    "plain": ETH + IP + ipv4(udp(DATA)),
    "vlan": ETH + TAG + IP + ipv4(udp(DATA)),
    "vlan6": ETH + TAG + IP6 + ipv6(udp(DATA)),
    "qinq": ETH + OUTER + TAG + IP + ipv4(udp(DATA)),
    "frag-first": ETH + IP + ipv4(udp(DATA[:24]), 0x2000),
    "frag-later": ETH + IP + ipv4(DATA[:24], 4),
    "jumbo": ETH + IP + ipv4(udp(b"j" * (MTU - 28))),
    "jumbo-vlan": ETH + TAG + IP + ipv4(udp(b"k" * (MTU - 28))),
    "large": ETH + IP + ipv4(udp(bytes(2500))),
    "huge": ETH + IP + ipv4(udp(bytes(8000))),
    "empty": ETH + IP,
    "cut-tag": ETH + TAG[:2] + b"\0",
    "cut-ip": ETH + IP + ipv4(udp(DATA))[:19],
    "cut-udp": ETH + IP + ipv4(udp(DATA))[:24],
    "arp": ETH + b"\x08\x06" + bytes(28),
}


def send(iface, count, names):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((iface, 0))
    for name in names:
        for _ in range(count):
            try:
                s.send(FRAMES[name])
            except OSError as e:
                if e.errno != errno.ENOBUFS:  # the peer does not take it
                    raise


def with_tag(frame, control):
    """The kernel takes the outermost tag out of what a packet socket reads, and says so beside it."""
    for level, kind, data in control:
        status, tci, tpid = struct.unpack_from("IxxxxxxxxxxxxHH", data) if (level, kind) == (SOL_PACKET, PACKET_AUXDATA) else (0, 0, 0)
        if status & HAS_TAG:
            return frame[:12] + struct.pack("!HH", tpid if status & HAS_TPID else 0x8100, tci) + frame[12:]
    return frame


def catch(iface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((iface, ETH_P_ALL))
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    names = {frame: name for name, frame in FRAMES.items()}
    seen = collections.Counter()
    print("listening", file=sys.stderr, flush=True)
    s.settimeout(20)
    while True:
        try:
            frame, control, _, address = s.recvmsg(8192, 64)
        except TimeoutError:
            break
        if address[2] == PACKET_OUTGOING:
            continue
        s.settimeout(1)
        seen[names.get(with_tag(frame, control), "changed:" + frame.hex()[:80])] += 1
    for name, n in sorted(seen.items()):
        print(name, n)


if sys.argv[1] == "send":
    send(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
else:
    catch(sys.argv[2])
