#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a profile's traffic, for test_profiles.sh.

    profiles.py send IFACE PCAP RATE      sends the frames of a capture, so many a second, and says how many
    profiles.py catch IFACE PCAP          keeps what comes in until none has come for two seconds
    profiles.py check NAME DIR SENT GOT   compares: each frame that is to pass is there, once, and as the tables in DIR say;
                                          those of a flow in order

Frames are known by the 12 bytes at their end (scripts/tabgen/frames.py). tshark says what is in them; routes, rules, pairs and tunnels are
looked up here, one line after the other. check prints the frames by fate: `passed 1900 acl_denied 12 discard 88`."""
import collections
import glob
import ipaddress
import socket
import struct
import subprocess
import sys
import time

MAGIC = b"BTYs"
FIELDS = ["eth.dst", "ip.src", "ip.dst", "ip.proto", "udp.srcport", "udp.dstport", "gtp.teid", "gtp.ext_hdr.pdu_ses_con.qos_flow_id",
          "vxlan.vni", "ip.checksum.status", "udp.checksum.status"]
Frame = collections.namedtuple("Frame", [f.split(".", 1)[1].replace(".", "_") if f.startswith("eth") else f.replace(".", "_") for f in FIELDS])


def records(path):
    with open(path, "rb") as f:
        f.read(24)
        while head := f.read(16):
            yield f.read(struct.unpack("<8xI4x", head)[0])


def dissect(path):
    """By id, what tshark finds: for each field a list, from the outside in."""
    opts = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
    for f in FIELDS:
        opts += ["-e", f]
    out = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", *opts], check=True, capture_output=True, text=True).stdout
    seen = {}
    for data, line in zip(records(path), out.splitlines(), strict=True):
        if data[-12:-8] != MAGIC:
            continue
        if data[-8:] in seen:
            sys.exit(f"{path}: twice: {data.hex()}")
        seen[data[-8:]] = Frame(*([v for v in column.split(",") if v] for column in line.split("\t")))
    return seen


def lines(path):
    with open(path, encoding="ascii") as f:
        return [line.split() for line in f if not line.startswith("#")]


def number(text):
    return int(ipaddress.IPv4Address(text))


class Net:
    def __init__(self, text):
        addr, length = text.split("/")
        self.addr, self.length = number(addr), int(length)

    def has(self, addr):
        return (number(addr) ^ self.addr) >> (32 - self.length) == 0


class Routes:
    def __init__(self, path):
        self.route = sorted(((Net(r[0]), int(r[-1])) for r in lines(path)), key=lambda r: -r[0].length)

    def port(self, addr):
        return next(port for net, port in self.route if net.has(addr))


class Rules:
    """A ClassBench file; all rules deny."""

    def __init__(self, path):
        self.rule = []
        for r in lines(path):
            self.rule.append((Net(r[0][1:]), Net(r[1]), int(r[2]), int(r[4]), int(r[5]), int(r[7]), int(r[8].split("/")[0], 16)))

    def denies(self, src, dst, sport, dport):
        return any(s.has(src) and d.has(dst) and s0 <= sport <= s1 and d0 <= dport <= d1 and proto == 17
                   for s, d, s0, s1, d0, d1, proto in self.rule)


def hop_mac(number_of_hop):
    return f"02:00:00:01:{number_of_hop >> 8:02x}:{number_of_hop & 255:02x}"


def ends(f, i=-1):
    return f.ip_src[i], f.ip_dst[i], int(f.udp_srcport[i]), int(f.udp_dstport[i])


def l2l3(where):
    branches = range(len(glob.glob(f"{where}/acl-*.txt")))
    routes, rules = ([kind(f"{where}/{name}-{b}.txt") for b in branches] for kind, name in ((Routes, "routes"), (Rules, "acl")))
    nat = dict(lines(f"{where}/nat.txt"))

    def fate(f):
        b = int(f.dst[0][-2:], 16)
        src, dst, sport, dport = ends(f)
        if rules[b].denies(src, dst, sport, dport):
            return "acl_denied", None
        return "passed", {"dst": [hop_mac(routes[b].port(dst))], "ip_src": [nat.get(src, src)], "ip_dst": [dst], "udp_dstport": [str(dport)]}
    return fate


def mgw(where):
    routes = Routes(f"{where}/routes.txt")
    bearers = len(glob.glob(f"{where}/downlink-*.txt"))
    down = [{r[0]: r[1:] for r in lines(f"{where}/downlink-{b}.txt")} for b in range(bearers)]
    teids = {int(r[0], 16) for r in lines(f"{where}/teids.txt")}

    def fate(f):
        src, dst, sport, dport = ends(f)
        if f.gtp_teid:
            assert int(f.gtp_teid[0], 16) in teids
            return "passed", {"ip_src": [src], "ip_dst": [dst], "gtp_teid": [], "dst": [hop_mac(0)], "udp_dstport": [str(dport)]}
        teid, station, qfi = down[min(sport - 6000, bearers - 1)][dst]
        return "passed", {"ip_src": ["10.61.255.1", src], "ip_dst": [station, dst], "gtp_teid": [teid], "udp_srcport": [None, str(sport)],
                          "gtp_ext_hdr_pdu_ses_con_qos_flow_id": [qfi], "dst": [hop_mac(256 * routes.port(station))]}
    return fate


def bng(where):
    outside = dict(lines(f"{where}/nat.txt"))
    inside = {v: k for k, v in outside.items()}
    cpes = {r[0]: r[1:] for r in lines(f"{where}/cpes.txt")}
    up, down = Rules(f"{where}/up.txt"), Rules(f"{where}/down.txt")

    def fate(f):
        src, dst, sport, dport = ends(f)
        if f.vxlan_vni:
            if 137 <= dport <= 139:
                return "discard", None
            if up.denies(src, dst, sport, dport):
                return "acl_denied", None
            return "passed", {"ip_src": [outside[src]], "ip_dst": [dst], "vxlan_vni": [], "dst": [hop_mac(0)]}
        dst = inside[dst]
        if dport < 1024:
            return "discard", None
        if down.denies(src, dst, sport, dport):
            return "acl_denied", None
        vni, cpe = cpes[dst]
        return "passed", {"ip_src": ["10.61.255.1", src], "ip_dst": [cpe, dst], "vxlan_vni": [vni], "udp_dstport": ["4789", str(dport)]}
    return fate


def same(got, want):
    return len(got) == len(want) and all(w is None or g == w for g, w in zip(got, want))


def check_order(before, after):
    """Frames of a flow come out in the order in which they went in."""
    place = {ident: n for n, ident in enumerate(before)}
    last = {}
    for ident in after:
        flow, n = ident[:4], place.get(ident, -1)
        if n < last.get(flow, -1):
            sys.exit(f"out of order, frame {n} after frame {last[flow]} of one flow: {after[ident]}")
        last[flow] = n


def check(name, where, sent, got):
    fate_of = {"l2l3": l2l3, "mgw": mgw, "bng": bng}[name](where)
    before, after = dissect(sent), dissect(got)
    check_order(before, after)
    count = collections.Counter()
    for ident, f in before.items():
        fate, want = fate_of(f)
        count[fate] += 1
        if want is None:
            if ident in after:
                sys.exit(f"{fate}, and came out all the same: {f}")
            continue
        if ident not in after:
            sys.exit(f"did not come out: {f}")
        out = after.pop(ident)
        for field, values in want.items():
            if not same(getattr(out, field), values):
                sys.exit(f"{field} {getattr(out, field)}, expected {values}: {f} came out as {out}")
        # 0: wrong; 1: right; 2: not looked at; 3: not set
        if "0" in out.ip_checksum_status + out.udp_checksum_status:
            sys.exit(f"a wrong checksum: {f} came out as {out}")
    if after:
        sys.exit(f"came out and was not sent: {after}")
    print(*(f"{k} {v}" for k, v in sorted(count.items())))


def send(iface, path, rate):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((iface, 0))
    start, n = time.monotonic(), 0
    for data in records(path):
        time.sleep(max(0, start + n / float(rate) - time.monotonic()))
        s.send(data)
        n += 1
    print(n)


def catch(iface, path):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    s.bind((iface, 3))
    print("listening", flush=True)
    s.settimeout(20)
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        try:
            while True:
                data, where = s.recvfrom(65535)
                if where[2] == 4:  # PACKET_OUTGOING
                    continue
                f.write(struct.pack("<IIII", 0, 0, len(data), len(data)) + data)
                s.settimeout(2)
        except TimeoutError:
            pass


if __name__ == "__main__":
    {"send": send, "catch": catch, "check": check}[sys.argv[1]](*sys.argv[2:])
