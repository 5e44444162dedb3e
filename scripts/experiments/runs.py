# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of an experiment: its dump, and what can be said of it. Used by report.py and plot.py."""
import json
import math
import re
import statistics
from pathlib import Path

SKIP = 5	    # first rounds, in which it may still look for its triggers; half of them where there are fewer than 10
SKIP_STEP = 3	    # after a step
NEAR = 0.05	    # of the final throughput: it has converged
UNITS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def time_ns(text):
    number, unit = re.fullmatch(r"([\d.]+)(ns|us|ms|s)", text).groups()
    return float(number) * UNITS[unit]


def time_text(ns):
    for unit in ("s", "ms", "us"):
        if ns >= UNITS[unit]:
            return f"{ns / UNITS[unit]:.4g} {unit}"
    return f"{ns:.0f} ns"


def objectives(path):
    """Of each flow of a pipeline that has one, in ns."""
    text = Path(path).read_text(encoding="ascii")
    found = re.findall(r"^Flow\((\w+), PATH [^)]*?DELAY_SLO ([\d.]+[a-z]+)", text, re.M)
    return {name: time_ns(t) for name, t in found}


def objectives_text(slo):
    """Flows with the same one together."""
    groups = {}
    for flow, ns in slo.items():
        groups.setdefault(ns, []).append(flow)
    return ", ".join(f"{time_text(ns)} ({flows[0] if len(flows) == 1 else f'{len(flows)} flows, {flows[0]} ...'})"
                     for ns, flows in groups.items()) or "none"


class Dump:
    """rows: a dict of numbers each, with nan where there was nothing to tell."""

    def __init__(self, path):
        lines = Path(path).read_text(encoding="ascii").splitlines()
        self.columns = lines[0].split("\t")
        self.rows = [dict(zip(self.columns, map(float, line.split("\t")))) for line in lines[1:]]
        self.flows = [c[:-len(":delay")] for c in self.columns if c.endswith(":delay")]
        self.queues = [c[:-len(":control")] for c in self.columns if c.endswith(":control")]

    def calm(self, skip):
        """Rounds from there on in which the machine did not stall."""
        return [r for r in self.rows[skip:] if not r["stall"]]


class Run:
    """entry: of the index. Of a run that stalled too often, all rounds are looked at: its figures are marked elsewhere."""

    def __init__(self, out, entry, case):
        path = Path(out) / entry["dump"]
        self.repeat, self.path = entry["repeat"], path
        self.dump = Dump(path)
        about = path.with_suffix(".json")
        self.json = json.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
        self.slo = case["slo"]
        self.at = [a for a in case.get("at", []) if a["round"] < len(self.dump.rows)]
        self.stalled = entry["status"] == "unreliable"
        self.skip = SKIP if len(self.dump.rows) >= 2 * SKIP else len(self.dump.rows) // 2
        rows = self.rows(self.skip)
        self.begins = [0] + sorted({a["round"] for a in self.at if a["round"] > 0})
        # where the load changes there is no middle
        middle = statistics.mean if len(self.begins) > 1 else statistics.median
        self.pps = middle(r["sum_fpps"] for r in rows) if rows else None
        self.ns_per_packet = self.cost(rows)
        self.met = {flow: self.met_of(flow) for flow in self.slo}
        self.converged = self.first_good(0, self.begins[1] if len(self.begins) > 1 else len(self.dump.rows))
        self.steps = [self.step(b, e) for b, e in zip(self.begins[1:], self.begins[2:] + [len(self.dump.rows)])]

    def rows(self, begin, end=None):
        return [r for r in self.dump.rows[begin:end] if self.stalled or not r["stall"]]

    def slo_at(self, flow, t):
        """With the steps that were before."""
        changes = [time_ns(a["value"]) for a in self.at if a["what"] == "slo" and a["to"] == flow and a["round"] <= t]
        return changes[-1] if changes else self.slo[flow]

    def on_time(self, flow, row):
        """None: nothing was measured in that round."""
        delay = row.get(f"{flow}:delay", math.nan)
        return None if math.isnan(delay) else delay <= self.slo_at(flow, row["t"])

    def all_on_time(self, row):
        return all(self.on_time(flow, row) is not False for flow in self.slo)

    def settling(self, t):
        """Whether a step was just before."""
        return t < self.skip or any(b <= t < b + SKIP_STEP for b in self.begins[1:])

    def met_of(self, flow):
        judged = [self.on_time(flow, r) for r in self.rows(0) if not self.settling(r["t"])]
        return sum(j is True for j in judged), sum(j is not None for j in judged)

    def cost(self, rows):
        """CPU time per packet that came in, ns."""
        scale = self.json.get("cycles_per_ns", 0)
        known = [r for r in rows if math.isfinite(r["w0:cyc_per_packet"])]
        if not known or not scale:
            return None
        if len(self.begins) == 1:
            return statistics.median(r["w0:cyc_per_packet"] for r in known) / scale
        packets = sum(r["w0:task_pps"] for r in known)
        return sum(r["w0:cyc_per_packet"] * r["w0:task_pps"] for r in known) / packets / scale

    def first_good(self, begin, end):
        """The round, counted from begin, from which all objectives are met and the throughput is near its last value; None: never."""
        rows = self.rows(begin, end)
        if not rows:
            return None
        final = statistics.median(r["sum_fpps"] for r in rows[len(rows) // 2:])
        good = None
        for r in rows:
            if self.all_on_time(r) and abs(r["sum_fpps"] - final) <= NEAR * final:
                good = r["t"] if good is None else good
            else:
                good = None
        return None if good is None else int(good) - begin

    def step(self, begin, end):
        """late: rounds in which a flow was; until: rounds before the first from which none was any more."""
        rows = self.rows(begin, end)
        late = [r["t"] for r in rows if not self.all_on_time(r)]
        until = int(max(late)) + 1 - begin if late else 0
        return {"begin": begin, "late": len(late), "until": until if begin + until < end or not late else None}
