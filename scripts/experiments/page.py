#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One HTML file about all experiments in DIR, with everything in it; called by all.sh: page.py DIR [OUT.html]"""
import html
import json
import re
import sys
from pathlib import Path

FIRST = ["simple", "simple-veth", "batchiness", "burstiness", "batchgain", "l2l3", "l2l3-pcap", "vrf", "mgw", "decomposition", "robot-control",
         "robot-control-veth", "variable-rate", "variable-slo", "exhaustive", "fixed-veth"]

STYLE = """body { font: 15px/1.45 sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; color: #222; background: #fff }
table { border-collapse: collapse; margin: .6em 0; font-size: 13px } th, td { border-bottom: 1px solid #ddd; padding: .2em .7em; text-align: left }
th { border-bottom: 2px solid #888 } tr.slo td { font-weight: bold } .about, .note { color: #555; font-size: 13px }
.warn { color: #a00; font-size: 13px } svg { max-width: 100%; height: auto; display: block } nav a { margin-right: 1em } h2 { margin-top: 2.2em }"""


def svg(path, name):
    """Inside the page: no XML declaration, and identifiers of its own."""
    text = path.read_text(encoding="utf-8")
    text = text[text.index("<svg"):]
    text = re.sub(r"""\bid=(['"])([^'"]+)\1""", lambda m: f'id="{name}-{m.group(2)}"', text)
    text = re.sub(r"""xlink:href=(['"])#([^'"]+)\1""", lambda m: f'xlink:href="#{name}-{m.group(2)}"', text)
    return re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{name}-{m.group(1)})", text)


def tag(name, text, **attributes):
    more = "".join(f' {k.rstrip("_")}="{html.escape(str(v))}"' for k, v in attributes.items() if v)
    return f"<{name}{more}>{html.escape(text)}</{name}>"


def table(rows):
    out = ["<table>", "<tr>" + "".join(tag("th", c) for c in rows[0]) + "</tr>"]
    for r in rows[1:]:
        cells = "".join(tag("td", c) for c in r[:-1])
        cells += tag("td", r[-1], colspan=len(rows[0]) - len(r) + 1 if len(r) < len(rows[0]) else None)
        out.append(f'<tr class="{html.escape(r[0].split(" ")[0])}">{cells}</tr>')
    return "\n".join(out + ["</table>"])


def warnings(case):
    out = []
    for r in case["rows"]:
        if r["unreliable"]:
            out.append(f"{r['controller']}: {r['unreliable']} run(s) in which the machine stalled too often" +
                       (", left out" if r["reliable"] else "; figures with ? are of these, and say little"))
        if r["failed"]:
            out.append(f"{r['controller']}: {len(r['failed'])} run(s) failed: {r['failed'][0]}")
    return "\n".join(tag("p", w, class_="warn") for w in out)


def section(directory, doc):
    m = doc["machine"]
    name = m["experiment"]
    out = [tag("h2", name, id=name), tag("p", m["what"]),
           tag("p", f"{m['date']}, version {m['version']}, {m['cpu']} x {m['cpus']}, {m['kernel']}, load {m['load']}; {m['mode'] or 'in full'}, "
               f"{m['rounds']} rounds of {m['period_ms']} ms, {m['repeats']} repeats", class_="about")]
    out += [svg(directory / f"{p}.svg", f"{name}-{p}") for p in doc["pictures"].get("", [])]
    # of a curve the points' pictures are too many
    few = len(doc["cases"]) <= 4
    for case in doc["cases"]:
        out.append(tag("h3", f"{case['name']}, {'on veth' if case['kind'] == 'veth' else 'inside a worker'}"))
        out.append(tag("p", "; ".join(t for t in (case["note"], f"objectives: {case['objectives']}", case.get("possible")) if t), class_="note"))
        out += [table(case["table"]), warnings(case)]
        pictures = doc["pictures"].get(case["name"], [])
        out += [svg(directory / f"{p}.svg", f"{name}-{p}") for p in (pictures if few else [])]
    return "\n".join(out)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    base = Path(sys.argv[1])
    found = {p.parent.name: p for p in base.glob("*/summary.json")}
    if not found:
        sys.exit(f"page.py: {base}: no experiment has left a summary.json there; run one with -o {base}")
    names = [n for n in FIRST if n in found] + sorted(set(found) - set(FIRST))
    docs = {n: json.loads(found[n].read_text(encoding="utf-8")) for n in names}
    body = [tag("h1", "Batchy: experiments"),
            "<p>Throughput is the median over repeats, with the least and the largest; as a multiple of null's it is taken repeat by repeat. "
            "SLO met: of the flow that was late most often, the share of rounds after the first five. Converged: the round from which throughput "
            "stays within 5 % and objectives are met. Rounds in which the machine stalled are left out; docs/experiments.md has the rest.</p>",
            "<nav>" + " ".join(tag("a", n, href=f"#{n}") for n in names) + "</nav>"]
    asked = base / "results" / "criteria.txt"
    if asked.exists():
        body += [tag("h2", "What is asked", id="asked"), tag("pre", asked.read_text(encoding="utf-8"))]
    body += [section(found[n].parent, docs[n]) for n in names]
    out = Path(sys.argv[2]) if len(sys.argv) == 3 else base / "index.html"
    out.write_text('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Batchy: experiments</title>\n'
                   f"<style>{STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n", encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
