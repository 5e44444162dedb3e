#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Pipelines of the experiments, from those that scripts/tables.py writes and of their own. Called by lib.sh and the experiments.

    pipelines.py objectives FILE FLOWS=TIME...       sets DELAY_SLO of the flows that a shell pattern fits; none: takes it away
    pipelines.py inside FILE OUT TABLES BURST        the capture TABLES/traffic.pcap is the source, instead of a device
    pipelines.py tree OUT LEAVES PACKET BATCH BURST  a source, a random split, and for each leaf a Queue and a Bypass of so many cycles
    pipelines.py users OUT USERS PACKET BATCH SLO    for each user a bearer of 1 kpps with that objective and one of bulk, as fast as it
                                                     goes and without, whose function costs so many cycles
    pipelines.py rated FILE OUT TABLES BRANCHES NHOPS RATE   l2l3 with a source of that many packets/s for each branch, evenly to
                                                     all next hops
    pipelines.py heavy FILE TABLES PACKETS [SEED]    l2l3's routes and traffic anew: flows of which few have most packets, and next
                                                     hops that have equal shares of them"""
import fnmatch
import random
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
# pylint: disable=wrong-import-position
from tabgen import frames, made  # noqa: E402
from tabgen.pipelines import plain  # noqa: E402

FLOW = re.compile(r"^Flow\((\w+), PATH ([^,)]*)((?:, [^)]*)?)\);$", re.M)
SPDX = "// SPDX-License-Identifier: GPL-2.0-or-later\n"
SOURCE = re.compile(r"^in +:: FromDevice\(\$IFACE\);", re.M)


def fail(text):
    sys.exit(f"pipelines.py: {text}")


def objectives(file, *wanted):
    pairs = [w.rpartition("=")[::2] for w in wanted]

    def with_objective(m):
        name, path, rest = m.groups()
        time = next((t for pattern, t in pairs if fnmatch.fnmatchcase(name, pattern)), None)
        if time is None:
            return m.group(0)
        rest = re.sub(r", DELAY_SLO [^,)]*", "", rest)
        return f"Flow({name}, PATH {path}" + ("" if time == "none" else f", DELAY_SLO {time}") + f"{rest});"

    text = Path(file).read_text(encoding="ascii")
    if not FLOW.search(text):
        fail(f"{file}: no Flow")
    Path(file).write_text(FLOW.sub(with_objective, text), encoding="ascii")


def with_source(file, out, tables, source):
    """The tables' place is given in full: the file itself goes elsewhere."""
    text, n = SOURCE.subn(lambda _: source, Path(file).read_text(encoding="ascii"))
    if n != 1:
        fail(f"{file}: no FromDevice of the name in")
    text = re.sub(r"\$TABLES [\w-]+\)", f"$TABLES {Path(tables).resolve()})", text, count=1)
    Path(out).write_text(text, encoding="ascii")


def inside(file, out, tables, burst):
    with_source(file, out, tables, f"in   :: FromPcap(FILE $TABLES/traffic.pcap, LOOP true, BURST {burst});")


def tree(out, leaves, packet, batch, burst):
    leaves = int(leaves)
    body = [f"in    :: InfiniteSource(BURST {burst});",
            "split :: RandomSplit(" + ", ".join(["1"] * leaves) + ");",
            "in -> split;"]
    body += [f"split[{i}] -> q{i + 1} :: Queue -> nf{i + 1} :: Bypass(CYCLES_PER_PACKET {packet}, CYCLES_PER_BATCH {batch}) -> Discard;"
             for i in range(leaves)]
    body += [f"Flow(f{i + 1}, PATH q{i + 1} nf{i + 1}, DELAY_SLO 5ms);" for i in range(leaves)]
    Path(out).write_text(SPDX + "\n".join(body) + "\n", encoding="ascii")


def users(out, number, packet, batch, slo):
    number = int(number)
    body = [f"qos :: InfiniteSource(RATE {number}kpps, BURST 1, FLOWS {number});",
            "user :: IPClassifier(" + ", ".join(f"src port {1024 + u}" for u in range(number)) + ");",
            "qos -> user;"]
    for u in range(number):
        body += [f"bulk{u} :: InfiniteSource(BURST 32, FLOWS 4, SRC 10.1.{u}.1);",
                 f"user[{u}] -> q{u} :: Queue -> fq{u} :: Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 2000) -> Discard;",
                 f"bulk{u} -> b{u} :: Queue -> fb{u} :: Bypass(CYCLES_PER_PACKET {packet}, CYCLES_PER_BATCH {batch}) -> Discard;",
                 f"Flow(user{u}, PATH q{u} fq{u}, DELAY_SLO {slo}, RATE_SLO 1kpps);",
                 f"Flow(rest{u}, PATH b{u} fb{u});"]
    Path(out).write_text(SPDX + "\n".join(body) + "\n", encoding="ascii")


def rated(file, out, tables, branches, nhops, rate):
    """Addresses 10.2.B.H are behind next hop H of branch B."""
    branches, nhops = int(branches), int(nhops)
    sources = []
    for b in range(branches):
        path = Path(tables) / f"routes-{b}.txt"
        lines = path.read_text(encoding="ascii").splitlines()
        lines += [f"10.2.{b}.{h}/32 10.255.0.{h + 1} {h}" for h in range(nhops)]
        path.write_text("\n".join(lines) + "\n", encoding="ascii")
        sources.append(f"in{b} :: InfiniteSource(RATE {int(rate) // branches}, FLOWS {nhops * 8}, DSTS {nhops}, SRC 10.77.1.2, "
                       f"DST 10.2.{b}.0, DST_MAC 02:00:00:00:0b:{b:02x});\nin{b} -> in;")
    with_source(file, out, tables, "in :: Counter;\n" + "\n".join(sources))


def shares(weights, hops):
    """Each flow's next hop: the largest first, to the one that has the least."""
    load, hop = [0] * hops, {}
    for flow in sorted(weights, key=lambda f: -weights[f]):
        hop[flow] = load.index(min(load))
        load[hop[flow]] += weights[flow]
    return hop, load


def heavy(file, tables, packets, seed="1"):
    """Sizes by a Pareto law of exponent 1.1, as of flows in the Internet; lengths 60, 576 and 1514 bytes."""
    hops = len(set(re.findall(r"^fib0\[(\d+)\]", Path(file).read_text(encoding="ascii"), re.M)))
    if not hops:
        fail(f"{file}: no next hops of fib0")
    rng = random.Random(f"heavy {seed}")
    most = int(packets) // hops  # of a flow: it has one next hop
    prefixes = made.ipv4_prefixes(rng, int(packets) // 5)
    flows = [frames.Flow(10 << 24 | 77 << 16 | 256 | i % 250 + 2, made.inside(rng, p), 10000 + i, 5000, plain("02:00:00:00:0b:00"),
                         min(int(rng.paretovariate(1.1)), most)) for i, p in enumerate(prefixes)]
    hop, load = shares({i: f.weight for i, f in enumerate(flows)}, hops)
    lines = ["0.0.0.0/0 10.255.0.1 0"]
    lines += [f"{made.dotted(a)}/{n} 10.255.0.{hop[i] + 1} {hop[i]}" for i, (a, n) in enumerate(prefixes)]
    (Path(tables) / "routes-0.txt").write_text(made.table("PREFIX/LEN GATEWAY PORT", lines), encoding="ascii")
    order = [i for i, f in enumerate(flows) for _ in range(f.weight)]
    rng.shuffle(order)
    seen = [0] * len(flows)
    trace = []
    for i in order[:int(packets)]:
        trace.append(flows[i].frame(i, seen[i], rng.choices((60, 576, 1514), (50, 15, 35))[0]))
        seen[i] += 1
    (Path(tables) / "traffic.pcap").write_bytes(frames.capture(trace))
    print(f"{len(trace)} packets of {sum(map(bool, seen))} flows, of which the largest hundredth has "
          f"{100 * sum(sorted(seen)[-len(flows) // 100:]) // len(trace)} %; the shares of {hops} next hops differ by "
          f"{100 * (max(load) - min(load)) // max(load)} %")


COMMANDS = {"objectives": objectives, "inside": inside, "tree": tree, "users": users, "rated": rated, "heavy": heavy}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in COMMANDS:
        fail("expected " + ", ".join(COMMANDS) + ", and what they take")
    COMMANDS[sys.argv[1]](*sys.argv[2:])
