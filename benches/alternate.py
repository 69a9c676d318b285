#!/usr/bin/env python3
"""Runs programs in turn, RUNS times, and prints the best of each and the ratios to the first.

In turn, because a shared machine is slower at one minute than at the next. Wall, CPU
(user + system, all threads) and peak RSS are those of the whole process; if the last line
it prints is JSON with `wall` and `cpu`, these are taken instead (a script that starts its
clock after its imports). Nothing is inferred from a run that fails: it ends the bench.

Usage: alternate.py RUNS TITLE NAME=COMMAND [NAME=COMMAND ...]
"""
import json
import os
import shlex
import subprocess
import sys
import time


def run(command):
    begin = time.perf_counter()
    process = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, error = process.stdout.read(), process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if status:
        sys.exit(f"failed: {command}\n{error}")
    result = dict(wall=wall, cpu=used.ru_utime + used.ru_stime, rss_mb=used.ru_maxrss // 1024)
    lines = out.strip().splitlines()
    if lines and lines[-1].startswith("{"):
        own = json.loads(lines[-1])
        if "wall" in own:
            own.setdefault("cpu", own.get("user", 0.0))
            result.update({key: own[key] for key in ("wall", "cpu", "rss_mb") if key in own})
    return result


def main():
    runs, title = int(sys.argv[1]), sys.argv[2]
    programs = [part.split("=", 1) for part in sys.argv[3:]]
    results = {name: [] for name, _ in programs}
    for _ in range(runs):
        for name, command in programs:
            results[name].append(run(command))
    best = {name: dict(wall=min(r["wall"] for r in rows), cpu=min(r["cpu"] for r in rows),
                       rss_mb=max(r["rss_mb"] for r in rows)) for name, rows in results.items()}
    first = best[programs[0][0]]
    print(f"\n{title} (best of {runs}, in turn; load {os.getloadavg()[0]:.1f})\n")
    print("| program | wall s | CPU s | peak RSS MB | wall ratio | CPU ratio |")
    print("|---|---|---|---|---|---|")
    for name, b in best.items():
        print(f"| {name} | {b['wall']:.2f} | {b['cpu']:.2f} | {b['rss_mb']} | {first['wall'] / b['wall']:.2f} "
              f"| {first['cpu'] / b['cpu']:.2f} |")
    print(f"\nRatios: {programs[0][0]} over the program of the line; below 1 it needs less.")


if __name__ == "__main__":
    main()
