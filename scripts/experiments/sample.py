#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a running agent every period and writes the dump that `batchy-agent bench --dump` writes, as far as can be told from outside
(nan elsewhere). Called by veth.sh: sample.py AGENT PID ROUNDS PERIOD_MS DUMP.tsv; DUMP.json has what the report needs besides."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

STALL_SHARE = 0.01  # of a period in which the workers wanted a CPU and had none, as in bench
LATE_SHARE = 0.2    # or the period ended so much too late
WINDOW_S = 0.1	    # over which the agent judges delays


def ask(agent, *verb):
    done = subprocess.run([agent, *verb, "-j"], capture_output=True, check=False, timeout=10)
    if done.returncode:
        sys.exit(f"sample.py: {' '.join(verb)}: {done.stderr.decode().strip()}")
    return json.loads(done.stdout)


def waited_ns(pid):
    """How long the threads of the agent have waited for a CPU."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text(encoding="ascii").split()[1])
        except OSError:
            pass
    return total


def stolen_ns():
    """What the machine below took, of all CPUs."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return int(fields[8]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def cycles_per_ns():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("cpu MHz"):
            return float(line.split(":")[1]) / 1000
    return 1.0


class Sampler:
    def __init__(self, agent, pid):
        self.agent, self.pid, self.cycles = agent, pid, cycles_per_ns()
        self.windows = {}
        self.before = self.look()
        self.worst = {}

    def look(self):
        return {"at": time.monotonic(), "flows": {f["name"]: f for f in ask(self.agent, "flow", "show")["flows"]},
                "queues": {q["name"]: q for q in ask(self.agent, "queue", "show")["queues"]}, "status": ask(self.agent, "status"),
                "waited": waited_ns(self.pid), "stolen": stolen_ns()}

    def judge(self, flows):
        """The larger of the windows that ended in this round."""
        for f in flows:
            if f["windows"] != self.windows.get(f["name"], f["windows"]):
                self.worst[f["name"]] = max(self.worst.get(f["name"], 0), f["window_ns"])
            self.windows[f["name"]] = f["windows"]

    def head(self):
        cols = ["t"]
        for q in self.before["queues"]:
            cols += [f"{q}:{c}" for c in ("control", "x_v", "R_v", "b_v", "b_in")]
        for f in self.before["flows"]:
            cols += [f"{f}:delay", f"{f}:delay_estimate"]
        cols += [f"{f}:pps" for f in self.before["flows"]]
        return cols + ["w0:task_pps", "w0:t_0", "w0:t_0_estimate", "w0:b_0", "w0:cyc_per_packet", "sum_fpps", "ctrlr_deadtime", "stall"]

    def row(self, t, late_s, period_s):
        a, b = self.before, self.look()
        self.judge(b["flows"].values())
        s = b["at"] - a["at"]
        out = [t]
        for name, q in b["queues"].items():
            batches, packets = (q[k] - a["queues"][name][k] for k in ("batches", "packets"))
            out += [q["weight"] if q.get("schedule") == "wfq" else q["trigger"], batches / s, packets / s,
                    packets / batches if batches else "nan", "nan"]
        for name in b["flows"]:
            out += [self.worst.get(name, "nan"), "nan"]
        pps = [(f["packets"] - a["flows"][name]["packets"]) / s for name, f in b["flows"].items()]
        # to the worker: a queue that was full turned others away before
        came = sum(q["packets"] - a["queues"][name]["packets"] for name, q in b["queues"].items() if q["backend"] == "xsk")
        cpu, wakeups = (b["status"]["workers"][k] - a["status"]["workers"][k] for k in ("cpu_ns", "wakeups"))
        away = max(b["waited"] - a["waited"], b["stolen"] - a["stolen"])
        out += pps + [came / s, s * 1e9 / wakeups if wakeups else "nan", "nan", came / wakeups if wakeups else "nan",
                      cpu * self.cycles / came if came else "nan", sum(pps), "nan",
                      int(away > STALL_SHARE * s * 1e9 or late_s > LATE_SHARE * period_s)]
        self.before, self.worst = b, {}
        return out


def text(v):
    return v if isinstance(v, str) else f"{v:.9g}"


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    agent, pid, rounds, period_s, dump = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]) / 1000, Path(sys.argv[5])
    sampler = Sampler(agent, pid)
    sampler.judge(sampler.before["flows"].values())
    due = time.monotonic()
    with dump.open("w", encoding="ascii") as f:
        f.write("\t".join(sampler.head()) + "\n")
        for t in range(rounds):
            end = due + period_s
            while due + WINDOW_S < end - WINDOW_S / 2:
                due += WINDOW_S
                time.sleep(max(0, due - time.monotonic()))
                sampler.judge(ask(agent, "flow", "show")["flows"])
            due = end
            time.sleep(max(0, due - time.monotonic()))
            late = time.monotonic() - due
            f.write("\t".join(text(v) for v in sampler.row(t, late, period_s)) + "\n")
            # who was late does not hurry afterwards
            due = max(due, time.monotonic() - period_s / 2)
    dump.with_suffix(".json").write_text(json.dumps({"cycles_per_ns": sampler.cycles}) + "\n", encoding="ascii")


main()
