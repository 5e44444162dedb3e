# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures by gnuplot, each as PNG and SVG. Used by report.py.

CASE: triggers, delay against the objective and throughput over the rounds, one line for each controller (the repeat in the middle
by throughput). CASE-slo, or of another controller where that did not run: the same of every queue and flow, as in the original.
sweep: throughput as a multiple of null's over all cases."""
import math
import shutil
import statistics
import subprocess

COLORS = ["#888888", "#d62728", "#ff7f0e", "#9467bd", "#2ca02c", "#1f77b4", "#8c564b", "#e377c2"]
NAMES = ["null", "max", "onoff", "feasdir", "projgrad", "slo", "nfvnice"]
MOST_KEYS = 8  # lines that get a name

HEAD = """set datafile missing "nan"
set key outside right top font ",9" spacing 0.9
set grid ytics lc rgb "#dddddd"
set tics font ",9"
set lmargin 11
set rmargin 22
"""


def color(name, at=0):
    return COLORS[NAMES.index(name)] if name in NAMES else COLORS[at % len(COLORS)]


def number(v):
    return f"{v:.6g}" if v is not None and math.isfinite(v) else "nan"


def middle(runs):
    """By throughput."""
    known = sorted((r for r in runs if r.pps is not None), key=lambda r: r.pps)
    return known[len(known) // 2] if known else (runs[0] if runs else None)


class Script:
    """Data and commands for gnuplot."""

    def __init__(self):
        self.data, self.commands = [], []

    def block(self, rows):
        """Its name. rows: numbers; without any there is one that is not drawn."""
        name = f"$d{len(self.data)}"
        rows = [" ".join(map(number, r)) for r in rows] or ["nan nan"]
        self.data.append(f"{name} << EOD\n" + "\n".join(rows) + "\nEOD\n")
        return name

    def plot(self, lines):
        """lines: (rows, options)."""
        if lines:
            self.commands.append("plot " + ", \\\n  ".join(f"{self.block(rows)} using 1:2 {options}" for rows, options in lines))

    def write(self, path, width, height, body_size=10):
        for term, suffix in (("pngcairo", "png"), ("svg", "svg")):
            size = f"{width},{height}"
            more = "noenhanced dynamic" if suffix == "svg" else "noenhanced"
            text = (f'set terminal {term} size {size} font "sans,{body_size}" {more}\nset output "{path.name}.{suffix}"\n' + HEAD +
                    "".join(self.data) + "\n".join(self.commands) + "\n")
            done = subprocess.run(["gnuplot", "-"], input=text, text=True, capture_output=True, cwd=path.parent, check=False, timeout=60)
            if done.returncode:
                raise SystemExit(f"plot.py: {path}.{suffix}: {done.stderr.strip()}")


def quoted(text):
    return "'" + str(text).replace("'", "") + "'"


def stalled(rows):
    """Rounds that say nothing: grey crosses."""
    return rows, "with points pt 2 ps 0.7 lc rgb '#555555' notitle"


def panels(script, title, parts, steps):
    """Three of them, one above the other; parts: (what, logarithmic, lines)."""
    script.commands.append(f"set multiplot layout 3,1 title {quoted(title)} noenhanced font ',11'")
    for t in steps:
        script.commands.append(f"set arrow from {t},graph 0 to {t},graph 1 nohead dt 3 lc rgb '#aaaaaa'")
    for i, (what, log, lines) in enumerate(parts):
        script.commands.append(f"set ylabel {quoted(what)} font ',9' noenhanced")
        script.commands.append("set logscale y" if log else "unset logscale y; set yrange [0:*]")
        script.commands.append("set yrange [*:*]" if log else "")
        script.commands.append("set xlabel 'round' font ',9'; set format y '%.1s%c'" if i == 2 else "unset xlabel; set format y '%g'")
        script.plot(lines)
    script.commands.append("unset multiplot")


# --- all controllers

def mean_trigger(run, row):
    values = [row[f"{q}:control"] for q in run.dump.queues]
    return statistics.mean(values) if values else math.nan


def late_by(run, row):
    """Delay of the flow that is worst off, in parts of its objective."""
    parts = [row[f"{f}:delay"] / run.slo_at(f, row["t"]) for f in run.slo if math.isfinite(row.get(f"{f}:delay", math.nan))]
    return max(parts, default=math.nan)


def lines_for(chosen, value):
    out, bad = [], []
    for i, (name, run) in enumerate(chosen):
        rows = [(r["t"], value(run, r)) for r in run.dump.rows]
        bad += [p for p, r in zip(rows, run.dump.rows) if r["stall"]]
        out.append((rows, f"with lines lw 2 lc rgb '{color(name, i)}' title {quoted(name)}"))
    return out + ([stalled(bad)] if bad else [])


def draw_case(out, case):
    chosen = [(n, middle(r)) for n, r in sorted(case["runs"].items(), key=lambda p: NAMES.index(p[0]) if p[0] in NAMES else -1) if r]
    if not chosen:
        return None
    script = Script()
    last = max(r["t"] for _, run in chosen for r in run.dump.rows)
    bound = [([(0, 1), (last, 1)], "with lines dt 2 lw 2 lc rgb 'black' title 'objective'")]
    panels(script, f"{case['name']}: the repeat in the middle by throughput; crosses: the machine stalled", [
        ("trigger, mean", False, lines_for([c for c in chosen if c[0] != "nfvnice"], mean_trigger)),
        ("delay / objective, worst", True, lines_for(chosen, late_by) + bound),
        ("packets/s", False, lines_for(chosen, lambda _, r: r["sum_fpps"]))], chosen[0][1].begins[1:])
    script.write(out / case["name"], 900, 700)
    return case["name"]


# --- one controller, as in the original

def each(names, rows, column, scale=1.0, style="with lines lw 1.5"):
    """The first ones have a name in the key."""
    return [([(r["t"], r[column.format(n)] * scale) for r in rows],
             f"{style} lc rgb '{COLORS[(i + 1) % len(COLORS)]}' " + (f"title {quoted(n)}" if i < MOST_KEYS else "notitle"))
            for i, n in enumerate(names)]


def draw_run(out, case, name, run):
    script, rows, flows = Script(), run.dump.rows, [f for f in run.dump.flows if f in run.slo] or run.dump.flows
    delays = each(flows, rows, "{}:delay", 1e-3)
    delays += [([(r["t"], r[f"{f}:delay_estimate"] * 1e-3) for r in rows],
                f"with lines dt 3 lc rgb '{COLORS[(i + 1) % len(COLORS)]}' notitle") for i, f in enumerate(flows[:MOST_KEYS])]
    seen = set()
    for i, f in enumerate(run.slo):
        bound = tuple((r["t"], run.slo_at(f, r["t"]) * 1e-3) for r in rows)
        if bound not in seen:
            seen.add(bound)
            delays.append((bound, "with lines dt 2 lw 2 lc rgb 'black' " + ("title 'objective'" if len(seen) == 1 else "notitle")))
    total = [([(r["t"], r["sum_fpps"]) for r in rows], "with lines lw 2 lc rgb 'black' title 'all'")]
    panels(script, f"{case['name']}, {name}: every queue and flow; dotted: the estimate", [
        ("trigger", False, each(run.dump.queues, rows, "{}:control")), ("delay, us", True, delays),
        ("packets/s", False, each(run.dump.flows, rows, "{}:pps") + total)], run.begins[1:])
    label = f"{case['name']}-{name}"
    script.write(out / label, 900, 700)
    return label


# --- all cases

def draw_sweep(out, cases):
    """Where the cases are points of a curve. One picture for each series."""
    made, points = [], [c for c in cases if c["x"] is not None]
    for series in dict.fromkeys(c["series"] for c in points):
        mine = sorted((c for c in points if c["series"] == series), key=lambda c: c["x"])
        if len(mine) < 2:
            continue
        script, lines = Script(), {}
        for c in mine:
            for row in c["rows"]:
                if row.get("ratio"):
                    lines.setdefault(row["controller"], []).append((c["x"], row["ratio"]["median"]))
        script.commands += [f"set title {quoted(series)} font ',11' noenhanced", f"set xlabel {quoted(series.split(':')[0])} font ',9' noenhanced",
                            "set ylabel 'throughput, of that of null' font ',9'", "set yrange [0:*]"]
        script.plot([(rows, f"with linespoints lw 2 pt 7 ps 0.6 lc rgb '{color(n)}' title {quoted(n)}") for n, rows in lines.items()])
        label = f"sweep{len(made) + 1}"
        script.write(out / label, 900, 350)
        made.append(label)
    return made


def draw_all(out, loaded, cases):
    """Names of pictures by case; "" for those of all."""
    if not shutil.which("gnuplot"):
        raise SystemExit("plot.py: gnuplot is not installed; scripts/deps.sh experiments installs it")
    pictures = {"": draw_sweep(out, cases)}
    for case in loaded:
        made = [draw_case(out, case)]
        name = "slo" if case["runs"].get("slo") else next((n for n, r in case["runs"].items() if r), None)
        if name and case.get("x") is None:
            made.append(draw_run(out, case, name, middle(case["runs"][name])))
        pictures[case["name"]] = [m for m in made if m]
    return pictures
