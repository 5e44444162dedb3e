# SPDX-License-Identifier: GPL-2.0-or-later
"""What scripts/experiments/report.py says of dumps that are made here, so that every figure is known. Called by test_experiments.sh:
experiments.py SCRIPTS DIR"""
import json
import subprocess
import sys
from pathlib import Path

SCRIPTS, OUT = Path(sys.argv[1]), Path(sys.argv[2])
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))
import criteria  # noqa: E402 pylint: disable=wrong-import-position
import report  # noqa: E402 pylint: disable=wrong-import-position

COLUMNS = ("t q:control q:x_v q:R_v q:b_v q:b_in f:delay f:delay_estimate f:pps w0:task_pps w0:t_0 w0:t_0_estimate w0:b_0 "
           "w0:cyc_per_packet sum_fpps ctrlr_deadtime stall").split()
ROUNDS = 20
failed = 0


def check(name, got, want):
    global failed
    print(f"ok {name}" if got == want else f"not ok {name}: {got!r}, expected {want!r}")
    failed |= got != want


def dump(path, delay_us, pps, stall):
    """delay_us, pps, stall: of round t."""
    rows = ["\t".join(COLUMNS)]
    for t in range(ROUNDS):
        row = [t, 8, 100, pps(t), 8, 4, delay_us(t) * 1000, "nan", pps(t), pps(t), 1000, 900, 8, 250, pps(t), 1e-5, int(stall(t))]
        rows.append("\t".join(map(str, row)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n", encoding="ascii")
    path.with_suffix(".json").write_text('{"cycles_per_ns": 2.5}', encoding="ascii")


def never(_):
    return False


def experiment(name, at=(), **runs):
    """runs: controller -> (delay_us, pps, stall, status) of each repeat."""
    d = OUT / name
    (d / "pipelines").mkdir(parents=True)
    (d / "pipelines" / "c.click").write_text("Flow(f, PATH q x, DELAY_SLO 50us);\n", encoding="ascii")
    index = []
    for controller, repeats in runs.items():
        for i, (delay, pps, stall, status) in enumerate(repeats, 1):
            dump(d / "c" / f"{controller}-{i}.tsv", delay, pps, stall)
            index.append({"case": "c", "controller": controller, "repeat": i, "attempt": 1, "status": status, "why": "",
                          "dump": f"c/{controller}-{i}.tsv"})
    index.append({"case": "c", "controller": "nfvnice", "repeat": 1, "attempt": 0, "status": "absent", "why": "none here", "dump": ""})
    (d / "runs.jsonl").write_text("".join(json.dumps(e) + "\n" for e in index), encoding="ascii")
    (d / "cases.jsonl").write_text(json.dumps({"name": "c", "kind": "inside", "note": "", "file": "pipelines/c.click", "at": list(at)}) + "\n",
                                   encoding="ascii")
    return {r["controller"]: r for r in report.summarise(report.load(d)[0])["rows"]}


def steady(pps, delay=40):
    return (lambda t: delay, lambda t: pps, never, "ok")


def plain():
    # late in rounds 0-2 and 10, slow until 3; the stalled round 7 is as bad as can be and does not count
    slo = (lambda t: 900 if t in (0, 1, 2, 7, 10) else 45, lambda t: 10 if t == 7 else 500 if t < 3 else 3000, lambda t: t == 7, "ok")
    rows = experiment("plain", null=[steady(1000), steady(2000), steady(1500)], slo=[slo, slo, slo], max=[steady(4000, 60)] * 3)
    slo, null = rows["slo"], rows["null"]
    check("throughput", (null["pps"]["median"], null["pps"]["min"], null["pps"]["max"]), (1500, 1000, 2000))
    check("throughput_without_stalled_rounds", slo["pps"]["median"], 3000)
    check("ratio_repeat_by_repeat", (slo["ratio"]["median"], slo["ratio"]["min"], slo["ratio"]["max"]), (2, 1.5, 3))
    check("met_after_the_first_five", (slo["met"]["periods"], round(slo["met"]["share"] * 42)), (42, 39))
    check("converged_after_the_last_late_round", slo["converged"]["median"], 11)
    check("converged_at_once", null["converged"]["median"], 0)
    slow = experiment("slow", slo=[(lambda t: 40, lambda t: 900 if t < 6 else 1000, never, "ok")])
    check("converged_when_near_the_final_throughput", slow["slo"]["converged"]["median"], 6)
    check("never_converged", (rows["max"]["converged"], rows["max"]["never"], rows["max"]["met"]["share"]), (None, 3, 0))
    check("cpu_time", slo["ns_per_packet"]["median"], 100)
    check("stalled_share", round(slo["stalled"], 3), 0.05)
    check("absent", rows["nfvnice"]["absent"], "none here")


def unreliable():
    bad = (lambda t: 900, lambda t: 1, lambda t: True, "unreliable")
    rows = experiment("unreliable", null=[steady(1000), bad, steady(1000)], slo=[bad, bad, bad])
    check("stalled_run_left_out", (rows["null"]["pps"]["median"], rows["null"]["pps"]["n"], rows["null"]["reliable"]), (1000, 2, 2))
    check("stalled_runs_alone_are_marked", (rows["slo"]["reliable"], report.cells(rows["slo"], False)[2][-1]), (0, "?"))


def steps():
    # the objective goes from 50 to 20 us at round 10, and to 100 us at 15; delays follow two rounds later
    at = [{"round": 10, "what": "slo", "to": "f", "value": "20us"}, {"round": 15, "what": "slo", "to": "f", "value": "100us"}]
    slo = (lambda t: 40 if t < 12 else 15, lambda t: 1000, never, "ok")
    rows = experiment("steps", at, null=[steady(1000)], slo=[slo])
    got = rows["slo"]["steps"]
    check("late_after_a_step", (got["n"], got["late"]["max"], got["until"]["max"], got["never"]), (2, 2, 2, 0))
    check("never_met_after_a_step", rows["null"]["steps"]["never"], 1)
    check("met_of_what_was_asked_then", (rows["slo"]["met"]["share"], rows["null"]["met"]["share"] < 1), (1, True))


def calibration():
    dump(OUT / "null.tsv", lambda t: 10, lambda t: 5000, never)
    dump(OUT / "max.tsv", lambda t: 1e6 if t == 9 else 90, lambda t: 9000, lambda t: t == 9)
    got = subprocess.run([sys.executable, SCRIPTS / "report.py", "calibrate", OUT / "null.tsv", OUT / "max.tsv", "*"], check=True,
                         capture_output=True, text=True).stdout.split()
    check("calibration", got, ["10000", "90000", "30000", "5000", "9000"])


def possible():
    # batches of 4, 1000 ns each, of 500 ns per packet: 250 ns of them go but for 1000/64
    d = OUT / "possible"
    experiment("possible", null=[steady(1000)])
    about = d / "c" / "null-1.json"
    about.write_text(json.dumps({"ns_per_packet": 500, "packets": 4000, "queues": [
        {"name": "q", "packets": 4000, "batches": 1000, "t0_ns": 1000, "t1_ns": 1}]}), encoding="ascii")
    check("possible_gain", round(report.summarise(report.load(d)[0])["bound"], 4), round(500 / (500 - 250 + 1000 / 64), 4))


def judged(name, want, at=(), **runs):
    """want: of each criterion its result, by a word of what it asks."""
    experiment(name, at, **runs)
    (OUT / name / "summary.json").write_text("{}", encoding="ascii")
    for p in OUT.glob("*/summary.json"):
        if p.parent.name != name:
            p.unlink()
    got = {line.asked: line.result for line in criteria.lines_of(OUT)}
    for word, result in want.items():
        check(f"criteria_{name}_{word}", [r for asked, r in got.items() if word in asked], [result])


def criteria_are_judged():
    late = [steady(5000, 60)] * 3
    judged("l2l3", {"null's": "met", "original's": "met", "in 99": "met", "bind": "met", "converged": "met", "10 ms": "met"},
           null=[steady(1000)] * 3, max=late, projgrad=[steady(2030)] * 3, onoff=late, slo=[steady(2000)] * 3)
    judged("vrf", {"null's": "NO", "original's": "NO", "in 99": "NO", "bind": "NO", "converged": "NO"},
           null=[steady(1000)] * 3, max=[steady(5000)] * 3, projgrad=[steady(2000)] * 3, slo=[steady(1900, 60)] * 3)
    bad = (lambda t: 900, lambda t: 1, lambda t: True, "unreliable")
    judged("mgw", {"null's": "not known", "in 99": "not known"}, null=[steady(1000)], slo=[bad])
    at = [{"round": 10, "what": "slo", "to": "f", "value": "20us"}]
    fast = (lambda t: 40 if t < 11 else 15, lambda t: 1000, never, "ok")
    slow = (lambda t: 40 if t < 14 else 15, lambda t: 1000, never, "ok")
    judged("variable-a", {"within 3": "met", "one late": "met"}, at, slo=[fast])
    judged("variable-b", {"within 3": "NO", "one late": "NO"}, at, slo=[slow])
    judged("exhaustive", {"best triggers": "met"}, best=[steady(1000)], slo=[steady(960)])
    judged("fixed-veth", {"fixed trigger": "met"}, null=[steady(1000)], fix4=[steady(1000)], fix8=late, slo=[steady(1000)])


plain()
possible()
unreliable()
steps()
calibration()
criteria_are_judged()
sys.exit(failed)
