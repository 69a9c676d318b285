#!/usr/bin/env python3
"""Makes the sea example: sea_zones.geojson, sea_coast.geojson, sea_ecosystems.tif,
sea_regions.csv and sea_workbook.xlsx, read by gep-sea.toml.

ALL OF IT IS SYNTHETIC (模拟数据) but the coast: the landward side of each zone is a run
of corners of zj_counties_cgcs2000.geojson, unchanged, so that land and sea meet on one
line. Seaward sides are drawn by hand and are no boundary of anybody's waters. Types of
coast segments, ecosystems, and every number of the workbook are made up; they have a
plausible size, nothing more.

Zones      sea:330482 off Pinghu (Hangzhou Bay), sea:331081 off Wenling (Taizhou),
           sea:331083 off Yuhuan (Taizhou).
Segments   seven, along the same corners; the last goes on beyond the last zone, so that
           some coast lies in no zone.
Raster     0.01 degree, EPSG:4490, from 121 E, 30.75 N; 0 no data, 1 sea water, 2 mangrove,
           3 salt marsh, 4 seagrass, 5 tidal flat. A cell is of a coastal type if its middle
           lies within 0.015 degree of a corner of that segment (mangrove C02, salt marsh
           C05, tidal flat C07), seagrass in a rectangle off Wenling, else sea water within
           0.05 degree of a zone's bounding box.

Usage: make_sea_example.py [FOLDER]      needs: openpyxl 3.1.5 (same version, same bytes)
"""
import csv
import datetime
import hashlib
import io
import json
import os
import struct
import sys

from openpyxl import Workbook
from openpyxl.styles import Font

from make_county_workbook import HERE, MARK, sheet, stable

CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
WEST, NORTH, CELL, COLUMNS, ROWS = 121.0, 30.75, 0.01, 72, 280

# Zone: name, city, county whose corners it shares (index of first and last), seaward corners.
ZONES = [
    ("sea:330482", "平湖海域", "Pinghu waters", "330400", "330482", (0, 6), [(121.10, 30.50), (121.30, 30.55)]),
    ("sea:331081", "温岭海域", "Wenling waters", "331000", "331081", (32, 43), [(121.48, 28.20), (121.66, 28.20)]),
    ("sea:331083", "玉环海域", "Yuhuan waters", "331000", "331083", (7, 15), [(121.30, 28.00), (121.48, 28.08), (121.48, 28.20)]),
]
# Segment: id, type, county, corners, further corners.
SEGMENTS = [
    ("C01", "natural_shore", "331083", (7, 9), []),
    ("C02", "mangrove", "331083", (9, 12), []),
    ("C03", "artificial_dyke", "331083", (12, 15), []),
    ("C04", "natural_shore", "331081", (32, 36), []),
    ("C05", "salt_marsh", "331081", (36, 43), []),
    ("C06", "artificial_dyke", "330482", (0, 3), []),
    ("C07", "natural_shore", "330482", (3, 6), [(121.060731, 30.585422)]),
]
# Sheet, header (unit as printed), and one number for each zone in the order above.
NOTE = f"注：{MARK}，不是统计数据。Note: synthetic data, not statistics."
SHEETS = [
    ("海洋渔业", ["捕捞产量（吨）", "养殖产量（吨）", "捕捞单价（元/吨，2010年价）", "养殖单价（元/吨，2010年价）",
               "大型藻类干重（吨）", "贝类软体组织含碳（吨）", "贝壳含碳（吨）"],
     [[1850, 640.5, 11200, 8300, 12, 41.5, 350], [9320, 2875, 11900, 9100, 460, 96, 815], [7410.5, 3390, 11750, 8950, 385.5, 120.5, 990]]),
    ("海洋环境", ["登记海域面积（平方千米）", "登记岸线长度（千米）", "初级生产力（毫克/(平方米·日)）", "红树林埋藏速率（克/(平方米·年)）",
               "盐沼埋藏速率（克/(平方米·年)）", "海草床埋藏速率（克/(平方米·年)）", "化学需氧量（吨）", "总氮（吨）", "总磷（吨）", "水面蒸发量（立方米）"],
     [[None] * 2 + [210, None, None, None, 5210, 940.5, 61, 120000],
      [None] * 2 + [265.5, None, 145, 52, 3180.5, 410, 33.5, 95000],
      [None] * 2 + [280, 190.5, 131, None, 2440, 365.5, 28, 88000]]),
    ("滨海旅游与海堤", ["游客人次（人次）", "人均旅行花费（元/人，2010年价）", "人均时间成本（元/人，2010年价）", "人均消费者剩余（元/人，2010年价）",
                   "海堤年成本（元/(千米·年)，2010年价）", "海景房面积（平方米）", "海景年溢价（元/(平方米·年)，2010年价）"],
     [[310000, 385, 92, 140, 520000, 145000, 11.5], [655000, 420, 105, 155, 480000, 238000, 14], [720500, 415, 98, 162, 495000, 196500, 16.5]]),
]
# Registered area and coast: what a register would say, near what the polygons give.
REGISTERED = {"sea:330482": (256.5, 22.9), "sea:331081": (215.0, 35.6), "sea:331083": (321.7, 33.9)}


def corners():
    with open(os.path.join(HERE, "zj_counties_cgcs2000.geojson"), encoding="utf-8") as source:
        features = json.load(source)["features"]
    rings = {}
    for feature in features:
        shape = feature["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        longest = max(parts, key=lambda part: len(part[0]))
        rings[feature["properties"]["adcode"]] = [tuple(point) for point in longest[0]]
    return rings


def collection(features):
    lines = ['{"type": "FeatureCollection", "crs": ' + json.dumps(CRS) + ', "features": [']
    for at, (properties, kind, coordinates) in enumerate(features):
        feature = {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}
        lines.append(json.dumps(feature, ensure_ascii=False) + ("," if at + 1 < len(features) else ""))
    return ("\n".join(lines + ["]}"]) + "\n").encode()


def run(rings, county, ends, more):
    first, last = ends
    return [list(point) for point in rings[county][first:last + 1] + more]


def raster(zones, segments):
    near = {2: segments["C02"], 3: segments["C05"], 5: segments["C07"]}
    boxes = [(min(x for x, _ in ring), max(x for x, _ in ring), min(y for _, y in ring), max(y for _, y in ring))
             for ring in zones]
    cells = bytearray()
    for row in range(ROWS):
        for column in range(COLUMNS):
            x, y = WEST + (column + 0.5) * CELL, NORTH - (row + 0.5) * CELL
            value = 0
            if any(w - 0.05 < x < e + 0.05 and s - 0.05 < y < n + 0.05 for w, e, s, n in boxes):
                value = 1
            if 121.50 < x < 121.54 and 28.26 < y < 28.29:
                value = 4
            for code, points in near.items():
                if any((x - px) ** 2 + (y - py) ** 2 < 0.015 ** 2 for px, py in points):
                    value = code
            cells.append(value)
    return bytes(cells)


def geotiff(cells):
    """A plain GeoTIFF: one strip of bytes, EPSG:4490, nodata 0."""
    keys = struct.pack("<16H", 1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4490)
    scale = struct.pack("<3d", CELL, CELL, 0)
    tie = struct.pack("<6d", 0, 0, 0, WEST, NORTH, 0)
    tags = [(256, 3, 1, COLUMNS), (257, 3, 1, ROWS), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, "strip"), (277, 3, 1, 1), (278, 3, 1, ROWS), (279, 4, 1, len(cells)),
            (33550, 12, 3, scale), (33922, 12, 6, tie), (34735, 3, 16, keys), (42113, 2, 2, b"0\0")]
    start = 8
    directory = 2 + 12 * len(tags) + 4
    place = start + directory
    data, entries = b"", b""
    for tag, kind, count, value in tags:
        if isinstance(value, bytes) and len(value) > 4:
            entries += struct.pack("<HHII", tag, kind, count, place + len(data))
            data += value
        elif isinstance(value, bytes):
            entries += struct.pack("<HHI4s", tag, kind, count, value)
        elif value == "strip":
            entries += struct.pack("<HHII", tag, kind, count, place + len(scale + tie + keys))
        else:
            entries += struct.pack("<HHII", tag, kind, count, value)
    return struct.pack("<2sHI", b"II", 42, start) + struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0) + data + cells


def workbook():
    book = Workbook()
    book.properties.creator = "gep demo"
    book.properties.created = book.properties.modified = datetime.datetime(2020, 1, 1)
    page = book.active
    page.title = "说明"
    for line in (f"{MARK}：本工作簿中的全部数字均为模拟数据，不是任何海域的统计数据，不得引用。",
                 "SYNTHETIC DATA: every number in this workbook is made up. None is a statistic of any waters. Do not cite.",
                 "生成方法见 make_sea_example.py。 How it was made: make_sea_example.py."):
        page.append([line])
    page["A1"].font = page["A2"].font = Font(bold=True)
    page.column_dimensions["A"].width = 110
    for name, headers, rows in SHEETS:
        table = []
        for zone, numbers in zip(ZONES, rows):
            numbers = list(numbers)
            if name == "海洋环境":
                numbers[:2] = REGISTERED[zone[0]]
            table.append([zone[0], zone[1]] + numbers)
        sheet(book, name, f"浙江省部分海域{name}（{MARK}）", ["海域代码", "海域"] + headers, table, NOTE)
    data = io.BytesIO()
    book.save(data)
    return stable(data.getvalue())


def regions():
    with open(os.path.join(HERE, "regions.csv"), encoding="utf-8", newline="") as source:
        text = source.read()
    more = "".join(f"{code},sea,{zh},{en},{city}\n" for code, zh, en, city, *_ in ZONES)
    return (text.rstrip("\n") + "\n" + more).encode()


def main(folder):
    rings = corners()
    zones, shapes = [], []
    for code, zh, _, _, county, ends, seaward in ZONES:
        ring = run(rings, county, ends, seaward)
        shapes.append(ring)
        zones.append(({"code": code, "name": f"{zh}（{MARK}）"}, "Polygon", [ring + ring[:1]]))
    coast, segments = [], {}
    for code, kind, county, ends, more in SEGMENTS:
        segments[code] = run(rings, county, ends, more)
        coast.append(({"id": code, "type": kind, "note": MARK}, "LineString", segments[code]))
    files = {
        "sea_zones.geojson": collection(zones),
        "sea_coast.geojson": collection(coast),
        "sea_ecosystems.tif": geotiff(raster(shapes, segments)),
        "sea_regions.csv": regions(),
        "sea_workbook.xlsx": workbook(),
    }
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(content)
        print(f"{hashlib.sha256(content).hexdigest()}  {name}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else HERE)
