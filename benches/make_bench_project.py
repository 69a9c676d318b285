#!/usr/bin/env python3
"""Make the project and methodology of the fused benchmark beside a bench data set.

Three services over seven layers, with the laws and made-up coefficients of
numpy_reference.py: production (a plain sum), water retention and soil retention.
The coefficients are for timing only; they never leave the bench folder.

Usage: make_bench_project.py DATA_DIR   (made by make_bench_data.py)
Writes DATA_DIR/project/gep.toml, links to the layers, and DATA_DIR/methodology.
"""
import os
import shutil
import sys

import geopandas

ALPHA = {11: .30, 12: .25, 13: .20, 21: .05, 22: .06, 23: .055, 24: .06, 25: .10, 31: .12, 43: .15,
         51: .75, 52: .50, 53: .80, 61: .40, 62: .60}
CODES = [11, 12, 13, 21, 22, 23, 24, 25, 31, 41, 42, 43, 44, 45, 51, 52, 53, 61, 62]
LAYERS = {"npp": ("bench_npp", "g[C]/m2"), "precip": ("bench_rain", "mm"), "aet": ("bench_aet", "mm"),
          "r": ("bench_erosivity", "MJ*mm/(ha*h*a)"), "k": ("bench_erodibility", "t[soil]*ha*h/(ha*MJ*mm)"),
          "ls": ("bench_topography", "1")}


def both(text):
    return f'{{ zh = "{text}", en = "{text}" }}'


def method(root, name, inputs, parameters, formula, unit, rate, examples):
    folder = os.path.join(root, "methods", "bench")
    os.makedirs(folder, exist_ok=True)
    lines = ["[method]", f'id = "bench.{name}"', f"title = {both(name)}",
             'source = { document = "bench", clause = "numpy_reference.py" }', "", "[inputs]"]
    lines += [f'{key} = {{ layer = "{layer}", unit = "{u}", domain = "cell" }}' for key, layer, u in inputs]
    if parameters:
        lines += ["", "[parameters]"]
        lines += [f'{key} = {{ table = "tables/{table}.csv", unit = "1", domain = "class" }}' for key, table in parameters]
    lines += ["", "[formula]", f'quantity = "{formula}"', "", "[outputs]",
              f'quantity = {{ unit = "{unit}", quantum = "0.001", kind = "physical", range = [-1e15, 1e15] }}',
              "", "[total]", f'quantum = ["{rate}"]', 'missing = "propagate"']
    for title, given, expect in examples:
        lines += ["", "[[example]]", f'name = "{title}"', 'class = "bench_21"', 'area = "1 ha"',
                  f"given = {given}", f"expect = {{ quantity = {expect} }}", 'by = "hand"', 'working = "timing only"']
    with open(os.path.join(folder, name + ".toml"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def table(root, name, values):
    with open(os.path.join(root, "tables", name + ".csv"), "w", encoding="utf-8") as file:
        file.write("class,value,unit,status,source,clause,price_year,note\n")
        for code in CODES:
            file.write(f"bench_{code},{values(code)},1,provisional,bench,made up,,\n")


def methodology(root, cp):
    with open(os.path.join(root, "classes.toml"), "a", encoding="utf-8") as file:
        for code in CODES:
            file.write(f'\n[[class]]\nid = "bench_{code}"\ngroup = "forest"\ntitle = {both(f"bench {code}")}\n')
    with open(os.path.join(root, "sources.toml"), "a", encoding="utf-8") as file:
        file.write(f'\n[[source]]\nid = "bench"\nkind = "data"\ntitle = {both("bench")}\n')
    with open(os.path.join(root, "quantities.toml"), "a", encoding="utf-8") as file:
        for name, unit in LAYERS.values():
            file.write(f'\n[[quantity]]\nid = "{name}"\nkind = "layer"\nunit = "{unit}"\ndomain = "cell"\ntitle = {both(name)}\n')
    with open(os.path.join(root, "crosswalks", "bench.csv"), "w", encoding="utf-8") as file:
        file.write("code,class,source,clause,note\n")
        for code in CODES:
            file.write(f"{code},bench_{code},bench,made up,\n")
    table(root, "bench-alpha", lambda code: ALPHA.get(code, 1))
    table(root, "bench-cover-practice", lambda code: cp[code])
    missing = '{ %s }'
    method(root, "production", [("npp", "bench_npp", "g[C]/m2")], [], "total(npp)", "t[C]", "0.1 g[C]/m2",
           [("one hectare", missing % "npp = 500", 5), ("nothing", missing % "npp = 0", 0)])
    method(root, "water", [("rain", "bench_rain", "mm"), ("aet", "bench_aet", "mm")],
           [("alpha", "bench-alpha")], "total(max(rain * (1 - alpha) - aet, 0 [mm]))", "m3", "0.001 mm",
           [("one hectare", missing % "rain = 1000, aet = 500", 4500), ("dry", missing % "rain = 100, aet = 500", 0)])
    method(root, "soil", [("r", "bench_erosivity", "MJ*mm/(ha*h*a)"),
                          ("k", "bench_erodibility", "t[soil]*ha*h/(ha*MJ*mm)"), ("ls", "bench_topography", "1")],
           [("cp", "bench-cover-practice")], "total(r * k * ls * (1 - cp)) * 1 [a]", "t[soil]",
           "0.0001 t[soil]/(ha*a)",
           [("one hectare", missing % "r = 1000, k = 0.1, ls = 1", 1000 * 0.1 * (1 - cp[21])), ("flat", missing % "r = 1000, k = 0.1, ls = 0", 0)])
    head = ["[profile]", 'id = "bench"', f"title = {both('bench')}",
            'source = { document = "bench", clause = "timing" }', "official = false", "price_year = 2010",
            'crosswalk = "bench"', 'coverage_floor = "0.5"', "layers = []"]
    for name in ("production", "water", "soil"):
        head += ["", "[[indicator]]", f'id = "bench_{name}"', f"title = {both(name)}", 'group = "regulating"',
                 'state = "provisional"', f'methods = ["bench.{name}"]', f"note = {both('timing only')}"]
    with open(os.path.join(root, "profiles", "bench.toml"), "w", encoding="utf-8") as file:
        file.write("\n".join(head) + "\n")


def project(folder, data):
    os.makedirs(folder, exist_ok=True)
    for name in ["lc_2020.tif", "counties.gpkg"] + [layer + ".tif" for layer in LAYERS]:
        target = os.path.join(folder, name)
        if not os.path.exists(target):
            os.link(os.path.join(data, name), target)
    zones = geopandas.read_file(os.path.join(data, "counties.gpkg"))
    with open(os.path.join(folder, "regions.csv"), "w", encoding="utf-8") as file:
        file.write("code,level,name_zh,name_en,parent\n330000,province,合成省,Synth,\n")
        for city in sorted({code[:4] for code in zones["code"]}):
            file.write(f"{city}00,city,合成市{city},Synth {city},330000\n")
        for row in zones.itertuples():
            file.write(f"{row.code},county,{row.name_zh},{row.name_en},{row.code[:4]}00\n")
    lines = ["[project]", f"title = {both('bench')}", 'year = "2020"', 'profile = "bench"',
             'boundary_version = "bench"', 'regions = "regions.csv"', "", "[rasters.classes]",
             'path = "lc_2020.tif"', "nodata = 0"]
    for layer, (name, unit) in LAYERS.items():
        lines += ["", f"[rasters.layers.{name}]", f'path = "{layer}.tif"', f'unit = "{unit}"']
    lines += ["", "[vectors.zones]", 'path = "counties.gpkg"', 'id = "code"']
    with open(os.path.join(folder, "gep.toml"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main(data):
    import csv
    with open(os.path.join(data, "sdr_biophysical.csv"), encoding="utf-8") as file:
        rows = csv.DictReader(file)
        cp = {int(row["lucode"]): round(float(row["usle_c"]) * float(row["usle_p"]), 9) for row in rows}
    root = os.path.join(data, "methodology")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(os.path.join(os.path.dirname(__file__), "..", "methodology"), root)
    methodology(root, cp)
    project(os.path.join(data, "project"), data)


if __name__ == "__main__":
    main(sys.argv[1])
