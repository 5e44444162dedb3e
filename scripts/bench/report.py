#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns the raw samples of scripts/bench.sh into build/bench.json and tables: median, least and most of each, and ratios
taken round by round, so that a slow minute of the machine hits both sides. Usage: report.py RAW OUT KEY=VALUE..."""
import json
import statistics
import sys
from collections import defaultdict

# experiment, metric, rate or None for each, config on top, config below, and what the median should be, if anything
RATIOS = [
    ("receive", "cpu_per_packet", None, "trigger 32", "trigger 1"),
    ("receive", "cpu_per_packet", None, "trigger 32", "busy polling"),
    ("batch", "cpu_per_packet", None, "trigger 32", "trigger 1"),
    ("batch", "cpu_per_packet", None, "trigger 32", "busy polling"),
    ("forward", "forwarding_cpu_per_packet", None, "batchy", "linux"),
    ("forward", "forwarding_cpu_per_packet", None, "batchy", "testpmd"),
    ("forward", "delivered", "max", "batchy", "linux"),
    ("forward", "delivered", "max", "batchy", "testpmd", ">= 1"),
    ("forward", "delivered", "max", "busy", "testpmd"),
    ("forward", "delivered", "max", "deferred", "testpmd"),
    ("forward", "delivered", "max", "deferred", "testpmd_deferred"),
    ("forward", "process_cpu_per_packet", None, "batchy", "testpmd", "<= 0.33"),
    ("forward", "delivered", "max", "xdp", "linux"),
    ("element", "acl", "0", "dpdk-test-acl avx2", "ACL, 10000 rules", ">= 1"),
    ("element", "acl", "0", "dpdk-test-acl avx512x16", "ACL, 10000 rules", ">= 1"),
    ("element", "xdp_row", "0", "12 in a row, fused", "12 in a row, by hand", "<= 1.5"),
    ("spin", "worker_cpu", None, "sleep or spin", "always sleep"),
    ("spin", "wait_p95", None, "sleep or spin", "always spin"),
    ("pipeline", "cpu_per_packet", None, "batch 1", "batch 32"),
    ("pipeline", "branch_cpu_per_packet", None, "1 % minority", "no minority", "<= 1.1"),
    ("element", "xdp_row", "0", "12 in a row, a program each", "12 in a row, by hand"),
]
LOOKUP_RATIOS = [
    ("IPLookup, batch of 1", "IPLookup, batch of 32", ">= 2"),
    ("LPM trie in BPF", "IPLookup, batch of 32", ">= 5"),
    ("LPM trie in BPF", "IPLookup in BPF", ">= 5"),
    ("DPDK's FIB, batch of 32", "IPLookup, batch of 32", ">= 1"),
    ("DPDK's FIB, batch of 64", "IPLookup, batch of 64", ">= 1"),
    ("dpdk-test-fib", "IPLookup, batch of 64", ">= 1"),
    ("DPDK's FIB, AVX512, batch of 32", "IPLookup, batch of 32", ">= 1"),
    ("DPDK's FIB, AVX512, batch of 64", "IPLookup, batch of 64", ">= 1"),
    ("dpdk-test-fib, AVX512", "IPLookup, batch of 64", ">= 1"),
]
RATIOS += [("lookup", routes, None, *pair) for routes in ("IPv4-internet", "IPv4-random", "IPv6-internet", "IPv6-random")
           for pair in LOOKUP_RATIOS]


def read(path):
    with open(path, encoding="ascii") as f:
        return [json.loads(line) for line in f if line.strip()]


def less_discard(samples):
    """Forwarding alone: what the machine took less what the same traffic takes when it is dropped on arrival."""
    base = {(s["rate"], s["repeat"]): s["value"] for s in samples
            if s["config"] == "discard" and s["metric"] == "machine_cpu_per_packet"}
    return [dict(s, metric="forwarding_cpu_per_packet", value=round(s["value"] - base[s["rate"], s["repeat"]], 2))
            for s in samples if s["metric"] == "machine_cpu_per_packet" and s["config"] != "discard"
            and (s["rate"], s["repeat"]) in base]


def spread(values):
    return {"median": round(statistics.median(values), 3), "min": min(values), "max": max(values), "n": len(values)}


def group(samples):
    by_key = defaultdict(dict)
    for s in samples:
        by_key[s["experiment"], s["metric"], s["rate"], s["config"], s["unit"]][s["repeat"]] = s["value"]
    return by_key


def ratio(above, below, name, target=None):
    """Of two series of samples by round; what is asked for of it is met or missed by the median."""
    values = [round(above[n] / below[n], 3) for n in above if below.get(n)]
    if not values:
        return None
    row = {"ratio": name, **spread(values), "target": target or "", "met": ""}
    if target:
        sign, bound = target.split()
        row["met"] = "yes" if (row["median"] <= float(bound) if sign == "<=" else row["median"] >= float(bound)) else "NO"
    return row


def ratios(by_key):
    out = []
    units = {k[:4]: k for k in by_key}
    for exp, metric, rate, top, below, *target in RATIOS:
        for r in [rate] if rate else sorted({k[2] for k in by_key if k[0] == exp}):
            a, b = units.get((exp, metric, r, top)), units.get((exp, metric, r, below))
            row = a and b and ratio(by_key[a], by_key[b], f"{top} / {below}", *target)
            if row:
                out.append({"experiment": exp, "metric": metric, "rate": r, **row})
    # what batches gain each element
    for a in by_key:
        b = units.get((a[0], "batch_of_32", a[2], a[3]))
        row = a[1] == "batch_of_1" and b and ratio(by_key[a], by_key[b], "batch of 1 / batch of 32")
        if row:
            out.append({"experiment": a[0], "metric": a[3], "rate": a[2], **row})
    return out


# sleep or spin: the three criteria of docs/controller.md
OURS, SLEEP, SPIN = "sleep or spin", "always sleep", "always spin"


def kpps(rate):
    return float(rate.removesuffix("kpps"))


def better(by_key, metric, unit, rate):
    """The mode with the smaller median."""
    return min((SLEEP, SPIN), key=lambda mode: statistics.median(by_key["spin", metric, rate, mode, unit].values()))


def spin_ratios(by_key, rate, metric, unit, mode):
    """Ours to mode, round by round."""
    ours, theirs = (by_key["spin", metric, rate, c, unit] for c in (OURS, mode))
    return {n: v / theirs[n] for n, v in ours.items() if theirs.get(n)}


def spin_criterion(by_key, rate):
    """What the criterion says, the ratio in each round, and what it may be."""
    if kpps(rate) <= 10:
        return "CPU / always sleeping", spin_ratios(by_key, rate, "worker_cpu", "%", SLEEP), 1.1
    if kpps(rate) >= 100:
        return "p95 / always spinning", spin_ratios(by_key, rate, "wait_p95", "ns", SPIN), 1.2
    cpu = spin_ratios(by_key, rate, "worker_cpu", "%", better(by_key, "worker_cpu", "%", rate))
    p95 = spin_ratios(by_key, rate, "wait_p95", "ns", better(by_key, "wait_p95", "ns", rate))
    # each of its own rounds: the larger median is the one that counts
    worst = max((cpu, p95), key=lambda r: statistics.median(r.values()) if r else 0)
    return ("CPU" if worst is cpu else "p95") + " / the better of the two", worst, 2.0


def spin_criteria(by_key):
    out = []
    rates = {k[2] for k in by_key if k[0] == "spin" and k[1] == "wait_p95" and k[3] == OURS}
    for rate in sorted(rates, key=kpps):
        what, by_round, bar = spin_criterion(by_key, rate)
        if by_round:
            values = [round(v, 3) for v in by_round.values()]
            out.append({"experiment": "spin", "rate": rate, "criterion": what, "bar": bar, **spread(values),
                        "result": "pass" if statistics.median(values) <= bar else "miss"})
    return out


def show(rows, columns):
    table = [columns] + [[str(r[c]) for c in columns] for r in rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    for row in table:
        print("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip())
    print()


def main():
    raw, out = sys.argv[1:3]
    samples = read(raw)
    samples += less_discard(samples)
    by_key = group(samples)
    results = [{"experiment": k[0], "metric": k[1], "rate": k[2], "config": k[3], "unit": k[4], **spread(list(v.values())),
                "samples": list(v.values())} for k, v in by_key.items()]
    doc = {"machine": dict(arg.split("=", 1) for arg in sys.argv[3:]), "results": results, "ratios": ratios(by_key),
           "criteria": spin_criteria(by_key)}
    with open(out, "w", encoding="ascii") as f:
        json.dump(doc, f, indent=1)
        f.write("\n")
    for exp in dict.fromkeys(r["experiment"] for r in results):
        print(exp)
        rows = [r for r in results if r["experiment"] == exp]
        rows.sort(key=lambda r: r["metric"])
        show(rows, ["metric", "rate", "config", "median", "min", "max", "n", "unit"])
    if doc["ratios"]:
        print("ratios, round by round")
        show(doc["ratios"], ["ratio", "experiment", "metric", "rate", "median", "min", "max", "n", "target", "met"])


main()
