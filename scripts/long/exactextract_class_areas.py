#!/usr/bin/env python3
"""Class areas by county with exactextract and geodesic cell areas, beside `gep zonal`.

Every cell's coverage fraction comes from exactextract (another program, another
algorithm), the cell's area from pyproj's geodesic polygon area on the ellipsoid
(the two parallels cut into SEGMENTS pieces, since a parallel is no geodesic).

What must differ: a coverage fraction is planar in longitude and latitude, while
ground area shrinks northwards inside a cell (5e-4 over 0.05 degree at 30 N). A
partly covered cell is therefore off by up to 1e-4 of its area, and a county of a
few islands by some 1e-5. `--refine K` cuts every cell into K x K of the same class
first, which takes this error away as K grows; what remains is the comparison. It
prints the largest relative difference of a county total and of a county x class
sum, and the largest of those in which at least MIN_CELLS cells take part.

Usage: exactextract_class_areas.py OUT.csv [--gep AREAS.parquet]
           [--classes RASTER --zones VECTOR --zone-id COLUMN]
           [--refine K] [--county-bar X] [--class-bar X]
Exit 1 if a difference exceeds its bar.
"""
import argparse
import collections
import csv
import pathlib
import sys

import geopandas
import numpy
import pyarrow.parquet
import rasterio
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from pyproj import Geod

DEMO = pathlib.Path(__file__).resolve().parents[2] / "datasets" / "demo-zhejiang"
SEGMENTS = 64
MIN_CELLS = 10


def row_areas_mm2(source, refine):
    """Returns the geodesic area of a cell of each (finer) row, in mm2."""
    assert source.crs.is_geographic, "cell areas by row need a geographic grid"
    geod = Geod(ellps="GRS80" if source.crs.to_epsg() == 4490 else "WGS84")
    t = source.transform
    assert t.b == t.d == 0 and t.e < 0, "a north-up grid is expected"
    east = [t.a / refine * k / SEGMENTS for k in range(SEGMENTS + 1)]
    areas = []
    for row in range(source.height * refine):
        north, south = t.f + row * t.e / refine, t.f + (row + 1) * t.e / refine
        area, _ = geod.polygon_area_perimeter(east + east[::-1], [south] * len(east) + [north] * len(east))
        areas.append(abs(area) * 1e6)
    return numpy.array(areas)


def class_areas(raster, vector, zone_id, refine):
    """Returns {(county, class): mm2} and the number of cells of each."""
    with rasterio.open(raster) as source:
        areas, crs, nodata = row_areas_mm2(source, refine), source.crs, source.nodata
        fine = numpy.repeat(numpy.repeat(source.read(1), refine, axis=0), refine, axis=1)
        grid = NumPyRasterSource(fine, source.bounds.left, source.bounds.bottom, source.bounds.right,
                                 source.bounds.top, srs_wkt=crs.to_wkt())
    classes, width = fine.ravel(), fine.shape[1]
    zones = geopandas.read_file(vector).set_crs(crs, allow_override=True)   # both datums are null-shifted
    table = exact_extract(grid, zones, ["cell_id", "coverage"], include_cols=[zone_id], output="pandas")
    sums, cells = collections.Counter(), collections.Counter()
    for code, ids, coverage in zip(table[zone_id], table["cell_id"], table["coverage"]):
        ids = numpy.asarray(ids, dtype=numpy.int64)
        parts = numpy.asarray(coverage, dtype=numpy.float64) * areas[ids // width]
        for value in numpy.unique(classes[ids]):
            key = (code, "nodata" if nodata is not None and value == nodata else str(int(value)))
            chosen = classes[ids] == value
            sums[key] += float(parts[chosen].sum())
            cells[key] += int(chosen.sum())
    return sums, cells


def gep_areas(path):
    """Returns {(county, class): mm2} of the table of `gep zonal`, overlays added up."""
    table = pyarrow.parquet.read_table(path, columns=["region_code", "class", "state", "area_mm2"]).to_pydict()
    sums = collections.Counter()
    for code, value, state, area in zip(*table.values()):
        if state == "outside_grid" or code == "unassigned":
            continue
        sums[code, "nodata" if state == "nodata" else str(value)] += int(area)
    return sums


def compare(theirs, cells, ours):
    """Prints and returns the largest relative differences (county, county x class)."""
    by_county = [collections.Counter(), collections.Counter()]
    for counter, sums in zip(by_county, (theirs, ours)):
        for (code, _), area in sums.items():
            counter[code] += area
    assert set(by_county[0]) == set(by_county[1]), "the two tables name different counties"
    county = max((abs(a / by_county[0][code] - 1), code) for code, a in by_county[1].items())
    total = sum(ours.values()) / sum(theirs.values()) - 1
    relative = {}
    for key in set(theirs) | set(ours):
        a, b = ours.get(key, 0), theirs.get(key, 0)
        relative[key] = abs(a - b) / max(a, b) if max(a, b) else 0.0
    worst = max(relative, key=relative.get)
    large = {key: value for key, value in relative.items() if cells[key] >= MIN_CELLS}
    worst_large = max(large, key=large.get)
    print(f"counties {len(by_county[0])}, county x class {len(relative)}")
    print(f"sum of all counties: {total:+.3e}")
    print(f"largest of a county total: {county[0]:.3e} ({county[1]})")
    print(f"largest of county x class: {relative[worst]:.3e} ({worst[0]}, class {worst[1]}, {cells[worst]} cells, "
          f"{theirs.get(worst, 0) / 1e12:.6f} and {ours.get(worst, 0) / 1e12:.6f} km2)")
    print(f"largest of county x class with {MIN_CELLS} cells or more: {large[worst_large]:.3e} "
          f"({worst_large[0]}, class {worst_large[1]}, {cells[worst_large]} cells)")
    return county[0], large[worst_large]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("out")
    arguments.add_argument("--gep")
    arguments.add_argument("--classes", default=DEMO / "zj_landcover_mcd12c1_2019_igbp_0p05.tif")
    arguments.add_argument("--zones", default=DEMO / "zj_counties_cgcs2000.geojson")
    arguments.add_argument("--zone-id", default="adcode")
    arguments.add_argument("--refine", type=int, default=1, metavar="K")
    arguments.add_argument("--county-bar", type=float, default=5e-6)
    arguments.add_argument("--class-bar", type=float, default=1e-4)
    a = arguments.parse_args()
    theirs, cells = class_areas(a.classes, a.zones, a.zone_id, a.refine)
    with open(a.out, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["region_code", "class", "cells", "area_km2"])
        for code, value in sorted(theirs):
            writer.writerow([code, value, cells[code, value], f"{theirs[code, value] / 1e12:.9f}"])
    if not a.gep:
        return 0
    county, classes = compare(theirs, cells, gep_areas(a.gep))
    return int(county > a.county_bar or classes > a.class_bar)


if __name__ == "__main__":
    sys.exit(main())
