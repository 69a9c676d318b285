#!/usr/bin/env python3
"""Make two projects beside a set made by benches/make_bench_data.py: its counties, and
a sample of single cells as regions, both for the profile `invest`.

The methods, their formulas and the profile are those of the program; only their tables
and the crosswalk are those of the set (awy_biophysical.csv, carbon_pools.csv), which are
made up.

Usage: make_invest_project.py DATA_DIR
Writes DATA_DIR/methodology, DATA_DIR/counties and DATA_DIR/cells.
"""
import csv
import os
import random
import shutil
import sys

import geopandas
import rasterio
from shapely.geometry import box

LAYERS = {"precip": ("precipitation_yearly", "mm"), "eto": ("reference_evapotranspiration_yearly", "mm"),
          "depth": ("root_restricting_depth", "mm"), "pawc": ("plant_available_water", "1")}
SAMPLE = 400
SEED = 20261125


def both(text):
    return f'{{ zh = "{text}", en = "{text}" }}'


def rows(data, name):
    with open(os.path.join(data, name), encoding="utf-8") as file:
        return list(csv.DictReader(file))


def add(root, name, lines):
    with open(os.path.join(root, name), "a", encoding="utf-8") as file:
        file.writelines(lines)


def methodology(data):
    root = os.path.join(data, "methodology")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(os.path.join(os.path.dirname(__file__), "..", "..", "methodology"), root)
    water, carbon = rows(data, "awy_biophysical.csv"), rows(data, "carbon_pools.csv")
    codes = [row["lucode"] for row in water]
    add(root, "classes.toml", [f'\n[[class]]\nid = "bench_{code}"\ngroup = "forest"\ntitle = {both(f"bench {code}")}\n'
                               for code in codes])
    add(root, "sources.toml", [f'\n[[source]]\nid = "bench"\nkind = "data"\ntitle = {both("made-up set")}\n'])
    tail = "provisional,bench,made up,,\n"
    for row in water:
        code = row["lucode"]
        add(root, "tables/invest-water-yield.csv",
            [f"bench_{code},kc,{row['kc']},1,{tail}", f"bench_{code},root_depth,{row['root_depth']},mm,{tail}",
             f"bench_{code},vegetated,{row['lulc_veg']},1,{tail}"])
    with open(os.path.join(root, "tables/invest-carbon.csv"), encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
    assert columns[:2] == ["class", "pool"], columns
    for row in carbon:
        add(root, "tables/invest-carbon.csv",
            [f"bench_{row['lucode']},{pool},{row['c_' + pool]},t[C]/ha,{tail}"
             for pool in ("above", "below", "soil", "dead")])
    with open(os.path.join(root, "crosswalks", "bench.csv"), "w", encoding="utf-8") as file:
        file.write("code,class,source,clause,note\n")
        file.writelines(f"{code},bench_{code},bench,made up,\n" for code in codes)
    path = os.path.join(root, "profiles", "invest.toml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert 'crosswalk = "modis-igbp"' in text
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace('crosswalk = "modis-igbp"', 'crosswalk = "bench"')
                   .replace('coverage_floor = "0.80"', 'coverage_floor = "0"'))


def project(data, name, zones):
    folder = os.path.join(data, name)
    os.makedirs(folder, exist_ok=True)
    for layer in ["lc_2020"] + list(LAYERS):
        target = os.path.join(folder, layer + ".tif")
        if not os.path.exists(target):
            os.link(os.path.join(data, layer + ".tif"), target)
    path = os.path.join(folder, "zones.gpkg")
    if os.path.exists(path):
        os.remove(path)
    zones.to_file(path, layer="zones", driver="GPKG")
    with open(os.path.join(folder, "regions.csv"), "w", encoding="utf-8") as file:
        file.write("code,level,name_zh,name_en,parent\n330000,province,合成省,Synth,\n330100,city,合成市,City,330000\n")
        file.writelines(f"{code},county,县{code},{code},330100\n" for code in sorted(zones["code"]))
    lines = ["[project]", f"title = {both('InVEST')}", 'year = "2020"', 'profile = "invest"',
             'boundary_version = "bench"', 'regions = "regions.csv"', "", "[rasters.classes]",
             'path = "lc_2020.tif"', "nodata = 0"]
    for layer, (quantity, unit) in LAYERS.items():
        lines += ["", f"[rasters.layers.{quantity}]", f'path = "{layer}.tif"', f'unit = "{unit}"']
    lines += ["", "[vectors.zones]", 'path = "zones.gpkg"', 'id = "code"']
    with open(os.path.join(folder, "gep.toml"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def sampled(data):
    """Single cells as squares, `r<row>c<column>`."""
    with rasterio.open(os.path.join(data, "lc_2020.tif")) as source:
        classes, transform, crs = source.read(1), source.transform, source.crs
    draw = random.Random(SEED)
    cells = {}
    while len(cells) < SAMPLE:
        row, column = draw.randrange(classes.shape[0]), draw.randrange(classes.shape[1])
        if classes[row, column] != 0:
            west, north = transform * (column, row)
            east, south = transform * (column + 1, row + 1)
            cells[f"r{row}c{column}"] = box(west, south, east, north)
    return geopandas.GeoDataFrame({"code": list(cells)}, geometry=list(cells.values()), crs=crs)


def main(data):
    methodology(data)
    project(data, "counties", geopandas.read_file(os.path.join(data, "counties.gpkg"))[["code", "geometry"]])
    project(data, "cells", sampled(data))


if __name__ == "__main__":
    main(sys.argv[1])
