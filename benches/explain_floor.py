#!/usr/bin/env python3
"""`gep explain` of random printed numbers beside the floor: the program that loads its
libraries, prints its version and ends.

Ids are those the HTML report of a run prints. Both programs run in turn, so that a busy
machine slows both; the ratio says what explaining costs, the difference in milliseconds
stands beside it. On Linux nearly all of the floor is the dynamic linker loading libgdal
and what it links (ldd lists more than a hundred libraries).

Usage: explain_floor.py GEP RUN [--numbers 200] [--seed 1]
Prints one JSON line: p50, p99 of either (ms), and the ratio of the medians.
"""
import argparse
import json
import os
import random
import re
import subprocess
import time


def milliseconds(command):
    begin = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1e3, done.returncode


def share(times, part):
    return sorted(times)[min(len(times) - 1, int(part * len(times)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gep")
    parser.add_argument("run")
    parser.add_argument("--numbers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with open(os.path.join(given.run, "report", "report.zh.html"), encoding="utf-8") as file:
        ids = sorted(set(re.findall(r'data-number-id="([a-z2-7]{13})"', file.read())))
    random.seed(given.seed)
    ids = random.choices(ids, k=given.numbers)
    own, floor, failed = [], [], 0
    for number in ids:
        floor.append(milliseconds([given.gep, "--version"])[0])
        time_of_one, code = milliseconds([given.gep, "explain", number, "--out", given.run])
        own.append(time_of_one)
        failed += code != 0
    result = {"numbers": len(ids), "failed": failed}
    for name, times in (("explain", own), ("floor", floor)):
        result[name + "_p50_ms"] = round(share(times, 0.5), 1)
        result[name + "_p99_ms"] = round(share(times, 0.99), 1)
    result["ratio_p50"] = round(share(own, 0.5) / share(floor, 0.5), 2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
