#!/usr/bin/env python3
"""Makes the second year of the demo: second_year_landcover.tif and
second_year_workbook.xlsx, from the files of the first.

THE CHANGE IS SYNTHETIC (模拟变化). Nothing was observed; the second year exists to
show accounts over time. The rule, all of it:

    land cover  counted along the rows from the north-western cell,
                every 20th cell of cropland (12)            becomes urban (13)
                every 15th cell of cropland mosaic (14)     becomes mixed forest (5)
                every 25th cell of woody savanna (8)        becomes mixed forest (5)
                every other cell stays what it was
    workbook    SO2, NOx, dust x 0.95, to 0.1 t
                grain output   x 1.02, to 1 t
                grain price    x 1.04, to 1 yuan/t (price level of 2010)

Climate, terrain, NDVI and boundaries are those of the first year. The land cover
keeps grid and reference system, its cells are uncompressed. The workbook needs openpyxl 3.1.5: same version, same bytes.

Usage: make_second_year.py [FOLDER]
"""
import hashlib
import io
import os
import struct
import sys
import zlib
from decimal import ROUND_HALF_EVEN, Decimal

from openpyxl import load_workbook

import make_county_workbook as first

HERE = os.path.dirname(os.path.abspath(__file__))
# (class, every n-th cell of it, new class)
CHANGES = [(12, 20, 13), (14, 15, 5), (8, 25, 5)]
# sheet: column -> (factor, quantum)
FACTORS = {
    "工业源废气": {3: ("0.95", "0.1"), 4: ("0.95", "0.1"), 5: ("0.95", "0.1")},
    "农产品": {3: ("1.02", "1"), 4: ("1.04", "1")},
}
MARK = "模拟数据：第二年由 make_second_year.py 按规则推算，不是统计数据。SYNTHETIC second year, made by a rule; no statistic."


def directory(data):
    """Returns tag -> (place, format, values) of a little-endian TIFF."""
    assert data[:4] == b"II*\0"
    start, = struct.unpack_from("<I", data, 4)
    count, = struct.unpack_from("<H", data, start)
    tags = {}
    for at in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from("<HHI", data, at)
        if kind not in (3, 4):
            continue
        form = "<%d%s" % (number, {3: "H", 4: "I"}[kind])
        place = at + 8 if struct.calcsize(form) <= 4 else struct.unpack_from("<I", data, at + 8)[0]
        tags[tag] = (place, form, struct.unpack_from(form, data, place))
    return tags


def land_cover(data):
    tags = directory(data)
    offsets, lengths = tags[273], tags[279]
    # one band of bytes, deflate, no predictor
    assert [tags[tag][2] for tag in (258, 259, 277)] == [(8,), (8,), (1,)] and tags.get(317, (0, 0, (1,)))[2] == (1,)
    out, seen, placed = bytearray(data), {old: 0 for old, _, _ in CHANGES}, []
    for offset, length in zip(offsets[2], lengths[2]):
        cells = bytearray(zlib.decompress(data[offset:offset + length]))
        for at, code in enumerate(bytes(cells)):
            for old, step, new in CHANGES:
                if code == old:
                    seen[old] += 1
                    if seen[old] % step == 0:
                        cells[at] = new
        placed.append((len(out), len(cells)))
        out += cells
    # The cells stand uncompressed at the end: another zlib would write other bytes.
    struct.pack_into("<H", out, tags[259][0], 1)
    struct.pack_into(offsets[1], out, offsets[0], *(offset for offset, _ in placed))
    struct.pack_into(lengths[1], out, lengths[0], *(length for _, length in placed))
    return bytes(out), {old: seen[old] // step for old, step, _ in CHANGES}


def workbook():
    book = load_workbook(os.path.join(HERE, "county_workbook.xlsx"))
    for name, columns in FACTORS.items():
        page = book[name]
        page["A1"] = page["A1"].value.replace("2019年", "第二年（模拟变化）")
        for row in range(3, page.max_row):
            for column, (factor, quantum) in columns.items():
                cell = page.cell(row, column)
                value = (Decimal(str(cell.value)) * Decimal(factor)).quantize(Decimal(quantum), rounding=ROUND_HALF_EVEN)
                cell.value = int(value) if quantum == "1" else float(value)
        page.cell(page.max_row, 1).value = "注：" + MARK
    page = book["说明"]
    page.cell(page.max_row + 1, 1).value = MARK
    out = io.BytesIO()
    book.save(out)
    return first.stable(out.getvalue())


def main(folder):
    with open(os.path.join(HERE, "zj_landcover_mcd12c1_2019_igbp_0p05.tif"), "rb") as source:
        cover, changed = land_cover(source.read())
    for name, data in (("second_year_landcover.tif", cover), ("second_year_workbook.xlsx", workbook())):
        with open(os.path.join(folder, name), "wb") as out:
            out.write(data)
        print(f"{name}: SHA-256 {hashlib.sha256(data).hexdigest()}")
    print("cells changed, by former class:", changed)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else HERE)
