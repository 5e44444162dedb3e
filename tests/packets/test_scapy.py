#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Elements that change packets, natively and in the kernel, against what scapy builds, byte by byte; and tshark's reading of
what they have put into tunnels. test_scapy.py PUSH, run by test_scapy.sh. Prints a line `ok NAME 1.2s` or `not ok NAME 1.2s: why` for
each test. BTY_SCAPY_FRAMES: packets for each element (400); BTY_SEED: another sequence."""
import logging
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP, IPOption_RR  # noqa: E402
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS,  # noqa: E402
                                 ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6,
                                 IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop)
from scapy.layers.l2 import ARP, GRE, Dot1AD, Dot1Q, Ether  # noqa: E402
from scapy.layers.sctp import SCTP  # noqa: E402
from scapy.layers.vxlan import VXLAN  # noqa: E402
from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer  # noqa: E402
from scapy.packet import Raw  # noqa: E402
from scapy.utils import wrpcap  # noqa: E402

PUSH = sys.argv[1]
COUNT = int(os.environ.get("BTY_SCAPY_FRAMES", "400"))
SEED = int(os.environ.get("BTY_SEED", "1"), 0)
A4, B4, A6, B6 = "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"
rnd = random.Random(SEED)


def mac():
    return ":".join(f"{rnd.randrange(256):02x}" for _ in range(6))


def payload(most=1200):
    return Raw(rnd.randbytes(rnd.choice([0, 1, 17, 64, rnd.randrange(most)])))


def link(tags=None):
    """Ethernet and up to two tags; types are left to scapy."""
    p = Ether(src=mac(), dst=mac())
    for _ in range(rnd.choice([0, 0, 1, 2]) if tags is None else tags):
        p /= rnd.choice([Dot1Q, Dot1AD])(vlan=rnd.randrange(4096), prio=rnd.randrange(8))
    return p


def transport(v6):
    kind = rnd.randrange(4)
    ports = {"sport": rnd.randrange(65536), "dport": rnd.randrange(1, 2000)}
    if kind == 0:
        return TCP(**ports) / payload()
    if kind == 1:
        return SCTP(**ports) / payload()
    if kind == 2:
        return (ICMPv6EchoRequest(data=rnd.randbytes(20)) if v6 else ICMP() / payload())
    return UDP(**ports) / payload()


def ipv4():
    options = rnd.choice([[], [], [IPOption_NOP()] * 4, [IPOption_RR(routers=["10.0.0.1", "10.0.0.2"]), IPOption_NOP()]])
    return IP(src=f"10.{rnd.randrange(256)}.0.{rnd.randrange(256)}", dst=f"10.1.{rnd.randrange(256)}.1", ttl=rnd.randrange(2, 256),
              tos=rnd.randrange(256), id=rnd.randrange(65536), flags=rnd.choice([0, 2]), options=options) / transport(0)


def ipv6():
    p = IPv6(src=f"2001:db8::{rnd.randrange(65536):x}", dst=f"2001:db8:1::{rnd.randrange(65536):x}", hlim=rnd.randrange(2, 256),
             tc=rnd.randrange(256), fl=rnd.randrange(1 << 20))
    if rnd.random() < 0.2:
        p /= rnd.choice([IPv6ExtHdrDestOpt(), IPv6ExtHdrHopByHop()])
    return p / transport(1)


def ip():
    return ipv4() if rnd.random() < 0.6 else ipv6()


def reload(p):
    """As scapy reads its own bytes: lengths and checksums are there."""
    return p.__class__(bytes(p))


def padding():
    """What may follow a datagram in its frame."""
    return rnd.randbytes(rnd.choice([0, 0, 0, 5, 18]))


def push(build, outputs, element, args, frames):
    """Runs frames through an element; returns (verdict, annotation, bytes) for each."""
    data = b"".join(struct.pack("=I", len(f)) + f for f in frames)
    run = subprocess.run([PUSH, build, str(outputs), element, *args], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=120, check=False)
    if run.returncode:
        raise AssertionError(f"push {build} {element}: {run.stderr.decode()[-300:]}")
    out, at = [], 0
    while at < len(run.stdout):
        verdict, anno, size = struct.unpack_from("=iII", run.stdout, at)
        at += 12
        out.append((verdict, anno, run.stdout[at:at + size]))
        at += size
    if len(out) != len(frames):
        raise AssertionError(f"push {build} {element}: {len(out)} frames out, {len(frames)} in")
    return out


def compare(element, args, frames, expect, anno=0):
    """Both builds must leave by output 0 what expect(i, out) returns for frame i. Returns the native outputs."""
    outs = {}
    for build in ("native", "bpf"):
        outs[build] = push(build, 1, element, args, frames)
        for i, (verdict, note, out) in enumerate(outs[build]):
            want = bytes(expect(i, out))
            if verdict != 0 or out != want or note != anno:
                raise AssertionError(f"{element}({', '.join(args)}) {build}: verdict {verdict}, annotation {note:#x}, "
                                     f"frame {frames[i].hex()} out {out.hex()} expected {want.hex()}")
    return [out for _, _, out in outs["native"]]


def refused(element, args, frames):
    """None of them is of the tunnel: unchanged by output 1."""
    for build in ("native", "bpf"):
        for i, (verdict, _, out) in enumerate(push(build, 2, element, args, frames)):
            if verdict != 1 or out != frames[i]:
                raise AssertionError(f"{element}({', '.join(args)}) {build}: verdict {verdict} for {frames[i].hex()}")


def outer4(**kw):
    return IP(src=A4, dst=B4, id=0, flags="DF", **{"ttl": 64, **kw})


def outer6(**kw):
    return IPv6(src=A6, dst=B6, **{"hlim": 64, **kw})


def test_vlan_push():
    links = [(link(), ip()) for _ in range(COUNT)]
    frames = [bytes(e / p) for e, p in links]
    for args, tag in ((["7", "3"], Dot1Q(vlan=7, prio=3)), (["4095", "TPID 0x88a8"], Dot1AD(vlan=4095, prio=0))):
        def expect(i, _, tag=tag):
            e = links[i][0].copy()
            inner = e.payload
            e.remove_payload()
            return e / tag / inner / links[i][1]
        compare("VLANPush", args, frames, expect)


def test_vlan_pop():
    pairs = [(link(rnd.choice([1, 2])), ip()) for _ in range(COUNT)]

    def expect(i, _):
        e = pairs[i][0].copy()
        inner = e.payload.payload
        e.remove_payload()
        return e / inner / pairs[i][1]
    compare("VLANPop", [], [bytes(e / p) for e, p in pairs], expect)


def test_mac_swap_and_ether_encap():
    packets = [rnd.choice([link() / ip(), link() / ARP()]) for _ in range(COUNT)]
    frames = [bytes(p) for p in packets]

    def swapped(i, _):
        p = packets[i].copy()
        p.src, p.dst = p.dst, p.src
        return p
    compare("MACSwap", [], frames, swapped)
    compare("EtherEncap", ["0x88e7", "02:00:00:00:00:01", "02:00:00:00:00:02"], frames,
            lambda i, _: Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=0x88e7) / Raw(frames[i]))


def test_ttl_and_checksum():
    packets = [link() / ip() for _ in range(COUNT)]
    frames = [bytes(p) for p in packets]

    def decremented(i, _):
        p = packets[i].copy()
        if IP in p:
            p[IP].ttl -= 1
        else:
            p[IPv6].hlim -= 1
        return p
    compare("DecIPTTL", [], frames, decremented)
    v6 = [p for p in packets if IPv6 in p]

    def decremented6(i, _):
        p = v6[i].copy()
        p[IPv6].hlim -= 1
        return p
    compare("DecIP6HLIM", [], [bytes(p) for p in v6], decremented6)
    spoilt = []
    for p in packets:
        p = p.copy()
        if IP in p:
            p[IP].chksum = rnd.randrange(65536)
        spoilt.append(bytes(p))
    compare("IPChecksum", [], spoilt, lambda i, _: frames[i])


NAT = ["10.0.0.0/16 100.64.0.0/16", "10.0.7.0/24 198.51.100.0/24", "10.0.7.7 203.0.113.1"]
ERRORS = [3, 5, 11, 12]


def nat_pair():
    """An inside address and what it is outside: the longest prefix counts."""
    host, net = rnd.randrange(256), rnd.choice([7, rnd.randrange(256)])
    host = rnd.choice([7, host])
    inside = f"10.0.{net}.{host}"
    if net == 7:
        return inside, "203.0.113.1" if host == 7 else f"198.51.100.{host}"
    return inside, f"100.64.{net}.{host}"


def nat_transport(kind, data):
    ports = {"sport": 1000 + len(data), "dport": 53}
    return {"tcp": TCP(**ports) / data, "udp": UDP(**ports) / data, "udp0": UDP(chksum=0, **ports) / data,
            "sctp": SCTP(**ports) / data, "icmp": ICMP() / data}[kind]


def nat_packet(address, source, kind, data, e, quoted):
    """With address as its source, or destination; quoted: an ICMP error about a packet that went the other way."""
    far = "8.8.4.4"
    ends = {"src": address, "dst": far} if source else {"src": far, "dst": address}
    if not quoted:
        return e / IP(ttl=9, id=len(data), **ends) / nat_transport(kind, data)
    back = {"src": far, "dst": address} if source else {"src": address, "dst": far}
    inner = bytes(IP(ttl=3, id=7, **back) / nat_transport(kind, data))
    return e / IP(ttl=9, **ends) / ICMP(type=ERRORS[len(data) % 4], code=1) / Raw(inner[:quoted])


def test_static_nat():
    for direction in ("OUT", "IN"):
        before, after = [], []
        for _ in range(COUNT):
            addresses = nat_pair()
            args = (direction == "OUT", rnd.choice(["tcp", "udp", "udp0", "sctp", "icmp"]), payload(), link(),
                    rnd.choice([0, 28, 48, 2000]))
            if direction == "IN":
                addresses = addresses[::-1]
            before.append(bytes(nat_packet(addresses[0], *args)))
            after.append(bytes(nat_packet(addresses[1], *args)))
        compare("StaticNAT", [direction, *NAT], before, lambda i, _, after=after: after[i])
        refused("StaticNAT", [direction, *NAT], [bytes(link() / IP(src="9.9.9.9", dst="9.9.9.8") / UDP()) for _ in range(20)])


def encaps():
    """(element, arguments, what scapy puts between link header and inner packet for (type, source port))"""
    qfi = {"E": 1, "next_ex": 0x85}
    return [
        ("GREEncap", [A4, B4], lambda t, s: outer4() / GRE(proto=t)),
        ("GREEncap", [A4, B4, "KEY 305419896", "TTL 9", "DSCP 46"],
         lambda t, s: outer4(ttl=9, tos=46 << 2) / GRE(key_present=1, key=0x12345678, proto=t)),
        ("GREEncap", [A6, B6, "DSCP 10"], lambda t, s: outer6(tc=10 << 2) / GRE(proto=t)),
        ("GTPUEncap", ["305419896", A4, B4],
         lambda t, s: outer4() / UDP(sport=s, dport=2152, chksum=0) / GTP_U_Header(teid=0x12345678, gtp_type=255)),
        ("GTPUEncap", ["7", A4, B4, "QFI 33"],
         lambda t, s: outer4() / UDP(sport=s, dport=2152, chksum=0) / GTP_U_Header(teid=7, gtp_type=255, **qfi) /
         GTPPDUSessionContainer(type=0, QFI=33)),
        ("GTPUEncap", ["7", A6, B6, "QFI 5", "UPLINK true"],
         lambda t, s: outer6() / UDP(sport=s, dport=2152, chksum=0) / GTP_U_Header(teid=7, gtp_type=255, **qfi) /
         GTPPDUSessionContainer(type=1, QFI=5)),
    ]


def source_port(out, offset):
    return struct.unpack_from("!H", out, offset)[0]


CAPTURE = []  # (frame, what tshark should find in it)


def test_encap_ip():
    pairs = [(link(), reload(ip())) for _ in range(COUNT)]
    frames = [bytes(e / p) + padding() for e, p in pairs]
    for element, args, make in encaps():
        def expect(i, out, make=make):
            e, p = pairs[i]
            at = len(e) + (40 if A6 in args else 20)
            return e / make(0x800 if p.version == 4 else 0x86dd, source_port(out, at)) / Raw(bytes(p))
        outs = compare(element, args, frames, expect)
        CAPTURE.extend((out, element, args) for out in outs[:20])


def test_encap_vxlan():
    frames = [bytes(rnd.choice([link() / ip(), link() / ARP()])) + padding() for _ in range(COUNT)]
    for args, outer in ((["11259375", A4, B4], outer4), (["1", A6, B6, "PORT 8472", "TTL 3"], outer6)):
        vni, port = int(args[0]), 8472 if outer is outer6 else 4789

        def expect(i, out, outer=outer, vni=vni, port=port):
            e = Ether(frames[i][:14])
            extra = {"hlim": 3} if outer is outer6 else {}
            udp = UDP(sport=source_port(out, 54 if outer is outer6 else 34), dport=port, chksum=0)
            return Ether(src=e.src, dst=e.dst) / outer(**extra) / udp / VXLAN(flags=8, vni=vni) / Raw(frames[i])
        outs = compare("VXLANEncap", args, frames, expect)
        if port == 4789:
            CAPTURE.extend((out, "VXLANEncap", args) for out in outs[:20])


def outer_variant():
    return rnd.choice([outer4(), outer4(options=[IPOption_NOP()] * 8), outer6(), outer4(tos=3, ttl=1)])


def test_decap_gre():
    cases = []
    for _ in range(COUNT):
        e, p = link(), reload(ip())
        fields = {"key_present": 1, "key": 77}
        if rnd.random() < 0.4:
            fields.update(chksum_present=1)
        if rnd.random() < 0.4:
            fields.update(seqnum_present=1, seqence_number=rnd.randrange(1 << 32))
        cases.append((e, p, bytes(e / outer_variant() / GRE(proto=0x800 if p.version == 4 else 0x86dd, **fields) / Raw(bytes(p)))))
    frames = [c[2] + padding() for c in cases]
    compare("GREDecap", ["KEY 77"], frames, lambda i, _: cases[i][0] / cases[i][1], 77)
    refused("GREDecap", ["KEY 78"], frames)
    refused("GREDecap", [], [bytes(link() / ip()) for _ in range(50)])
    refused("GREDecap", [], [bytes(link() / outer4() / GRE(proto=0x6558) / Ether() / ip()) for _ in range(20)])
    refused("GREDecap", [], [bytes(link() / outer4() / GRE(routing_present=1) / ip()) for _ in range(20)])


def test_decap_gtpu():
    cases = []
    for _ in range(COUNT):
        e, p = link(), reload(ip())
        head = GTP_U_Header(teid=77, gtp_type=255)
        kind = rnd.randrange(5)
        if kind == 1:
            head = GTP_U_Header(teid=77, gtp_type=255, S=1, seq=rnd.randrange(65536))
        elif kind == 2:
            head = GTP_U_Header(teid=77, gtp_type=255, PN=1, npdu=rnd.randrange(256))
        elif kind >= 3:
            head = (GTP_U_Header(teid=77, gtp_type=255, E=1, S=kind - 3, next_ex=0x85) /
                    GTPPDUSessionContainer(type=rnd.randrange(2), QFI=rnd.randrange(64)))
        cases.append((e, p, bytes(e / outer_variant() / UDP(sport=rnd.randrange(65536), dport=2152) / head / Raw(bytes(p)))))
    frames = [c[2] + padding() for c in cases]
    compare("GTPUDecap", ["TEID 77"], frames, lambda i, _: cases[i][0] / cases[i][1], 77)
    refused("GTPUDecap", ["76"], frames)
    refused("GTPUDecap", ["PORT 2153"], frames)
    for kind in (1, 2, 26, 254):
        refused("GTPUDecap", [], [bytes(link() / outer4() / UDP(dport=2152) / GTP_U_Header(teid=77, gtp_type=kind) / Raw(bytes(ip())))])


def test_gtpu_tables():
    pairs = []
    for _ in range(COUNT):
        p = ipv4()
        p.dst = f"10.1.0.{rnd.randrange(1, 200)}"
        pairs.append((link(), reload(p)))
    users = [f"10.1.0.{n} {n * 1000} {B4} {n % 64}" for n in range(1, 200)]

    def expect(i, out):
        e, p = pairs[i]
        n = int(p.dst.split(".")[3])
        return (e / outer4() / UDP(sport=source_port(out, len(e) + 20), dport=2152, chksum=0) /
                GTP_U_Header(teid=n * 1000, gtp_type=255, E=1, next_ex=0x85) / GTPPDUSessionContainer(type=0, QFI=n % 64) / Raw(bytes(p)))
    outs = compare("GTPUEncapTable", [f"SRC {A4}", *users], [bytes(e / p) + padding() for e, p in pairs], expect)
    for n in range(1, 200):
        mine = [i for i in range(COUNT) if pairs[i][1].dst == f"10.1.0.{n}"][:1]
        for i in mine:
            compare("GTPUDecapTable", [f"{n * 1000} 3", "5"], [outs[i]], lambda _, __, i=i: pairs[i][0] / pairs[i][1], n * 1000)
            refused("GTPUDecapTable", [f"{n * 1000 + 1}"], [outs[i]])
        if n > 40:
            break
    refused("GTPUEncapTable", [f"SRC {A4}", *users], [bytes(link() / IP(dst="10.1.1.1") / UDP()), bytes(link() / ipv6())])


def test_vxlan_tables():
    pairs = []
    for _ in range(COUNT):
        p = ipv4()
        p.dst = f"10.1.0.{rnd.randrange(1, 200)}"
        pairs.append((link(), reload(p)))
    cpes = [f"10.1.0.{n} {n * 1000} {B4}" for n in range(1, 200)]
    frames = [bytes(e / p) + padding() for e, p in pairs]

    def expect(i, out):
        e, n = Ether(frames[i][:14]), int(pairs[i][1].dst.split(".")[3])
        return (Ether(src=e.src, dst=e.dst) / outer4() / UDP(sport=source_port(out, 34), dport=4789, chksum=0) /
                VXLAN(flags=8, vni=n * 1000) / Raw(frames[i]))
    outs = compare("VXLANEncapTable", [f"SRC {A4}", *cpes], frames, expect)
    for n in range(1, 40):
        for i in [i for i in range(COUNT) if pairs[i][1].dst == f"10.1.0.{n}"][:1]:
            compare("VXLANDecapTable", [f"{n * 1000} 3", "5"], [outs[i]], lambda _, __, i=i: frames[i], n * 1000)
            refused("VXLANDecapTable", [f"{n * 1000 + 1}"], [outs[i]])
    refused("VXLANEncapTable", [f"SRC {A4}", *cpes], [bytes(link() / IP(dst="10.1.1.1") / UDP()), bytes(link() / ipv6())])


def test_decap_vxlan():
    cases = []
    for _ in range(COUNT):
        inner = bytes(rnd.choice([link() / ip(), link() / ARP()]))
        cases.append((inner, bytes(link() / outer_variant() / UDP(sport=rnd.randrange(65536), dport=4789) / VXLAN(flags=8, vni=77) /
                                   Raw(inner))))
    frames = [c[1] + padding() for c in cases]
    compare("VXLANDecap", ["77", "PORT 4789"], frames, lambda i, _: cases[i][0], 77)
    refused("VXLANDecap", ["78"], frames)
    refused("VXLANDecap", ["PORT 4790"], frames)
    refused("VXLANDecap", ["PORT 4789"],
            [bytes(link() / outer4() / UDP(dport=4789) / VXLAN(flags=0, vni=77) / Ether() / ip()) for _ in range(20)])


def test_icmp_errors():
    packets = [link() / reload(ip()) for _ in range(COUNT)]
    for p in packets:
        p.dst = "02" + p.dst[2:]  # none to a group, which nobody answers
    frames = [bytes(p) + padding() for p in packets]
    for kind, more, four, six in (("time-exceeded", [], {"type": 11, "code": 0}, ICMPv6TimeExceeded(code=0)),
                                  ("prohibited", ["TTL 255"], {"type": 3, "code": 13}, ICMPv6DestUnreach(code=1)),
                                  ("too-big", ["MTU 1400"], {"type": 3, "code": 4, "nexthopmtu": 1400}, ICMPv6PacketTooBig(mtu=1400))):
        ttl = 255 if more == ["TTL 255"] else 64

        def expect(i, _, four=four, six=six, ttl=ttl):
            e = packets[i].copy()
            e.src, e.dst = e.dst, e.src
            p = e[IP] if IP in e else e[IPv6]
            p.underlayer.remove_payload()
            if p.version == 6:
                return e / IPv6(src=A6, dst=p.src, hlim=ttl) / six / Raw(bytes(p)[:1232])
            return e / IP(src=A4, dst=p.src, ttl=ttl, id=0, flags="DF", tos=0xc0 | p.tos & 0x1c) / ICMP(**four) / Raw(bytes(p)[:548])
        compare("ICMPError", [A4, kind, f"SRC6 {A6}", "RATE 0pps", *more], frames, expect)


def test_arp_answers():
    asked = [(link(), ARP(op=1, hwsrc="02" + mac()[2:], psrc=f"10.0.0.{rnd.randrange(256)}", pdst=f"10.1.{rnd.randrange(256)}.7"))
             for _ in range(COUNT)]

    def expect(i, _):
        e, a = asked[i][0].copy(), asked[i][1]
        e.src, e.dst = "02:00:00:00:00:07", a.hwsrc
        return e / ARP(op=2, hwsrc="02:00:00:00:00:07", psrc=a.pdst, hwdst=a.hwsrc, pdst=a.psrc)
    args = ["10.1.0.0/16 02:00:00:00:00:07", "10.0.0.0/8 02:00:00:00:00:08"]
    compare("ARPResponder", args, [bytes(e / a) for e, a in asked], expect)
    refused("ARPResponder", args, [bytes(e / ARP(op=2, psrc=a.psrc, pdst=a.pdst)) for e, a in asked[:50]])
    refused("ARPResponder", args, [bytes(e / ARP(op=1, psrc=a.pdst, pdst=a.pdst)) for e, a in asked[:50]])
    refused("ARPResponder", args, [bytes(e / ARP(op=1, psrc=a.psrc, pdst="11.0.0.1")) for e, a in asked[:50]])
    refused("ARPResponder", args, [bytes(link() / ip()) for _ in range(50)])


def test_nd_answers():
    asked = []
    for _ in range(COUNT):
        e = link()
        e.src = "02" + e.src[2:]
        target, low = f"2001:db8:1::{rnd.randrange(1, 65536):x}", rnd.randrange(1, 65536)
        src = rnd.choice(["::", f"fe80::{low:x}"])
        # a whole solicited-node address, or the target itself, as a host asks that has known it before
        dst = "ff02::1:ff00:" + target.rsplit(":", 1)[1] if src == "::" or rnd.random() < 0.5 else target
        option = ICMPv6NDOptSrcLLAddr(lladdr=e.src) if src != "::" and rnd.random() < 0.7 else None
        asked.append((e, IPv6(src=src, dst=dst, hlim=255), ICMPv6ND_NS(tgt=target), option))

    def frame(i, **changes):
        e, p, ns, option = asked[i]
        p = p.copy()
        for name, value in changes.items():
            setattr(p, name, value)
        return bytes(e / p / ns / option if option else e / p / ns)

    def expect(i, _):
        e, p, ns, _ = asked[i]
        e = e.copy()
        e.src, e.dst = "02:00:00:00:00:07", "33:33:00:00:00:01" if p.src == "::" else e.src
        return (e / IPv6(src=ns.tgt, dst="ff02::1" if p.src == "::" else p.src, hlim=255) /
                ICMPv6ND_NA(R=1, S=int(p.src != "::"), O=1, tgt=ns.tgt) / ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:07"))
    args = ["2001:db8:1::/48 02:00:00:00:00:07"]
    compare("NDPResponder", args, [frame(i) + padding() for i in range(COUNT)], expect)
    refused("NDPResponder", args, [frame(i, hlim=254) for i in range(50)])
    spoilt = [bytearray(frame(i)) for i in range(50)]
    for f in spoilt:
        f[-1] ^= 1
    refused("NDPResponder", args, [bytes(f) for f in spoilt])
    refused("NDPResponder", ["2001:db8:2::/48 02:00:00:00:00:07"], [frame(i) for i in range(50)])
    refused("NDPResponder", args, [bytes(link() / ip()) for _ in range(50)])


def test_tshark_reads_the_tunnels():
    if not shutil.which("tshark"):
        raise RuntimeError("tshark is not installed")
    if not CAPTURE:
        raise AssertionError("no frames: the tests before have failed")
    fields = ["vxlan.vni", "gre.key", "gtp.teid", "gtp.ext_hdr.pdu_ses_con.qos_flow_id", "gtp.ext_hdr.pdu_ses_con.pdu_type",
              "ip.checksum.status", "gtp.length", "frame.protocols", "_ws.malformed"]
    with tempfile.TemporaryDirectory() as folder:
        wrpcap(f"{folder}/tunnels.pcap", [Ether(f) for f, _, _ in CAPTURE])
        run = subprocess.run(["tshark", "-n", "-r", f"{folder}/tunnels.pcap", "-o", "ip.check_checksum:TRUE", "-T", "fields",
                              *[a for f in fields for a in ("-e", f)]], capture_output=True, text=True, timeout=60, check=True)
    lines = run.stdout.splitlines()
    if len(lines) != len(CAPTURE):
        raise AssertionError(f"tshark shows {len(lines)} of {len(CAPTURE)} frames: {run.stderr[-300:]}")
    for line, (frame, element, args) in zip(lines, CAPTURE):
        got = dict(zip(fields, line.split("\t")))
        keywords = dict(a.split(" ", 1) for a in args if " " in a)
        want = {}
        if element == "VXLANEncap":
            want["vxlan.vni"] = args[0]
        elif element == "GREEncap":
            want["gre.key"] = f"0x{int(keywords['KEY']):08x}" if "KEY" in keywords else ""
        else:
            want["gtp.teid"] = f"0x{int(args[0]):08x}"
            want["gtp.ext_hdr.pdu_ses_con.qos_flow_id"] = keywords.get("QFI", "")
            want["gtp.ext_hdr.pdu_ses_con.pdu_type"] = "" if "QFI" not in keywords else "1" if "UPLINK" in keywords else "0"
        for name, value in want.items():
            if got[name] != value:
                raise AssertionError(f"{element}({', '.join(args)}): {name} is '{got[name]}', expected '{value}' in {frame.hex()}")
        if "0" in got["ip.checksum.status"].split(","):
            raise AssertionError(f"{element}({', '.join(args)}): bad IPv4 checksum in {frame.hex()}")
        name = {"VXLANEncap": ":vxlan:eth", "GREEncap": ":gre:ip", "GTPUEncap": ":gtp:ip"}[element]
        if name not in got["frame.protocols"]:
            raise AssertionError(f"{element}({', '.join(args)}): {got['frame.protocols']} in {frame.hex()}")


def main():
    bad = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        start = time.monotonic()
        try:
            test()
            line = f"ok {name} {time.monotonic() - start:.1f}s"
        except RuntimeError as e:
            line = f"skip {name} {time.monotonic() - start:.1f}s: {e}"
        except (AssertionError, subprocess.SubprocessError) as e:
            bad = 1
            line = f"not ok {name} {time.monotonic() - start:.1f}s: {e}"
        print(line, flush=True)
    return bad


sys.exit(main())
