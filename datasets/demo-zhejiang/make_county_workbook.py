#!/usr/bin/env python3
"""Makes county_workbook.xlsx: the two sheets a county workbook of the demo needs.

ALL NUMBERS ARE SYNTHETIC (模拟数据). No statistic of any county was used: each
number follows from the county's code and from the area of its polygon by the
formulas below, with the fixed seed SEED. They have a plausible size, nothing
more, and say nothing about the county whose name stands beside them.

    noise(code, item) = 0.60 .. 1.40, from SHA-256 of "SEED:code:item"
    district factor   = 2.5 for a district (区), 1.5 for a city (市), 1 for a county (县)
    SO2 (t)    = 0.55 x area (km2) x district factor x noise
    NOx (t)    = 1.60 x ...
    dust (t)   = 0.75 x ...
    grain (t)  = 62   x area (km2) x noise
    price      = 1900 + 300 x noise (元/t, price level of 2010)

The area is that of the polygon on the sphere of equal surface, rounded to 0.1
km2, computed here so that the script needs nothing but openpyxl. The file has
fixed dates and entry times: the same openpyxl writes the same bytes.

Usage: make_county_workbook.py [OUT]
"""
import csv
import datetime
import hashlib
import io
import json
import math
import os
import sys
import zipfile
from decimal import ROUND_HALF_EVEN, Decimal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = "gep-demo-zhejiang-2019"
AUTHALIC_RADIUS_KM = 6371.0072
EMISSIONS = [("二氧化硫排放量（吨）", "so2", Decimal("0.55")), ("氮氧化物排放量（吨）", "nox", Decimal("1.60")),
             ("颗粒物排放量（吨）", "dust", Decimal("0.75"))]
MARK = "模拟数据"


def ring_area(ring):
    total = 0.0
    for (x0, y0), (x1, y1) in zip(ring, ring[1:]):
        total += math.radians(x1 - x0) * (math.sin(math.radians(y0)) + math.sin(math.radians(y1))) / 2
    return abs(total) * AUTHALIC_RADIUS_KM**2


def county_areas():
    with open(os.path.join(HERE, "zj_counties_cgcs2000.geojson"), encoding="utf-8") as source:
        features = json.load(source)["features"]
    areas = {}
    for feature in features:
        polygons = feature["geometry"]["coordinates"]
        if feature["geometry"]["type"] == "Polygon":
            polygons = [polygons]
        area = sum(ring_area(rings[0]) - sum(map(ring_area, rings[1:])) for rings in polygons)
        areas[feature["properties"]["adcode"]] = Decimal(area).quantize(Decimal("0.1"))
    return areas


def noise(code, item):
    digest = hashlib.sha256(f"{SEED}:{code}:{item}".encode()).digest()
    return Decimal("0.60") + Decimal(int.from_bytes(digest[:4], "big") % 801) / 1000


def rounded(value, quantum):
    return value.quantize(Decimal(quantum), rounding=ROUND_HALF_EVEN)


def sheet(book, name, title, headers, rows, note):
    page = book.create_sheet(name)
    page.append([title])
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(headers))
    page["A1"].font = Font(bold=True, size=14)
    page["A1"].alignment = Alignment(horizontal="center")
    page.append(headers)
    for cell in page[2]:
        cell.font = Font(bold=True)
    for row in rows:
        page.append(row)
        page.cell(page.max_row, 1).number_format = "@"
    page.append([note])
    page.merge_cells(start_row=page.max_row, start_column=1, end_row=page.max_row, end_column=len(headers))
    page.freeze_panes = "A3"
    for column, width in zip("ABCDE", (16, 20, 24, 24, 22)):
        page.column_dimensions[column].width = width


def stable(data):
    """Returns the workbook with fixed entry times, in the order openpyxl wrote them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            text = old.read(name)
            if name == "docProps/core.xml":          # openpyxl stamps the time of saving
                head, rest = text.split(b"<dcterms:modified", 1)
                tag, rest = rest.split(b">", 1)
                text = head + b"<dcterms:modified" + tag + b">2020-01-01T00:00:00Z" + rest[rest.index(b"</dcterms:modified>"):]
            new.writestr(entry, text)
    return out.getvalue()


def main(target):
    with open(os.path.join(HERE, "regions.csv"), encoding="utf-8") as source:
        counties = [row for row in csv.DictReader(source) if row["level"] == "county"]
    areas = county_areas()
    assert sorted(areas) == [county["code"] for county in counties]
    factor = {"区": Decimal("2.5"), "市": Decimal("1.5"), "县": Decimal("1")}

    book = Workbook()
    book.properties.creator = "gep demo"
    book.properties.created = book.properties.modified = datetime.datetime(2020, 1, 1)
    page = book.active
    page.title = "说明"
    for line in (
            f"{MARK}：本工作簿中的全部数字均为模拟数据，不是任何县（市、区）的统计数据，不得引用。",
            "SYNTHETIC DATA: every number in this workbook is made up. None is a statistic of any county. Do not cite.",
            f"生成方法：由行政区划代码、面要素面积按公式推算，扰动因子为0.60—1.40，固定种子“{SEED}”，见 make_county_workbook.py。",
            f"Made by make_county_workbook.py from the county code and the area of its polygon, with a factor of 0.60 to 1.40 and the fixed seed {SEED}.",
            "污染物排放量（吨）＝系数×面积（平方千米）×类型系数（区2.5、市1.5、县1）×扰动因子；系数：二氧化硫0.55，氮氧化物1.60，颗粒物0.75。",
            "粮食产量（吨）＝62×面积（平方千米）×扰动因子；粮食单价（元/吨，2010年价）＝1900＋300×扰动因子。",
            "表：工业源废气、农产品。每表第一行为表题，第二行为表头（含计量单位），末行为注。",
            "Sheets: 工业源废气 (industrial emissions to air), 农产品 (crops). Title in row 1, headers with units in row 2, a note in the last row."):
        page.append([line])
    page["A1"].font = Font(bold=True)
    page["A2"].font = Font(bold=True)
    page.column_dimensions["A"].width = 110

    emissions, crops = [], []
    for county in counties:
        code, name = county["code"], county["name_zh"]
        scale = areas[code] * factor[name[-1]]
        emissions.append([code, name] + [float(rounded(k * scale * noise(code, item), "0.1")) for _, item, k in EMISSIONS])
        crops.append([code, name, int(rounded(62 * areas[code] * noise(code, "grain"), "1")),
                      int(rounded(1900 + 300 * noise(code, "price"), "1"))])
    note = f"注：{MARK}，由固定种子按公式生成，不是统计数据。Note: synthetic data, not statistics."
    sheet(book, "工业源废气", f"2019年浙江省各县（市、区）工业源废气污染物排放量（{MARK}）",
          ["行政区划代码", "区县"] + [header for header, _, _ in EMISSIONS], emissions, note)
    sheet(book, "农产品", f"2019年浙江省各县（市、区）粮食产量与单价（{MARK}）",
          ["代码", "区县", "粮食产量（吨）", "粮食单价（元/吨，2010年价）"], crops, note)
    data = io.BytesIO()
    book.save(data)
    with open(target, "wb") as out:
        out.write(stable(data.getvalue()))
    print(f"{target}: {len(emissions)} counties, SHA-256 {hashlib.sha256(stable(data.getvalue())).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "county_workbook.xlsx"))
