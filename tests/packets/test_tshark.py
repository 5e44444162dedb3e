#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Elements natively on generated frames, read by tshark before and after: what should have changed has, and all else tshark finds
is as it was. test_tshark.py PUSH FRAMES [ELEMENT...], run by test_tshark.sh. DIFF_PACKETS: frames for each element (3000). Prints a line
`ok NAME 1.2s` or `not ok NAME 1.2s: why` for each."""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

PUSH, FRAMES = sys.argv[1:3]
COUNT = int(os.environ.get("DIFF_PACKETS", "3000"))
AT_ONCE = 100000
A4, B4, A6, B6 = "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"
FIELDS = ["eth.dst", "eth.src", "vlan.id", "vlan.priority", "ip.src", "ip.dst", "ip.ttl", "ip.id", "ip.hdr_len", "ip.proto", "ip.len",
          "ip.checksum.status", "ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.plen", "udp.srcport", "udp.dstport", "tcp.srcport", "tcp.dstport",
          "sctp.srcport", "gre.key", "gtp.teid", "vxlan.vni", "icmp.type", "icmp.code", "icmp.checksum.status", "icmpv6.type",
          "icmpv6.checksum.status", "frame.protocols"]
# what tshark takes a payload for may depend on the packets before
LAYERS = {"eth", "ethertype", "llc", "vlan", "ieee8021ad", "arp", "ip", "ipv6", "tcp", "udp", "sctp", "icmp", "icmpv6", "gre", "gtp", "vxlan"}
PREFERENCES = ["ip.defragment:FALSE", "ipv6.defragment:FALSE", "ip.check_checksum:TRUE", "tcp.analyze_sequence_numbers:FALSE",
               "tcp.desegment_tcp_streams:FALSE"]


def dissect(frames):
    """What tshark reads in each: a list for every field, from the outside in."""
    with tempfile.NamedTemporaryFile(suffix=".pcap") as f:
        f.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for data in frames:
            f.write(struct.pack("=IIII", 0, 0, len(data), len(data)) + data)
        f.flush()
        run = subprocess.run(["tshark", "-n", "-r", f.name, *[a for p in PREFERENCES for a in ("-o", p)], "-T", "fields",
                              *[a for n in FIELDS for a in ("-e", n)]], capture_output=True, text=True, check=True, timeout=600)
    lines = run.stdout.split("\n")[:-1]
    if len(lines) != len(frames):
        raise AssertionError(f"tshark shows {len(lines)} of {len(frames)} frames: {run.stderr[-300:]}")
    read = [{n: v.split(",") if v else [] for n, v in zip(FIELDS, line.split("\t"))} for line in lines]
    for d in read:
        set_layers(d, [name for name in layers(d) if name in LAYERS or name.startswith("ipv6.")])
    return read


def generate(count, seed, kind):
    data = subprocess.run([FRAMES, str(count), str(seed), kind], stdout=subprocess.PIPE, check=True).stdout
    out, at = [], 0
    while at < len(data):
        size, = struct.unpack_from("=I", data, at)
        out.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return out


def push(element, args, outputs, frames):
    data = b"".join(struct.pack("=I", len(f)) + f for f in frames)
    run = subprocess.run([PUSH, "native", str(outputs), element, *args], input=data, stdout=subprocess.PIPE, check=True, timeout=600)
    out, at = [], 0
    while at < len(run.stdout):
        verdict, _, size = struct.unpack_from("=iII", run.stdout, at)
        out.append((verdict, run.stdout[at + 12:at + 12 + size]))
        at += 12 + size
    return out


# --- what an element should change: from the fields before to those after, in place; protocols are one word

def layers(d):
    return d["frame.protocols"][0].split(":")


def set_layers(d, names):
    d["frame.protocols"] = [":".join(names)]


def outer(d):
    """The outermost IP, as a prefix of its fields; its place among the layers."""
    at = next(i for i, name in enumerate(layers(d)) if name in ("ip", "ipv6"))
    return layers(d)[at], at


def put(d, **fields):
    for name, value in fields.items():
        d[name.replace("__", ".")].insert(0, value)


def drop(d, *names):
    for name in names:
        del d[name][0]


def vlan_push(d):
    put(d, vlan__id="7", vlan__priority="3")
    set_layers(d, layers(d)[:2] + ["vlan", "ethertype"] + layers(d)[2:])


def vlan_pop(d):
    drop(d, "vlan.id", "vlan.priority")
    set_layers(d, layers(d)[:2] + layers(d)[4:])


def swap(d):
    d["eth.dst"][0], d["eth.src"][0] = d["eth.src"][0], d["eth.dst"][0]


def rewrite(d):
    d["eth.src"][0], d["eth.dst"][0] = "02:00:00:00:00:01", "02:00:00:00:00:02"


def count_down(d):
    name = {"ip": "ip.ttl", "ipv6": "ipv6.hlim"}[outer(d)[0]]
    d[name][0] = str(int(d[name][0]) - 1)


def wrap(d, after, v6, names, **fields):
    """An outer header; lengths and identification are checked by other tests."""
    if v6:
        put(d, ipv6__src=A6, ipv6__dst=B6, ipv6__hlim="64", ipv6__plen=after["ipv6.plen"][0])
    else:
        put(d, ip__src=A4, ip__dst=B4, ip__ttl="64", ip__checksum__status="1", ip__id="0x0000", ip__hdr_len="20", ip__proto=after["ip.proto"][0],
            ip__len=after["ip.len"][0])
    if "udp" in names:
        put(d, udp__srcport=after["udp.srcport"][0], udp__dstport=after["udp.dstport"][0])
    put(d, **fields)
    at = outer(after)[1]
    rest = layers(d)
    rest = rest if names[-1] == "vxlan" else rest[at:]
    set_layers(d, layers(after)[:at] + ["ipv6" if v6 else "ip", *names] + rest)


def unwrap(d, names, *fields):
    name, at = outer(d)
    drop(d, *(["ip.src", "ip.dst", "ip.ttl", "ip.checksum.status", "ip.id", "ip.hdr_len", "ip.proto", "ip.len"] if name == "ip" else
              ["ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.plen"]))
    drop(d, *[f for f in fields if d[f]])
    end = layers(d).index(names[-1]) + 1
    if names[-1] == "vxlan":
        drop(d, "eth.dst", "eth.src")
        for tag in layers(d)[:at]:
            if tag == "vlan":
                drop(d, "vlan.id", "vlan.priority")
        set_layers(d, layers(d)[end:])
    else:
        set_layers(d, layers(d)[:at] + layers(d)[end:])


def wrap_vxlan(d, after):
    put(d, eth__dst=d["eth.dst"][0], eth__src=d["eth.src"][0])
    wrap(d, after, False, ["udp", "vxlan"], vxlan__vni="77")


# element, arguments, outputs, frames, change(before, after): whether what leaves by output 0 is as tshark should see it
TESTS = [
    ("VLANPush", ["7", "3"], 1, "any", lambda b, a: vlan_push(b)),
    ("VLANPop", [], 2, "any", lambda b, a: vlan_pop(b)),
    ("MACSwap", [], 1, "any", lambda b, a: swap(b)),
    ("EtherRewrite", ["02:00:00:00:00:01", "02:00:00:00:00:02"], 1, "any", lambda b, a: rewrite(b)),
    ("DecIPTTL", [], 2, "any", lambda b, a: count_down(b)),
    ("DecIP6HLIM", [], 2, "any", lambda b, a: count_down(b)),
    ("GREEncap", [A4, B4, "KEY 0x12345678"], 1, "any", lambda b, a: wrap(b, a, False, ["gre"], gre__key="0x12345678")),
    ("GREDecap", [], 2, "gre", lambda b, a: unwrap(b, ["gre"], *["gre.key"][:len(b["gre.key"]) - len(a["gre.key"])])),
    ("GTPUEncap", ["0x1234567", A6, B6, "QFI 9"], 1, "any", lambda b, a: wrap(b, a, True, ["udp", "gtp"], gtp__teid="0x01234567")),
    ("GTPUDecap", [], 2, "gtp", lambda b, a: unwrap(b, ["udp", "gtp"], "udp.srcport", "udp.dstport", "gtp.teid")),
    ("VXLANEncap", ["77", A4, B4], 1, "any", wrap_vxlan),
    ("VXLANDecap", [], 2, "vxlan", lambda b, a: unwrap(b, ["udp", "vxlan"], "udp.srcport", "udp.dstport", "vxlan.vni")),
]


def is_plain(d, kind):
    """IP, in the tunnel that is to be taken away, that tshark reads as we do: it shows 802.1ad tags by other fields, takes low
    Ethernet types for lengths, a header of 60 bytes in GTP-U for PPP, decides by the source port where that is well known, and
    what follows IPv6's fragment header in IPv4, which is not allowed, by what it has seen before."""
    names = layers(d)
    if ("ip", "ipv6.fraghdr") in zip(names, names[1:]):
        return False
    if names[:2] != ["eth", "ethertype"] or not ("ip" in names or "ipv6" in names) or "ieee8021ad" in names or "60" in d["ip.hdr_len"]:
        return False
    return kind == "any" or (kind in names and names[-1] != kind)


def check(element, args, change, frame, before, after, out):
    was = {n: list(v) for n, v in before.items()}
    change(before, after)
    if before != after:
        differ = {n: (before[n], after[n]) for n in FIELDS if before[n] != after[n]}
        raise AssertionError(f"{element}({', '.join(args)}): expected, found: {differ}; frame {frame.hex()} was {was['frame.protocols']} "
                             f"is {out.hex()}")


def in_parts():
    for first in range(0, COUNT, AT_ONCE):
        yield first, min(AT_ONCE, COUNT - first)


def run(element, args, outputs, kind, change):
    left = 0
    for first, n in in_parts():
        frames = generate(n, first + 1, kind)
        outs = push(element, args, outputs, frames)
        taken = [i for i, (verdict, _) in enumerate(outs) if verdict == 0]
        before, after = dissect([frames[i] for i in taken]), dissect([outs[i][1] for i in taken])
        for i, b, a in zip(taken, before, after):
            if is_plain(b, kind):
                check(element, args, change, frames[i], b, a, outs[i][1])
                left += 1
    if left < COUNT / 100:
        raise AssertionError(f"{element}({', '.join(args)}): only {left} of {COUNT} frames leave")
    return left


def main():
    if not shutil.which("tshark"):
        print("not ok tshark: tshark is missing; scripts/deps.sh test installs it")
        return 1
    bad = 0
    for element, args, outputs, kind, change in TESTS:
        if sys.argv[3:] and element not in sys.argv[3:]:
            continue
        start = time.monotonic()
        try:
            left = run(element, args, outputs, kind, change)
            print(f"ok {element.lower()} {time.monotonic() - start:.1f}s", flush=True)
            print(f"# {left} of {COUNT} frames", flush=True)
        except (AssertionError, subprocess.SubprocessError) as e:
            bad = 1
            print(f"not ok {element.lower()} {time.monotonic() - start:.1f}s: {e}", flush=True)
    return bad


sys.exit(main())
