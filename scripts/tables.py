#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a pipeline of profiles/ at any size, with its tables and traffic that fits them, from a seed.

    scripts/tables.py PROFILE [--NAME N]... [--seed S] [--packets N] [-o DIR]

writes DIR/PROFILE.click and DIR/PROFILE/*.txt, and DIR/PROFILE/traffic.pcap. The same arguments give the same bytes. Those in
profiles/ are what it writes with its defaults: --profiles writes them again, --all all profiles into DIR, --list names the
profiles and their sizes. --set NAME=N says the same as --name N."""
import argparse
import random
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is left beside the sources
sys.path.insert(0, str(Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from tabgen import frames  # noqa: E402
from tabgen.pipelines import PROFILES, ROUTER  # noqa: E402

WIDTH = 125
PACKETS = 4096


def wrap(line, first, more):
    """Comment lines of at most WIDTH characters."""
    out, text = [], first
    for word in line.split(" "):
        if len(text) + len(word) > WIDTH:
            out.append(text.rstrip())
            text = more
        text += word + " "
    return out + [text.rstrip()]


def command(name, params, values, seed):
    """That writes it again."""
    given = [f" --{k.lower().replace('_', '-')} {values[k]}" for k in params if values[k] != params[k][0]]
    return f"scripts/tables.py {name}{''.join(given)}" + (f" --seed {seed}" if seed != 1 else "")


def click(name, params, values, seed, m):
    head = ["// SPDX-License-Identifier: GPL-2.0-or-later"]
    head += wrap(m.head[0], f"// {name}.click: ", "// ")
    for line in m.head[1:]:
        head += wrap(line, "//   ", "//           ")
    sizes = ", ".join(f"{k} {values[k]}" for k in params)
    head += wrap(f"Written by {command(name, params, values, seed)}" + (f"; sizes: {sizes}" if sizes else ""), "// ", "// ")
    text = "\n".join(m.body) + "\n"
    defaults = [("OUT", "eth1"), ("SRC", ROUTER), ("TABLES", name)]
    used = ", ".join(f"${k} {v}" for k, v in defaults if f"${k}" in text)
    return "\n".join(head + ([f"define({used});"] if used else []) + [text])


def write(out, name, values, seed, packets):
    build, params = PROFILES[name]
    m = build(values, random.Random(f"{name} {seed}"))
    (out / name).mkdir(parents=True, exist_ok=True) if m.files or packets else out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.click").write_text(click(name, params, values, seed, m), encoding="ascii")
    for file, text in m.files.items():
        (out / name / file).write_text(text, encoding="ascii")
    if packets:
        rng = random.Random(f"{name} {seed} traffic")
        (out / name / "traffic.pcap").write_bytes(frames.capture(frames.traffic(m.flows, packets, rng)))


def defaults(name):
    return {k: v[0] for k, v in PROFILES[name][1].items()}


def show_list():
    for name, (_, params) in PROFILES.items():
        print(name)
        for k, (deflt, least, most, what) in params.items():
            print(f"  --{k.lower().replace('_', '-')} {deflt} ({least} to {most}): {what}")


def parse_sizes(parser, name, rest):
    params = PROFILES[name][1]
    sizes = argparse.ArgumentParser(prog=f"{parser.prog} {name}", allow_abbrev=False)
    sizes.add_argument("--set", action="append", default=[], metavar="NAME=N")
    for k, (deflt, _, _, what) in params.items():
        sizes.add_argument("--" + k.lower().replace("_", "-"), type=int, dest=k, default=deflt, help=f"{what} ({deflt})")
    args = sizes.parse_args(rest)
    values = {k: getattr(args, k) for k in params}
    for text in args.set:
        k, _, n = text.partition("=")
        if k not in params or not n.isdecimal():
            sizes.error(f"--set {text}: expected NAME=N, a name of {', '.join(params) or 'none'}")
        values[k] = int(n)
    for k, (_, least, most, _) in params.items():
        if not least <= values[k] <= most:
            sizes.error(f"{k} {values[k]}: expected {least} to {most}")
    return values


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("profile", nargs="?", choices=sorted(PROFILES), metavar="PROFILE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--packets", type=int, default=PACKETS, help=f"of traffic.pcap ({PACKETS}); 0: none")
    parser.add_argument("-o", "--output", type=Path, default=Path("."), metavar="DIR",
                        help="(the current directory); files of the same names there are overwritten")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--all", action="store_true")
    what.add_argument("--profiles", action="store_true")
    what.add_argument("--list", action="store_true")
    args, rest = parser.parse_known_args()
    if args.list:
        show_list()
        return
    if args.all or args.profiles:
        source = Path(__file__).resolve().parent.parent
        if args.profiles and not (source / "Makefile").exists():
            parser.error("--profiles writes those of a source tree; here use --all -o DIR")
        out = source / "profiles" if args.profiles else args.output
        for name in PROFILES:
            write(out, name, defaults(name), args.seed, 0 if args.profiles else args.packets)
        return
    if not args.profile:
        parser.error("expected a profile: " + ", ".join(PROFILES))
    write(args.output, args.profile, parse_sizes(parser, args.profile, rest), args.seed, args.packets)
    print(f"wrote {args.output / args.profile}.click and {args.output / args.profile}/")


if __name__ == "__main__":
    main()
