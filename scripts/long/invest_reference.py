#!/usr/bin/env python3
"""Carbon and Annual Water Yield as InVEST defines them, in numpy, beside two runs of
`gep run --profile invest` over projects of make_invest_project.py.

Carbon (natcap.invest.carbon): the sum of four pools of the class, t C/ha.
Annual Water Yield (natcap.invest.annual_water_yield, fractp_op and wyield_op):
    phi   = kc * ETo / P
    awc   = min(root depth, root restricting depth) * pawc       (mm)
    w     = min(Z * awc / P + 1.25, 5)
    fractp = min(phi, 1 + phi - (1 + phi^w)^(1/w)) with vegetation, min(phi, 1) without
    yield = (1 - fractp) * P                                     (mm)
A cell with nodata in any layer has no water yield.

A cell's ground area is its planar area over the areal scale of the projection at its
centre (pyproj): another road than the ellipsoidal polygon areas of gep. Coverage of
cells by counties comes from exactextract. Sums are float64.

Prints the largest relative difference by county x class and over the province, and of
single cells (gep gives them by running squares of one cell as regions), and the times.
Exit 1 if a difference exceeds its bar.

Usage: invest_reference.py DATA_DIR
"""
import collections
import csv
import os
import re
import resource
import sys
import time

import geopandas
import numpy
import pyarrow.parquet
import rasterio
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from pyproj import Proj, Transformer

NODATA = -9999.0
Z = 6.0
# Relative. Rates are rounded to 1e-6 mm and areas to 1 mm2; coverage fractions of
# exactextract are float32 (6e-8). Cells are compared without fractions.
BARS = {"province": 1e-8, "county x class": 5e-7, "cell": 1e-8}
# Sums of less than this many whole cells show the float32 of the fractions only.
LEAST_CELLS = 1.0


def tables(data):
    def read(name):
        with open(os.path.join(data, name), encoding="utf-8") as file:
            return list(csv.DictReader(file))
    pools = numpy.zeros(256)
    for row in read("carbon_pools.csv"):
        pools[int(row["lucode"])] = sum(float(row["c_" + pool]) for pool in ("above", "below", "soil", "dead"))
    kc, root, vegetated = numpy.ones(256), numpy.ones(256), numpy.zeros(256)
    for row in read("awy_biophysical.csv"):
        code = int(row["lucode"])
        kc[code], root[code], vegetated[code] = float(row["kc"]), float(row["root_depth"]), float(row["lulc_veg"])
    return pools, kc, root, vegetated


def services(data):
    """Cell values: t C/ha, mm, and where the latter is known."""
    layer = {}
    for name in ("lc_2020", "precip", "eto", "depth", "pawc"):
        with rasterio.open(os.path.join(data, name + ".tif")) as source:
            layer[name] = source.read(1)
    classes = layer["lc_2020"]
    pools, kc, root, vegetated = tables(data)
    rain, eto, depth, pawc = (layer[name].astype(numpy.float64) for name in ("precip", "eto", "depth", "pawc"))
    valid = classes != 0
    for name in ("precip", "eto", "depth", "pawc"):
        valid &= layer[name] != numpy.float32(NODATA)
    water = numpy.zeros(classes.shape)
    p, e = rain[valid], eto[valid]
    code = classes[valid]
    phi = kc[code] * e / p
    awc = numpy.minimum(root[code], depth[valid]) * pawc[valid]
    w = numpy.minimum(Z * awc / p + 1.25, 5.0)
    curve = 1 + phi - (1 + phi ** w) ** (1 / w)
    fraction = numpy.where(vegetated[code] > 0, numpy.minimum(phi, curve), numpy.minimum(phi, 1.0))
    water[valid] = (1 - fraction) * p
    return classes, pools[classes], water, valid


def ground_areas(data):
    """Ground area of every cell, m2."""
    with rasterio.open(os.path.join(data, "lc_2020.tif")) as source:
        transform, crs, (rows, columns) = source.transform, source.crs, source.shape
    planar = abs(transform.a * transform.e)
    projection = Proj(crs.to_wkt())
    back = Transformer.from_crs(crs, projection.crs.geodetic_crs, always_xy=True)
    areas = numpy.empty((rows, columns))
    x = transform.c + transform.a * (numpy.arange(columns) + 0.5)
    for row in range(rows):
        y = numpy.full(columns, transform.f + transform.e * (row + 0.5))
        longitude, latitude = back.transform(x, y)
        areas[row] = planar / projection.get_factors(longitude, latitude).areal_scale
    return areas, transform


def by_county(data, classes, values, areas, transform):
    """(county, class code) -> sums of each value x area, and cells."""
    zones = geopandas.read_file(os.path.join(data, "counties", "zones.gpkg"))
    rows, columns = classes.shape
    extent = dict(xmin=transform.c, ymax=transform.f, xmax=transform.c + transform.a * columns,
                  ymin=transform.f + transform.e * rows)
    source = NumPyRasterSource(classes, **extent, srs_wkt=zones.crs.to_wkt())
    found = exact_extract(source, zones, ["cell_id", "coverage"], include_cols=["code"], output="pandas")
    sums = collections.defaultdict(lambda: numpy.zeros(len(values) + 1))
    flat_classes, flat_areas = classes.ravel(), areas.ravel()
    for code, cells, coverage in zip(found["code"], found["cell_id"], found["coverage"]):
        cells = numpy.asarray(cells, dtype=numpy.int64)
        coverage = numpy.asarray(coverage, dtype=numpy.float64)
        ground = flat_areas[cells] * coverage
        own = flat_classes[cells]
        for at, value in enumerate([value.ravel()[cells] * ground for value in values] + [coverage]):
            summed = numpy.bincount(own, weights=value, minlength=256)
            for land in numpy.unique(own):
                sums[code, int(land)][at] += summed[land]
    return sums


def published(folder):
    """(region, class) -> (t C, m3) of a run."""
    table = pyarrow.parquet.read_table(os.path.join(folder, "tables", "physical.parquet")).to_pylist()
    numbers = collections.defaultdict(lambda: [0.0, 0.0])
    for row in table:
        if row["output"] in ("stock", "yield") and row["value"] is not None:
            numbers[row["region_code"], row["class"]][row["output"] == "yield"] = float(row["value"])
    return numbers


def relative(found, expected):
    return abs(found - expected) / max(abs(expected), 1e-9)


def main(data):
    clock, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    classes, carbon, water, valid = services(data)
    computed = time.perf_counter() - clock
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_seconds = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
    print(f"numpy, cell values only (read and evaluate, no areas, no zones): {computed:.2f} s, {cpu_seconds:.2f} CPU-s")
    areas, transform = ground_areas(data)
    # t C/ha on m2, mm on m2.
    values = [carbon * (classes != 0) / 1e4, water / 1e3]
    expected = by_county(data, classes, values, areas, transform)
    gep = published(os.path.join(data, "out-counties"))
    worst = {"province": 0.0, "county x class": 0.0, "cell": 0.0}
    total = numpy.zeros(2)
    compared = 0
    for (county, land), sums in expected.items():
        if land == 0:
            continue
        total += sums[:2]
        own = gep.get((county, f"bench_{land}"), [0.0, 0.0])
        if sums[2] < LEAST_CELLS:
            continue
        for at in range(2):
            if sums[at] > 0:
                compared += 1
                off = relative(own[at], sums[at])
                if off > worst["county x class"]:
                    worst["county x class"] = off
                    place = (county, land, ("carbon", "water")[at], sums[2])
    province = gep["330000", "all"]
    worst["province"] = max(relative(province[at], total[at]) for at in range(2))
    print(f"province: carbon {province[0]:.3f} t, numpy {total[0]:.3f}; water {province[1]:.0f} m3, numpy {total[1]:.0f}")
    print(f"{compared} sums by county x class; the worst: county {place[0]}, class {place[1]}, {place[2]}, {place[3]:.1f} cells")
    cells = published(os.path.join(data, "out-cells"))
    count = 0
    for (region, land), own in cells.items():
        at = re.fullmatch(r"r(\d+)c(\d+)", region)
        if not at or land == "all":
            continue
        row, column = int(at[1]), int(at[2])
        assert land == f"bench_{classes[row, column]}", (region, land)
        wanted = [value[row, column] * areas[row, column] for value in values]
        for found, value, known in zip(own, wanted, (True, valid[row, column])):
            # Printed to 1e-6 t and 1e-3 m3.
            if known and value > 1:
                count += 1
                step = 0.5e-6 if value is wanted[0] else 0.5e-3
                worst["cell"] = max(worst["cell"], max(abs(found - value) - step, 0) / value)
    print(f"{count} values of single cells compared, beyond half of the last printed digit")
    failed = compared == 0 or count == 0
    for name, off in worst.items():
        failed |= off > BARS[name]
        print(f"{name}: largest relative difference {off:.2e} (bar {BARS[name]:.0e})")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
