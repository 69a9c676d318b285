#!/usr/bin/env python3
"""Class areas by county with exactextract, as its users do it; timed after imports.

The grid of the bench set is projected and its users take the planar cell area,
so area = fraction x count x cell area. (gep gives ellipsoidal areas: the numbers
differ by the scale of the projection, the work is the same.)

Usage: exactextract_areas.py DATA_DIR OUT.csv [--strategy feature-sequential]
Prints one JSON line: wall and CPU seconds without imports, peak RSS.
"""
import argparse
import csv
import json
import os
import resource
import time

import exactextract
import geopandas
import rasterio


def clock():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("folder")
    arguments.add_argument("out")
    arguments.add_argument("--strategy", default="feature-sequential")
    a = arguments.parse_args()
    raster = os.path.join(a.folder, "lc_2020.tif")
    begin = clock()
    zones = geopandas.read_file(os.path.join(a.folder, "counties.gpkg"))
    with rasterio.open(raster) as source:
        cell_ha = abs(source.transform.a * source.transform.e) / 1e4
    table = exactextract.exact_extract(raster, zones, ["unique", "frac", "count"], include_cols=["code"],
                                       output="pandas", strategy=a.strategy)
    with open(a.out, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["code", "class", "area_ha"])
        for code, classes, shares, count in zip(table["code"], table["unique"], table["frac"], table["count"]):
            for value, share in sorted(zip(classes, shares)):
                writer.writerow([code, int(value), repr(float(share) * float(count) * cell_ha)])
    wall, cpu = clock()
    print(json.dumps(dict(what="exactextract " + exactextract.__version__, wall=wall - begin[0], cpu=cpu - begin[1],
                          rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)))


if __name__ == "__main__":
    main()
