#!/usr/bin/env python3
"""Makes indicators_workbook.xlsx: sheets for the remaining indicators of the land profiles.

ALL NUMBERS ARE SYNTHETIC (模拟数据), made as in make_county_workbook.py: from the
county's code and the area of its polygon, with the same fixed seed. They have a
plausible size, nothing more. zj-demo reads none of them.

Every column of SHEETS below is one of

    ("area",     k, digits)  k x area (km2) x noise
    ("settled",  k, digits)  the same x district factor
    ("coast",    k, digits)  k x area x noise in the cities of COASTAL, else 0
    ("flat",     k, digits)  k x noise
    ("same",     k, digits)  k

Money is at the price level of 2010. Costs that no readable source prints (a km of
seawall, a noise barrier, the running of a reservoir) are made up like all the rest.

Usage: make_indicators_workbook.py [OUT]
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

from make_county_workbook import HERE, MARK, county_areas, noise, rounded, sheet, stable

# Cities whose counties are given a coast: Ningbo, Wenzhou, Jiaxing, Zhoushan, Taizhou.
COASTAL = ("330200", "330300", "330400", "330900", "331000")
FACTOR = {"区": Decimal("2.5"), "市": Decimal("1.5"), "县": Decimal("1")}

SHEETS = [
    ("水利水电", "用水、水电、洪水调蓄与水价", [
        ("生活用水量（立方米）", "water_domestic", "settled", "26000", "1"),
        ("工业用水量（立方米）", "water_industrial", "settled", "24000", "1"),
        ("农业用水量（立方米）", "water_agricultural", "area", "70000", "1"),
        ("水力发电量（千瓦时）", "hydropower", "area", "180000", "1"),
        ("湖泊调蓄量（立方米）", "storage_lake", "area", "5000", "1"),
        ("水库调蓄量（立方米）", "storage_reservoir", "area", "60000", "1"),
        ("沼泽调蓄量（立方米）", "storage_marsh", "area", "2000", "1"),
        ("年暴雨量（毫米）", "storm_rain", "flat", "350", "0.1"),
        ("单位库容年运营成本（元/立方米，2010年价）", "operating_cost", "flat", "0.12", "0.01"),
        ("综合水价（元/立方米，2010年价）", "water_tariff", "same", "1.8", "0.01"),
    ]),
    ("海岸与防沙", "海岸线、海堤成本与固沙量", [
        ("红树林岸线（千米）", "coast_mangrove", "coast", "0.001", "0.01"),
        ("盐沼岸线（千米）", "coast_salt_marsh", "coast", "0.010", "0.01"),
        ("珊瑚礁岸线（千米）", "coast_coral_reef", "coast", "0", "0.01"),
        ("自然岸线（千米）", "coast_natural_shore", "coast", "0.040", "0.01"),
        ("人工岸线（千米）", "coast_artificial_dyke", "coast", "0.030", "0.01"),
        ("海堤年均成本（元/(千米·年)，2010年价）", "seawall", "flat", "300000", "1"),
        ("固沙量（吨）", "fixed_sand", "area", "2", "0.1"),
    ]),
    ("林草", "负氧离子、病虫害控制与物种保育", [
        ("负氧离子浓度（个/立方厘米）", "ions", "flat", "900", "1"),
        ("林分平均高（米）", "canopy_height", "flat", "9", "0.1"),
        ("病虫害自然控制比例（%）", "pest_share", "flat", "60", "0.1"),
        ("指数小于1的生境面积（公顷）", "habitat_below_1", "area", "2", "0.1"),
        ("指数1至2的生境面积（公顷）", "habitat_1", "area", "8", "0.1"),
        ("指数2至3的生境面积（公顷）", "habitat_2", "area", "15", "0.1"),
        ("指数3至4的生境面积（公顷）", "habitat_3", "area", "12", "0.1"),
        ("指数4至5的生境面积（公顷）", "habitat_4", "area", "5", "0.1"),
        ("指数5至6的生境面积（公顷）", "habitat_5", "area", "1", "0.1"),
        ("指数6以上的生境面积（公顷）", "habitat_6", "area", "0.2", "0.1"),
    ]),
    ("噪声与休闲", "降噪绿化带、公园游憩与景观增值", [
        ("道路绿化带长度（千米）", "green_belt", "settled", "0.2", "0.1"),
        ("绿化带降噪量（分贝）", "attenuation", "flat", "2.5", "0.1"),
        ("声屏障年均成本（元/(分贝·千米·年)，2010年价）", "barrier", "flat", "20000", "1"),
        ("公园游憩人次（人次）", "park_visits", "settled", "6000", "1"),
        ("人均游憩时长（小时/人）", "park_hours", "flat", "1.5", "0.1"),
        ("小时工资（元/小时，2010年价）", "wage", "flat", "16", "0.1"),
        ("住宅交易额（元，2010年价）", "housing", "settled", "1500000", "1"),
        ("酒店客房收入（元，2010年价）", "hotel", "settled", "80000", "1"),
        ("住宅景观溢价率（%）", "housing_premium", "flat", "2", "0.1"),
        ("酒店景观溢价率（%）", "hotel_premium", "flat", "8", "0.1"),
    ]),
    ("外来产品", "产品中来自区域外的比例", [
        ("农业外来比例（%）", "outside_farm", "flat", "1", "0.1"),
        ("林业外来比例（%）", "outside_forest", "flat", "2", "0.1"),
        ("牧业外来比例（%）", "outside_livestock", "flat", "40", "0.1"),
        ("渔业外来比例（%）", "outside_fishery", "flat", "20", "0.1"),
    ]),
]


def number(county, area, item, kind, factor, quantum):
    value = Decimal(factor)
    if kind != "same":
        value *= noise(county["code"], item)
    if kind in ("area", "settled", "coast"):
        value *= area
    if kind == "settled":
        value *= FACTOR[county["name_zh"][-1]]
    if kind == "coast" and county["parent"] not in COASTAL:
        value = Decimal(0)
    value = rounded(value, quantum)
    return int(value) if quantum == "1" else float(value)


def main(target):
    with open(os.path.join(HERE, "regions.csv"), encoding="utf-8") as source:
        counties = [row for row in csv.DictReader(source) if row["level"] == "county"]
    areas = county_areas()
    book = Workbook()
    book.properties.creator = "gep demo"
    book.properties.created = book.properties.modified = datetime.datetime(2020, 1, 1)
    page = book.active
    page.title = "说明"
    for line in (
            f"{MARK}：本工作簿中的全部数字均为模拟数据，不是任何县（市、区）的统计数据，不得引用。",
            "SYNTHETIC DATA: every number in this workbook is made up. None is a statistic of any county. Do not cite.",
            "生成方法：由行政区划代码、面要素面积按公式推算，公式见 make_indicators_workbook.py。",
            "The formulas stand at the top of make_indicators_workbook.py."):
        page.append([line])
    page["A1"].font = page["A2"].font = Font(bold=True)
    page.column_dimensions["A"].width = 110
    note = f"注：{MARK}，由固定种子按公式生成，不是统计数据。Note: synthetic data, not statistics."
    for name, about, columns in SHEETS:
        rows = [[county["code"], county["name_zh"]]
                + [number(county, areas[county["code"]], *column[1:]) for column in columns]
                for county in counties]
        headers = ["代码", "区县"] + [column[0] for column in columns]
        sheet(book, name, f"浙江省各县（市、区）{about}（{MARK}）", headers, rows, note)
    data = io.BytesIO()
    book.save(data)
    content = stable(data.getvalue())
    with open(target, "wb") as out:
        out.write(content)
    print(f"{target}: {len(counties)} counties, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "indicators_workbook.xlsx"))
