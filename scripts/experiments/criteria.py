#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked of the controller slo, beside what the experiments in DIR measured; called by all.sh and scripts/bench.sh: criteria.py DIR

A line for each: met, NO, or not known (the experiment was not run, or the machine stalled in all of its runs). docs/experiments.md, "What is asked"."""
import statistics
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
sys.path.insert(0, str(Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
import report  # noqa: E402

OTHERS = ("projgrad", "onoff", "feasdir")
CALIBRATED = ("simple", "batchgain", "l2l3", "l2l3-pcap", "vrf", "mgw")  # objectives that null meets and max does not
INSIDE = CALIBRATED + ("robot-control",)
MET = 0.99
ENOUGH = 0.95  # of another controller's rounds: who breaks objectives is no measure
PERIOD_S = 0.01


class Line:
    """values: one for each repeat, or a single one; good(median) says whether it is met."""

    def __init__(self, asked, where, values, good, form="{:.2f}"):
        values = [v for v in values if v is not None]
        self.asked, self.where = asked, where
        self.result = "not known"
        self.measured = "-"
        if values:
            middle = statistics.median(values)
            self.result = "met" if good(middle) else "NO"
            self.measured = form.format(middle)
            if len(values) > 1:
                self.measured += f" [{form.format(min(values))}, {form.format(max(values))}]"

    def cells(self):
        return [self.result, self.asked, self.where, self.measured]


def calm(case, controller):
    """Runs that can be relied on."""
    return [r for r in case["runs"].get(controller, []) if not r.stalled]


def ratios(case, above, below):
    return report.ratios(calm(case, above), calm(case, below))


def share_met(case, controller):
    worst = report.met_worst(calm(case, controller))
    return worst and worst[0]


def gain(name, case):
    """Twice null's throughput, or what T0 allows."""
    limit = report.bound(case)
    asked, least = "slo carries 2 x null's", 2
    if limit and limit < 2:
        asked, least = f"slo carries 95 % of what T0 allows at most, {limit:.2f} x null's", 0.95 * limit
    return Line(asked, name, ratios(case, "slo", "null"), lambda v: v >= least)


def beside_others(name, case):
    able = [c for c in OTHERS if (share_met(case, c) or 0) >= ENOUGH]
    if not able:
        return []
    best = max(able, key=lambda c: statistics.median(r.pps for r in calm(case, c)))
    return [Line("slo is at most 2 % behind the best of the original's controllers", f"{name}: {best}", ratios(case, "slo", best), lambda v: v >= 0.98)]


def objectives(name, case):
    out = [Line("slo: objectives met in 99 % of rounds", name, [share_met(case, "slo")], lambda v: v >= MET, "{:.3f}")]
    if name.split(":")[0] in CALIBRATED:
        out.append(Line("max breaks them: they bind", name, [share_met(case, "max")], lambda v: v < MET, "{:.3f}"))
    return out


def convergence(name, case):
    runs = calm(case, "slo")
    # who never converges has needed longer than there was
    took = [len(r.dump.rows) if r.converged is None else r.converged for r in runs]
    return Line("slo has converged after 5 rounds", name, took, lambda v: v <= 5, "{:.0f}")


def steps(name, case):
    found = [s for r in calm(case, "slo") for s in r.steps]
    none = 10 ** 6
    return [Line("slo meets objectives within 3 rounds of a step", name, [none if s["until"] is None else s["until"] for s in found],
                 lambda v: v <= 3, "{:.0f}"),
            Line("with one late round at most", name, [s["late"] for s in found], lambda v: v <= 1, "{:.0f}")]


def bulk_share(case):
    """What bulk flows get of what they get under max."""
    def bulk(r):
        flows = [f for f in r.dump.flows if f != "control"]
        return statistics.median(sum(row[f"{f}:pps"] for f in flows) for row in r.rows(r.skip))
    of_max = {r.repeat: bulk(r) for r in calm(case, "max")}
    return [bulk(r) / of_max[r.repeat] for r in calm(case, "slo") if of_max.get(r.repeat)]


def robot(name, case):
    met = sum(r.met["control"][0] for r in calm(case, "slo") if "control" in r.met)
    of = sum(r.met["control"][1] for r in calm(case, "slo") if "control" in r.met)
    return [Line("slo: control's p95 within its objective in rounds without a stall", name, [met / of if of else None], lambda v: v >= MET, "{:.3f}"),
            Line("while bulk has 90 % of what max gives it", name, bulk_share(case), lambda v: v >= 0.9)]


def fixed(name, case):
    able = [c for c in case["runs"] if c.startswith("fix") and (share_met(case, c) or 0) >= ENOUGH]
    able = [c for c in able if any(r.ns_per_packet for r in calm(case, c))]
    if not able:
        return Line("slo: CPU time at most 1.15 x the best fixed trigger's", name, [], None)
    cost = {c: {r.repeat: r.ns_per_packet for r in calm(case, c) if r.ns_per_packet} for c in able}
    best = min(able, key=lambda c: statistics.median(cost[c].values()))
    return Line("slo: CPU time at most 1.15 x the best fixed trigger's", f"{name}: {best}",
                [r.ns_per_packet / cost[best][r.repeat] for r in calm(case, "slo") if r.ns_per_packet and r.repeat in cost[best]], lambda v: v <= 1.15)


def overhead(everything):
    times = [row["ctrlr_deadtime"] for case in everything for r in calm(case, "slo") for row in r.dump.rows if row["ctrlr_deadtime"] == row["ctrlr_deadtime"]]
    return Line("observing and deciding takes under 1 % of a CPU at 10 ms", "all with slo",
                [100 * statistics.median(times) / PERIOD_S] if times else [], lambda v: v < 1, "{:.2f} %")


def lines_of(base):
    found = {p.parent.name: report.load(p.parent) for p in sorted(base.glob("*/summary.json"))}
    out = []
    for exp, cases in found.items():
        for case in cases:
            name = f"{exp}: {case['name']}"
            if exp in ("l2l3", "vrf", "mgw"):
                out.append(gain(name, case))
            if exp in INSIDE:
                out += beside_others(name, case) + objectives(name, case) + [convergence(name, case)]
            if exp.startswith("variable"):
                out += steps(name, case)
            if exp.startswith("robot-control"):
                out += robot(name, case)
            if exp == "fixed-veth":
                out.append(fixed(name, case))
            if exp == "exhaustive":
                out.append(Line("slo carries 95 % of what the best triggers do", name, ratios(case, "slo", "best"), lambda v: v >= 0.95))
    return out + [overhead([c for cases in found.values() for c in cases])]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    base = Path(sys.argv[1])
    if not list(base.glob("*/summary.json")):
        sys.exit(f"criteria.py: {base}: no experiment has left a summary.json there; run one with -o {base}")
    rows = [["result", "asked", "where", "measured"]] + [line.cells() for line in lines_of(base)]
    wide = [max(len(r[i]) for r in rows) for i in range(3)]
    text = "\n".join("  ".join([c.ljust(w) for c, w in zip(r, wide)] + [r[3]]) for r in rows) + "\n"
    (base / "results").mkdir(exist_ok=True)
    (base / "results" / "criteria.txt").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
