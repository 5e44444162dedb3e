#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `batchy-agent model` says beside what a worker does, for sources inside the worker; docs/model.md has a table of it.
Elements' costs come from two runs at full speed, with small and with large batches. Usage: tests/bench/model.py [AGENT [RATE|BURST]], the latter for some of the cases"""
import json
import subprocess
import sys
import tempfile

ONLY = sys.argv[2] if len(sys.argv) > 2 else ""
AGENT = sys.argv[1] if len(sys.argv) > 1 else "build/batchy-agent"
PIPELINE = """
src :: InfiniteSource(%s);
src -> q1 :: Queue(TRIGGER %d, DEADLINE %s) -> a :: Bypass(CYCLES_PER_PACKET 200, CYCLES_PER_BATCH 4000)
    -> s :: RandomSplit(2, 1) -> x :: Discard;
s[1] -> q2 :: Queue(TRIGGER %d, DEADLINE %s) -> b :: Bypass(CYCLES_PER_PACKET 200, CYCLES_PER_BATCH 4000) -> y :: Discard;
Flow(near, PATH src q1 a);
Flow(far, PATH src q1 a q2 b);
"""
CASES = [  # source, q1, q2
    ("BURST 8", 8, "10ms", 8, "10ms"),
    ("BURST 8", 32, "10ms", 32, "10ms"),
    ("BURST 8", 64, "10ms", 16, "10ms"),
    ("BURST 1", 16, "10ms", 64, "10ms"),
    # slow, so that a busy machine's stalls are short beside the waits
    ("RATE 500pps", 16, "1s", 8, "1s"),
    ("RATE 500pps", 32, "24ms", 16, "1s"),
    ("RATE 500pps", 1, "1s", 4, "16ms"),
]


def agent(*args):
    out = subprocess.run([AGENT, *args, "-j"], capture_output=True, text=True, check=False)
    if out.returncode:
        sys.exit("batchy-agent %s: %s" % (" ".join(args), out.stderr))
    return json.loads(out.stdout)


def line(size, per_packet):
    """T0 and T1 of a line through two batch sizes."""
    t0 = (per_packet[0] - per_packet[1]) / (1 / size[0] - 1 / size[1])
    return max(t0, 0), max(per_packet[1] - t0 / size[1], 0)


def measure_costs(path):
    """By class; parsing and the worker's loop count with the source."""
    runs = [agent("bench", path, "--batch", str(b), "--seconds", "3") for b in (8, 64)]
    costs = {}
    for els in zip(*(r["elements"] for r in runs)):
        size = [(e["packets_in"] or e["made"]) / e["batches"] for e in els]
        per_packet = [e["ns_per_packet"] or 0 for e in els]
        if els[0]["class"] == "InfiniteSource":
            per_packet = [p + r["parts_ns"]["parse"] + r["parts_ns"]["rest"] for p, r in zip(per_packet, runs)]
        t0, t1 = line(size, per_packet)
        if els[0]["name"] not in ("b", "q2", "y"):
            costs[els[0]["class"]] = {"T_0": t0, "T_1": t1, "stat": "two batch sizes"}
    return costs


def wakeup_ns(folder):
    """CPU time of a packet that comes alone, all of it."""
    path = folder + "/w.click"
    with open(path, "w", encoding="ascii") as f:
        f.write("InfiniteSource(RATE 1kpps) -> Discard;")
    return agent("bench", path, "--seconds", "3")["ns_per_packet"]


def compare(path, case, costs, wake):
    with open(path, "w", encoding="ascii") as f:
        f.write(PIPELINE % case)
    real = agent("bench", path, "--controller", "null", "--rounds", "100" if "RATE" in case[0] else "30")
    said = agent("model", path, "--rate", "0", "--costs", costs, "--wake", "%dns" % wake)
    print("| %s; %d, %s; %d, %s | %.0f / %.0f | %s | %s |" % (
        *case, said["worker"]["cpu_share"] / said["queues"][0]["pps"] * 1e9, real["ns_per_packet"],
        " | ".join("%.1f / %.1f | %.1f / %.1f" % (
            s["p50_ns"] / 1e3, r["delay_ns"]["p50"] / 1e3, s["p95_ns"] / 1e3, r["delay_ns"]["p95"] / 1e3)
            for r, s in zip(real["flows"], said["flows"])),
        ", ".join("%.1f / %.1f" % (s["batch_packets"], r["batch_avg"])
                  for r, s in zip(real["queues"], said["queues"]))))


def main():
    with tempfile.TemporaryDirectory() as folder:
        path, costs = folder + "/p.click", folder + "/costs.json"
        with open(path, "w", encoding="ascii") as f:
            f.write(PIPELINE % ("LENGTH 60", 8, "10ms", 8, "10ms"))
        fits = measure_costs(path)
        with open(costs, "w", encoding="ascii") as f:
            json.dump(fits, f)
        wake = wakeup_ns(folder)
        print("T0, T1 in ns: %s; waking: %d ns" % (", ".join(
            "%s %.0f, %.1f" % (c, v["T_0"], v["T_1"]) for c, v in fits.items()), wake))
        print("| source; q1; q2 | CPU ns/packet | near p50 us | p95 | far p50 | p95 | batches of q1, q2 |")
        print("|---|---|---|---|---|---|---|")
        for case in (c for c in CASES if ONLY in c[0]):
            compare(path, case, costs, wake)


main()
