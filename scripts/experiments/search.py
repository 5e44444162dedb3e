#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The best triggers of a pipeline's queues, by measuring every vector of a grid and then of finer ones around the best. Called by exhaustive.sh:

    search.py AGENT FILE OUT TSV [--quick]     OUT: FILE with those triggers; TSV: all that was measured; prints what was found

Sources are as fast as the worker, so what counts is CPU time per packet, which a machine with other work changes least; triggers
whose flows have a p95 above their objective do not. The best of many noisy figures is too good, so the best five are measured again."""
import itertools
import json
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path

QUEUE = re.compile(r":: Queue\b(?!\()")
ATTEMPTS = 3  # when the machine stalled
ROUNDS, AGAIN = 3, 10


def with_triggers(text, triggers):
    """Nothing but the trigger releases a batch."""
    given = iter(triggers)
    return QUEUE.sub(lambda _: f":: Queue(TRIGGER {next(given)}, DEADLINE 10s)", text)


def measure(agent, text, triggers, rounds):
    """(CPU ns per packet, worst p95 as a share of its objective)"""
    found = (math.inf, math.inf)
    with tempfile.NamedTemporaryFile("w", suffix=".click", encoding="ascii") as f:
        f.write(with_triggers(text, triggers))
        f.flush()
        for _ in range(ATTEMPTS):
            out = subprocess.run([agent, "bench", f.name, "--controller", "null", "--period", "60ms", "--warmup", "50ms", "--rounds", str(rounds), "-j"],
                                 check=True, capture_output=True, timeout=60).stdout
            run = json.loads(out)
            late = max(fl["delay_ns"]["p95"] / fl["slo_ns"] for fl in run["flows"] if fl["slo_ns"])
            found = min(found, (late, run["ns_per_packet"]))
            if 3 * run["stalled_rounds"] <= rounds:
                break
    return found[1], found[0]


class Search:
    def __init__(self, agent, text, tsv):
        self.agent, self.text, self.tsv, self.known = agent, text, tsv, {}
        self.nqueues = len(QUEUE.findall(text))

    def look(self, vectors, rounds=ROUNDS):
        for v in vectors:
            if v in self.known and rounds == ROUNDS:
                continue
            self.known[v] = measure(self.agent, self.text, v, rounds)
            print(*v, rounds, *(f"{x:.4g}" for x in self.known[v]), sep="\t", file=self.tsv, flush=True)

    def best(self, n):
        return sorted((v for v, (_, late) in self.known.items() if late <= 1), key=lambda v: self.known[v][0])[:n]


def main():
    agent, file, out, tsv = sys.argv[1:5]
    quick = "--quick" in sys.argv
    text = Path(file).read_text(encoding="ascii")
    with open(tsv, "w", encoding="ascii") as log:
        s = Search(agent, text, log)
        print(*(f"q{i + 1}" for i in range(s.nqueues)), "rounds", "ns_per_packet", "p95_of_objective", sep="\t", file=log)
        coarse = {2: (1, 8, 16, 24, 32, 48, 64), 3: (1, 16, 32, 64)}[s.nqueues] if quick else (1, 2, 4, 8, 12, 16, 20, 24, 32, 40, 48, 56, 64)
        s.look(itertools.product(coarse, repeat=s.nqueues))
        for step in (4, 2) if s.nqueues == 2 or not quick else (8,):
            for centre in s.best(1):
                s.look(tuple(min(64, max(1, q + d)) for q, d in zip(centre, ds)) for ds in itertools.product((-step, 0, step), repeat=s.nqueues))
        n = len(s.known)
        s.look(s.best(5), AGAIN)
        best = s.best(1)
    if not best:
        sys.exit(1)
    Path(out).write_text(with_triggers(text, best[0]), encoding="ascii")
    print(f"best of {n} vectors: triggers {', '.join(map(str, best[0]))}")


if __name__ == "__main__":
    main()
