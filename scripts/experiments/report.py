#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the dumps of an experiment say. Called by lib.sh.

    report.py calibrate NULL.tsv MAX.tsv FLOWS   prints p95 of null's and of max's delay and the geometric mean, ns, and packets/s of both
    report.py summary DIR                        writes DIR/summary.json, DIR/summary.txt and pictures; prints the text

docs/experiments.md has what each column means."""
import fnmatch
import json
import math
import statistics
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
sys.path.insert(0, str(Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
import runs  # noqa: E402
import plot  # noqa: E402


def spread(values):
    """None when there is nothing."""
    values = [v for v in values if v is not None and math.isfinite(v)]
    if not values:
        return None
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "n": len(values)}


def calibrate(null, maximum, flows):
    """Of the flow that null serves slowest and one in the middle for max, so that both are on their side of the objective."""
    delays, pps = [], []
    for path, pick in ((null, max), (maximum, statistics.median)):
        dump = runs.Dump(path)
        rows = dump.calm(3) or dump.rows[3:]
        per_flow = []
        for flow in fnmatch.filter(dump.flows, flows):
            values = [r[f"{flow}:delay"] for r in rows if math.isfinite(r[f"{flow}:delay"])]
            if values:
                per_flow.append(statistics.median(values))
        if not per_flow:
            sys.exit(f"report.py: {path}: no delay of flows {flows}: too few packets")
        delays.append(pick(per_flow))
        pps.append(statistics.median(r["sum_fpps"] for r in rows))
    print(int(delays[0]), int(delays[1]), int(math.sqrt(delays[0] * delays[1])), max(1, int(pps[0])), int(pps[1]))


# --- one controller in one case

def ratios(mine, null):
    """Repeat by repeat."""
    of_null = {r.repeat: r.pps for r in null}
    return [r.pps / of_null[r.repeat] for r in mine if of_null.get(r.repeat) and r.pps]


def met_worst(mine):
    """(share, periods, flow) of the flow that was late most often; of all repeats together."""
    worst = None
    for flow in mine[0].slo if mine else ():
        met, periods = (sum(r.met[flow][k] for r in mine) for k in (0, 1))
        if periods and (worst is None or met / periods < worst[0]):
            worst = (met / periods, periods, flow)
    return worst


def controller_row(name, entries, measured, null):
    """entries: of the index; measured: runs that can be relied on, or when there are none, all there are."""
    row = {"controller": name, "repeats": len({e["repeat"] for e in entries if e["status"] != "absent"}),
           "unreliable": sum(e["status"] == "unreliable" for e in entries),
           "failed": [e["why"] for e in entries if e["status"] == "failed"],
           "absent": next((e["why"] for e in entries if e["status"] == "absent"), None)}
    row["reliable"] = sum(e["status"] == "ok" for e in entries)
    if not measured:
        return row
    worst = met_worst(measured)
    rounds = sum(len(r.dump.rows) for r in measured)
    row |= {"pps": spread(r.pps for r in measured), "ratio": spread(ratios(measured, null)),
            "ns_per_packet": spread(r.ns_per_packet for r in measured),
            "converged": spread(r.converged for r in measured),
            "never": sum(r.converged is None for r in measured),
            "stalled": sum(r["stall"] > 0 for m in measured for r in m.dump.rows) / rounds,
            "met": worst and {"share": worst[0], "periods": worst[1], "flow": worst[2]}}
    steps = [s for r in measured for s in r.steps]
    if steps:
        row["steps"] = {"n": len(steps), "late": spread(s["late"] for s in steps), "until": spread(s["until"] for s in steps),
                        "never": sum(s["until"] is None for s in steps)}
    return row


LARGEST = 64  # packets in a batch


def bound(case):
    """What batches of LARGEST packets in all queues would carry, of what null does: its CPU time less what it spends on smaller batches,
    by T0 of the queues as measured while running (the middle of all runs). None: not known."""
    t0 = {}
    for r in (r for mine in case["runs"].values() for r in mine):
        for q in r.json.get("queues", []):
            if q["t0_ns"] > 0:
                t0.setdefault(q["name"], []).append(q["t0_ns"])
    found = []
    for r in case["runs"].get("null", []):
        if not r.json.get("packets") or not r.json.get("queues") or r.steps:
            continue
        came = sum(q["packets"] for q in r.json["queues"] if q["batches"])
        spent = sum(statistics.median(t0[q["name"]]) * (q["batches"] - q["packets"] / LARGEST) for q in r.json["queues"]
                    if q["name"] in t0 and q["batches"])
        if came and 0 < spent / came < r.json["ns_per_packet"]:
            found.append(r.json["ns_per_packet"] / (r.json["ns_per_packet"] - spent / came))
    return statistics.median(found) if found else None


def load(out):
    """(cases, index): of a case its runs by controller, of which those that stalled are left out where there are others."""
    cases = [json.loads(line) for line in (out / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    index = [json.loads(line) for line in (out / "runs.jsonl").read_text(encoding="utf-8").splitlines()]
    for case in cases:
        case["slo"], case["runs"] = runs.objectives(out / case["file"]), {}
        entries = [e for e in index if e["case"] == case["name"]]
        for name in dict.fromkeys(e["controller"] for e in entries):
            mine = [e for e in entries if e["controller"] == name]
            for status in ("ok", "unreliable"):
                case["runs"].setdefault(name, [])
                if not case["runs"][name]:
                    case["runs"][name] = [runs.Run(out, e, case) for e in mine if e["status"] == status]
        case["entries"] = entries
    return cases


ORDER = ["null", "max", "onoff", "feasdir", "projgrad", "slo", "nfvnice"]


def summarise(case):
    names = sorted(case["runs"], key=lambda n: (ORDER.index(n.split("+")[0]) if n.split("+")[0] in ORDER else -1, n))
    return {"name": case["name"], "kind": case["kind"], "note": case["note"], "x": case.get("x"), "series": case.get("series"),
            "objectives": runs.objectives_text(case["slo"]), "bound": bound(case), "rows": [
                controller_row(n, [e for e in case["entries"] if e["controller"] == n], case["runs"][n], case["runs"].get("null", []))
                for n in names]}


# --- text

def count(v):
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if v >= size:
            return f"{v / size:.3g}{unit}" if v < 1000 * size else f"{v / size:.0f}{unit}"
    return f"{v:.3g}"


def with_spread(s, form):
    if not s:
        return "-"
    return form(s["median"]) + (f" [{form(s['min'])}, {form(s['max'])}]" if s["n"] > 1 else "")


def converged(row):
    s = row.get("converged")
    if not s:
        return "never"
    return f"{s['median']:.0f}" + (f" ({row['never']} never)" if row["never"] else "")


HEAD = ["controller", "repeats", "packets/s", "of null's", "SLO met", "converged", "CPU ns/packet", "stalled"]
STEP_HEAD = ["late after a step", "periods until met"]


def step_cells(row):
    s = row.get("steps")
    if not s:
        return ["-", "-"]
    late = f"{s['late']['median']:.3g}, most {s['late']['max']:.0f}" if s["late"] else "-"
    until = f"{s['until']['median']:.3g}, most {s['until']['max']:.0f}" if s["until"] else "-"
    return [late, until + (f" ({s['never']} of {s['n']} never)" if s["never"] else "")]


def cells(row, steps):
    """As texts; a figure of runs that stalled is followed by ?."""
    label = row["controller"] + (" (wfq)" if row["controller"] == "nfvnice" else "")
    if "pps" not in row:
        why = row["absent"] or next(iter(row["failed"]), "") or "no run"
        return [label, f"{row['repeats']}", ("not available: " if row["absent"] else "failed: ") + why]
    mark = "" if row["reliable"] else " ?"
    met = f"{100 * row['met']['share']:.1f} % ({row['met']['flow']}, of {row['met']['periods']})" if row["met"] else "-"
    repeats = f"{row['reliable']}" + (f" of {row['repeats']}" if row["reliable"] != row["repeats"] else "")
    return [label, repeats, with_spread(row["pps"], count) + mark, with_spread(row["ratio"], lambda v: f"{v:.2f}") + mark,
            met + mark, converged(row) + mark, with_spread(row["ns_per_packet"], lambda v: f"{v:.0f}") + mark,
            f"{100 * row['stalled']:.0f} %"] + (step_cells(row) if steps else [])


def table(case):
    steps = any("steps" in r for r in case["rows"])
    return [HEAD + (STEP_HEAD if steps else [])] + [cells(r, steps) for r in case["rows"]]


def lines_of(rows):
    width = max(len(r) for r in rows)
    wide = [max((len(r[i]) for r in rows if i < len(r) and len(r) > 3), default=0) for i in range(width)]
    return ["  ".join(c.ljust(wide[i]) for i, c in enumerate(r)).rstrip() for r in rows]


def bound_text(case):
    return f"possible: batches of {LARGEST} everywhere would carry {case['bound']:.2f} of null's, by T0 as measured while running"


def text_of(machine, cases):
    m = machine
    out = [f"{m['experiment']}: {m['what']}",
           f"{m['date']}, version {m['version']}, {m['cpu']} x {m['cpus']}, {m['kernel']}, load at the end {m['load']}",
           f"{m['mode'] or 'in full'}, {m['rounds']} rounds of {m['period_ms']} ms, {m['repeats']} repeats, {m['seconds']} s"]
    for case in cases:
        out += ["", f"{case['name']} ({'veth' if case['kind'] == 'veth' else 'inside a worker'})" +
                (f": {case['note']}" if case["note"] else ""), f"objectives: {case['objectives']}"]
        if case["bound"]:
            out.append(bound_text(case))
        out += lines_of(table(case))
        for r in case["rows"]:
            if r["unreliable"]:
                out.append(f"! {r['controller']}: {r['unreliable']} run(s) stalled too often" +
                           (", left out" if r["reliable"] else ": figures with ? are of these, and say little"))
            if r["failed"]:
                out.append(f"! {r['controller']}: {len(r['failed'])} run(s) failed: {r['failed'][0]}")
    return "\n".join(out) + "\n"


def summary(directory):
    out = Path(directory)
    machine = json.loads((out / "machine.json").read_text(encoding="utf-8"))
    loaded = load(out)
    cases = [summarise(c) for c in loaded]
    pictures = plot.draw_all(out, loaded, cases)
    doc = {"machine": machine, "pictures": pictures, "cases": [dict(c, table=table(c), possible=bound_text(c) if c["bound"] else "") for c in cases]}
    (out / "summary.json").write_text(json.dumps(doc, indent=1) + "\n", encoding="utf-8")
    text = text_of(machine, cases)
    (out / "summary.txt").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "calibrate":
        calibrate(*sys.argv[2:])
    elif len(sys.argv) == 3 and sys.argv[1] == "summary":
        summary(sys.argv[2])
    else:
        sys.exit(__doc__)
