#!/usr/bin/env python3
"""Makes services_workbook.xlsx: three sheets that profiles beside zj-demo read.

ALL NUMBERS ARE SYNTHETIC (模拟数据), made as in make_county_workbook.py: from the
county's code and the area of its polygon, with the same fixed seed. They have a
plausible size, nothing more.

    gross output (yuan, price level of 2010) = k x area (km2) x noise
        k = 1,000,000 farming, 130,000 forestry, 450,000 husbandry, 520,000 fishery
    intermediate consumption = 0.35 x gross output x noise
    labour cost              = 0.25 x gross output x noise
    fixed capital cost       = 0.08 x gross output x noise
    COD (t) = 4.50 x area x district factor x noise, ammonia nitrogen (t) = 0.35 x ...
    visits  = 3,000 x area x noise
    a visit's expense = 400 x noise, time = 100 x noise, surplus = 150 x noise (yuan)

Usage: make_services_workbook.py [OUT]
"""
import csv
import datetime
import hashlib
import io
import os
import sys
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Font

from make_county_workbook import HERE, MARK, SEED, county_areas, noise, rounded, sheet, stable

PRODUCTS = [("农业", "farm", 1_000_000), ("林业", "forest", 130_000),
            ("牧业", "livestock", 450_000), ("渔业", "fishery", 520_000)]
COSTS = [("中间消耗", "intermediate", Decimal("0.35")), ("劳动成本", "labour", Decimal("0.25")),
         ("固定资本成本", "capital", Decimal("0.08"))]
POLLUTANTS = [("化学需氧量（吨）", "cod", Decimal("4.50")), ("氨氮（吨）", "ammonia", Decimal("0.35"))]
VISIT = [("人均旅行花费（元/人，2010年价）", "expense", 400), ("人均时间成本（元/人，2010年价）", "time", 100),
         ("人均消费者剩余（元/人，2010年价）", "surplus", 150)]


def main(target):
    with open(os.path.join(HERE, "regions.csv"), encoding="utf-8") as source:
        counties = [row for row in csv.DictReader(source) if row["level"] == "county"]
    areas = county_areas()
    factor = {"区": Decimal("2.5"), "市": Decimal("1.5"), "县": Decimal("1")}

    book = Workbook()
    book.properties.creator = "gep demo"
    book.properties.created = book.properties.modified = datetime.datetime(2020, 1, 1)
    page = book.active
    page.title = "说明"
    for line in (
            f"{MARK}：本工作簿中的全部数字均为模拟数据，不是任何县（市、区）的统计数据，不得引用。",
            "SYNTHETIC DATA: every number in this workbook is made up. None is a statistic of any county. Do not cite.",
            f"生成方法：由行政区划代码、面要素面积按公式推算，固定种子“{SEED}”，公式见 make_services_workbook.py。",
            "The formulas stand at the top of make_services_workbook.py."):
        page.append([line])
    page["A1"].font = page["A2"].font = Font(bold=True)
    page.column_dimensions["A"].width = 110

    output, discharges, visits = [], [], []
    for county in counties:
        code, name = county["code"], county["name_zh"]
        area = areas[code]
        gross = [rounded(k * area * noise(code, f"gross-{item}"), "1") for _, item, k in PRODUCTS]
        row = [code, name] + [int(value) for value in gross]
        for _, cost, share in COSTS:
            row += [int(rounded(share * value * noise(code, f"{cost}-{item}"), "1"))
                    for (_, item, _), value in zip(PRODUCTS, gross)]
        output.append(row)
        scale = area * factor[name[-1]]
        discharges.append([code, name] + [float(rounded(k * scale * noise(code, item), "0.1")) for _, item, k in POLLUTANTS])
        visits.append([code, name, int(rounded(3000 * area * noise(code, "visits"), "1"))]
                      + [int(rounded(k * noise(code, item), "1")) for _, item, k in VISIT])
    note = f"注：{MARK}，由固定种子按公式生成，不是统计数据。Note: synthetic data, not statistics."
    headers = ["代码", "区县"]
    for what in ["总产值"] + [cost for cost, _, _ in COSTS]:
        headers += [f"{product}{what}（元，2010年价）" for product, _, _ in PRODUCTS]
    sheet(book, "农林牧渔业", f"浙江省各县（市、区）农林牧渔业产值与成本（{MARK}）", headers, output, note)
    sheet(book, "废水污染物", f"浙江省各县（市、区）废水污染物排放量（{MARK}）",
          ["代码", "区县"] + [header for header, _, _ in POLLUTANTS], discharges, note)
    sheet(book, "旅游", f"浙江省各县（市、区）自然景观旅游（{MARK}）",
          ["代码", "区县", "游客人次（人次）"] + [header for header, _, _ in VISIT], visits, note)
    data = io.BytesIO()
    book.save(data)
    content = stable(data.getvalue())
    with open(target, "wb") as out:
        out.write(content)
    print(f"{target}: {len(output)} counties, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "services_workbook.xlsx"))
