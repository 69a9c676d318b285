#!/usr/bin/env python3
"""Makes land_sea.geojson from zj_ocean_mask_30s.tif: the cells of the mask as
two multipolygons, `land` (0, inland water included) and `sea` (1).

The rings run along the cell edges, so the two features cover the extent of the
mask exactly once. A ring that would touch itself at a corner is split there:
every ring is simple, and every edge belongs to exactly one ring of each side.

The origin of the mask is 117.904166666... E, 31.295833333... N and its cell is
1/120 degree, so every cell edge is an odd multiple of 1/240 degree. The
coordinates are computed from these integers, not from the rounded numbers in
the file's header, and written with ten decimals (error at most 5e-11 degree).

Usage: make_land_sea.py [OUT]      needs: numpy, rasterio; shapely to check
"""
import json
import os
import sys

import numpy as np
import rasterio

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = 240                      # cell edges are integers in 1/240 degree
WEST, NORTH = 28297, 7511        # 117.9041666 E, 31.2958333 N
CELL = 2


def read_mask():
    with rasterio.open(os.path.join(HERE, "zj_ocean_mask_30s.tif")) as source:
        transform = source.transform
        assert abs(transform.a - 1 / 120) < 1e-12 and abs(transform.e + 1 / 120) < 1e-12
        assert abs(transform.c - WEST / STEPS) < 1e-9 and abs(transform.f - NORTH / STEPS) < 1e-9
        mask = source.read(1)
    assert set(np.unique(mask)) <= {0, 1}, "the mask holds other values than 0 and 1"
    return mask


def components(mask, value):
    """Yields the sets of cells joined by edges, in order of their first cell."""
    rows, columns = mask.shape
    seen = mask != value
    for row in range(rows):
        for column in range(columns):
            if seen[row, column]:
                continue
            seen[row, column] = True
            stack, cells = [(row, column)], []
            while stack:
                r, c = stack.pop()
                cells.append((r, c))
                for a, b in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                    if 0 <= a < rows and 0 <= b < columns and not seen[a, b]:
                        seen[a, b] = True
                        stack.append((a, b))
            yield set(cells)


def rings(cells):
    """Returns the simple rings round a component, cells to the left (x right, y down:
    outer rings run counter-clockwise on the map)."""
    following = {}
    for r, c in cells:
        for here, start, end in (((r + 1, c), (c, r + 1), (c + 1, r + 1)),
                                 ((r, c + 1), (c + 1, r + 1), (c + 1, r)),
                                 ((r - 1, c), (c + 1, r), (c, r)),
                                 ((r, c - 1), (c, r), (c, r + 1))):
            if here not in cells:
                following.setdefault(start, []).append(end)
    for ends in following.values():
        ends.sort(reverse=True)
    found = []
    for first in sorted(following):
        while following[first]:
            path, place, at = [first], {first: 0}, first
            while True:
                at = following[at].pop()
                if at in place:                      # a corner met again: split the ring off
                    begin = place[at]
                    ring = path[begin:]
                    for point in ring[1:]:
                        del place[point]
                    del path[begin + 1:]
                    found.append(ring)
                    if begin == 0 and at == first:
                        break
                else:
                    place[at] = len(path)
                    path.append(at)
    return [without_straight_points(ring) for ring in found]


def without_straight_points(ring):
    kept = []
    for k, (x, y) in enumerate(ring):
        (px, py), (nx, ny) = ring[k - 1], ring[(k + 1) % len(ring)]
        if not (px == x == nx or py == y == ny):
            kept.append((x, y))
    start = kept.index(min(kept))
    return kept[start:] + kept[:start]


def doubled_area(ring):
    """Returns twice the signed area in cells; positive for an outer ring on the map (y up)."""
    return -sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]))


def decimal(steps):
    whole, rest = divmod(steps, STEPS)
    return f"{whole}.{(rest * 10**10 * 2 + STEPS) // (2 * STEPS):010d}"


def position(point):
    x, y = point
    return f"[{decimal(WEST + CELL * x)},{decimal(NORTH - CELL * y)}]"


def polygons(mask, value):
    result, area = [], 0
    for cells in components(mask, value):
        parts = rings(cells)
        outer = [ring for ring in parts if doubled_area(ring) > 0]
        holes = sorted(ring for ring in parts if doubled_area(ring) < 0)
        assert len(outer) == 1, "a component joined by edges has one outer ring"
        assert sum(map(doubled_area, parts)) == 2 * len(cells), "the rings hold other cells"
        area += len(cells)
        result.append(outer + holes)
    assert area == int((mask == value).sum())
    return result


def write(path, features):
    text = ['{', '"type": "FeatureCollection",', '"name": "land_sea",',
            '"crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::4326" } },',
            '"features": [']
    for k, (name, parts) in enumerate(features):
        text.append(f'{{ "type": "Feature", "properties": {{ "id": "{name}" }}, "geometry": '
                    '{ "type": "MultiPolygon", "coordinates": [')
        for p, part in enumerate(parts):
            lines = ["[" + ",".join(map(position, ring + ring[:1])) + "]" for ring in part]
            text.append("[" + ",\n".join(lines) + "]" + ("," if p + 1 < len(parts) else ""))
        text.append("] } }" + ("," if k + 1 < len(features) else ""))
    text += ["]", "}", ""]
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.write("\n".join(text))


def check(path, mask):
    from shapely.geometry import shape
    shapes = {f["properties"]["id"]: shape(f["geometry"]) for f in json.load(open(path, encoding="utf-8"))["features"]}
    rows, columns = mask.shape
    for name, geometry in shapes.items():
        assert geometry.is_valid, name
        wanted = int((mask == (name == "sea")).sum())
        assert abs(geometry.area * 14400 - wanted) < 1e-3, (name, geometry.area * 14400, wanted)
        corners = sum(len(r.coords) - 1 for p in geometry.geoms for r in (p.exterior, *p.interiors))
        assert all(r.is_simple for p in geometry.geoms for r in (p.exterior, *p.interiors))
        print(f"{name}: {len(geometry.geoms)} polygons, {corners} corners, {wanted} cells")
    overlap = shapes["land"].intersection(shapes["sea"]).area
    assert overlap < 1e-12, overlap
    print(f"overlap {overlap}, together {sum(g.area for g in shapes.values()) * 14400:.4f} of {rows * columns} cells")


if __name__ == "__main__":
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "land_sea.geojson")
    ocean = read_mask()
    write(target, [("land", polygons(ocean, 0)), ("sea", polygons(ocean, 1))])
    try:
        import shapely  # noqa: F401
    except ImportError:
        sys.exit(0)
    check(target, ocean)
