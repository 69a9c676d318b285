#!/usr/bin/env python3
"""Recomputes the regulating services of `zj-demo` from the bundled files, in plain Python.

Written from the published laws, one cell after the other, without gep's code: only
the parameter tables under methodology/ are shared, so that a difference is a
difference of computation and not of parameters. Used here: rasterio to read
values, shapely to cut cells with polygons, math for everything else.

Area    A cell has its area on the WGS 84 ellipsoid by the authalic formula. The part of
        a cell inside a county is cut by shapely in the longitude-latitude plane, edges
        straight there (as GeoJSON defines them), and its area is the integral of
        x dR(y) round it, with R the area function of latitude (Simpson per edge).
Layers  Each is computed on its native grid, rounded to its quantum, then brought to
        the land-cover grid: bilinear between centres, beyond the outermost centre the
        nearest one; missing if one of the four neighbours that has weight is missing.
        ET and NPP are computed on the land-cover grid from layers brought there.
Sums    of rate x area over the cells of county x class whose inputs are present; the
        area with and without them stands beside. Classes whose parameter is `n/a`,
        or whose group is outside a method's scope, give no row.

Usage: oracle_services.py OUT.csv [--counties 330127,330922] [--classes mixed_forest,...]
           [--methodology DIR] [--data DIR] [--no-rounding]
           [--compare THEIRS.csv [--bar 1e-6]]
OUT.csv and THEIRS.csv: county,class,service,quantity,unit,valid_km2,missing_km2 (the last
three are optional in THEIRS). Exit 1 if a relative difference exceeds the bar.
"""
import argparse
import csv
import json
import math
import pathlib
import sys
import tomllib

import rasterio
from shapely.geometry import Polygon, box, shape
from shapely.prepared import prep

ROOT = pathlib.Path(__file__).resolve().parents[2]
A, F = 6378137.0, 1 / 298.257223563          # WGS 84
E2 = F * (2 - F)
E = math.sqrt(E2)
ROUNDING = True


def rounded(value, quantum):
    """Rounds to a multiple of the quantum, ties to even."""
    if value is None or not ROUNDING:
        return value
    return round(value / quantum) * quantum


# ---- the ellipsoid -----------------------------------------------------------------------------

def zone_area(latitude):
    """Returns the area per radian of longitude from the equator to a latitude, m2."""
    s = math.sin(math.radians(latitude))
    return A * A * (1 - E2) / 2 * (s / (1 - E2 * s * s) + math.atanh(E * s) / E)


def zone_width(latitude):
    """Returns d zone_area / d latitude, m2 per radian and degree."""
    s, c = math.sin(math.radians(latitude)), math.cos(math.radians(latitude))
    return math.radians(A * A * (1 - E2) * c / (1 - E2 * s * s) ** 2)


def degree_lengths(latitude):
    """Returns the metres of a degree of longitude and of latitude."""
    s, c = math.sin(math.radians(latitude)), math.cos(math.radians(latitude))
    w = 1 - E2 * s * s
    return math.radians(A * c / math.sqrt(w)), math.radians(A * (1 - E2) / w ** 1.5)


def ring_area(points):
    total = 0.0
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        middle = 4 * (x0 + x1) / 2 * zone_width((y0 + y1) / 2)
        total += (y1 - y0) / 6 * (x0 * zone_width(y0) + middle + x1 * zone_width(y1))
    return math.radians(total)


def surface_area(geometry):
    """Returns the area of a (multi)polygon on the ellipsoid, m2; lines and points have none."""
    if isinstance(geometry, Polygon):
        if geometry.is_empty:
            return 0.0
        x0 = geometry.bounds[0]                # a near origin keeps the digits
        rings = [geometry.exterior, *geometry.interiors]
        areas = [abs(ring_area([(x - x0, y) for x, y, *_ in ring.coords])) for ring in rings]
        return areas[0] - sum(areas[1:])
    return sum(surface_area(part) for part in getattr(geometry, "geoms", []))


# ---- grids -------------------------------------------------------------------------------------

class Grid:
    """Values row by row (None = missing) with their places."""

    def __init__(self, west, north, dx, dy, rows):
        self.west, self.north, self.dx, self.dy, self.rows = west, north, dx, dy, rows
        self.height, self.width = len(rows), len(rows[0])

    def like(self, law, quantum):
        """Returns the grid of a law applied to every cell's value; missing stays missing."""
        rows = [[None if v is None else rounded(law(v), quantum) for v in row] for row in self.rows]
        return Grid(self.west, self.north, self.dx, self.dy, rows)

    def latitude(self, row):
        return self.north - (row + 0.5) * self.dy

    def longitude(self, column):
        return self.west + (column + 0.5) * self.dx

    def bilinear(self, x, y):
        c = min(max((x - self.west) / self.dx - 0.5, 0.0), self.width - 1.0)
        r = min(max((self.north - y) / self.dy - 0.5, 0.0), self.height - 1.0)
        c0, r0 = math.floor(c + 1e-9), math.floor(r + 1e-9)
        u, v = max(c - c0, 0.0), max(r - r0, 0.0)
        total = 0.0
        for row, part_y in ((r0, 1 - v), (r0 + 1, v)):
            for column, part_x in ((c0, 1 - u), (c0 + 1, u)):
                if part_x < 1e-9 or part_y < 1e-9:
                    continue
                value = self.rows[row][column]
                if value is None:
                    return None
                total += part_x * part_y * value
        return total

    def nearest(self, x, y):
        column, row = math.floor((x - self.west) / self.dx), math.floor((self.north - y) / self.dy)
        return self.rows[row][column] if 0 <= column < self.width and 0 <= row < self.height else None


def read(path):
    """Returns a Grid of numbers, or of tuples of numbers for several bands."""
    with rasterio.open(path) as source:
        t, nodata = source.transform, source.nodata
        bands = [source.read(k).tolist() for k in source.indexes]
    rows = []
    for r in range(len(bands[0])):
        row = []
        for c in range(len(bands[0][0])):
            values = tuple(band[r][c] for band in bands)
            missing = nodata is not None and any(v == nodata for v in values)
            row.append(None if missing else values if len(values) > 1 else values[0])
        rows.append(row)
    return Grid(t.c, t.f, t.a, -t.e, rows)


# ---- the laws ----------------------------------------------------------------------------------

def thornthwaite(months):
    """PET, mm/a: Thornthwaite 1948 without day length, Willmott's polynomial above 26 degC."""
    warm = [max(t, 0.0) for t in months]
    heat = sum((t / 5) ** 1.514 for t in warm)
    a = 6.75e-7 * heat**3 - 7.71e-5 * heat**2 + 1.792e-2 * heat + 0.49239
    total = 0.0
    for t in warm:
        if t > 26:
            total += -415.85 + 32.24 * t - 0.43 * t * t
        elif t > 0:
            total += 16 * (10 * t / heat) ** a
    return total


def fu(rain, potential, omega):
    """Actual ET, mm/a: Fu's equation."""
    return rain * (1 + potential / rain - (1 + (potential / rain) ** omega) ** (1 / omega)) if rain > 0 else 0.0


def zhang(months):
    """Rainfall erosivity, MJ mm/(ha h a): 0.1833 F^1.9957, F = sum p^2 / sum p."""
    year = sum(months)
    return 0.1833 * (sum(p * p for p in months) / year) ** 1.9957 if year > 0 else 0.0


def memorial(temperature, rain):
    """NPP, kg dry matter/(ha a): Thornthwaite Memorial with Turc's V."""
    limit = 300 + 25 * temperature + 0.05 * temperature**3
    v = rain if rain < 0.316 * limit else 1.05 * rain / math.sqrt(1 + (1.05 * rain / limit) ** 2)
    return max(30000 * (1 - math.exp(-0.0009695 * (v - 20))), 0.0)


def cai(cover):
    """Cover factor of Cai Chongfa, cover as a ratio."""
    return min(max(0.6508 - 0.3436 * math.log10(100 * cover), 0.0), 1.0) if cover > 0 else 1.0


def horn(height, row, column):
    """Slope, rise over run, of the eight neighbours; None at the edge or beside a missing cell."""
    if not (0 < row < height.height - 1 and 0 < column < height.width - 1):
        return None
    w = [[height.rows[row + i][column + j] for j in (-1, 0, 1)] for i in (-1, 0, 1)]
    if any(v is None for line in w for v in line):
        return None
    east, north = degree_lengths(height.latitude(row))
    zx = (w[0][2] + 2 * w[1][2] + w[2][2] - w[0][0] - 2 * w[1][0] - w[2][0]) / (8 * east * height.dx)
    zy = (w[2][0] + 2 * w[2][1] + w[2][2] - w[0][0] - 2 * w[0][1] - w[0][2]) / (8 * north * height.dy)
    return rounded(math.hypot(zx, zy), 1e-6)


def slope_length_steepness(slope, length):
    """LS: m by slope class (9, 3, 1 %), S in three steps (5 and 10 degrees)."""
    m = 0.5 if slope >= 0.09 else 0.4 if slope >= 0.03 else 0.3 if slope >= 0.01 else 0.2
    sine, degrees = math.sin(math.atan(slope)), math.degrees(math.atan(slope))
    s = 10.8 * sine + 0.03 if degrees < 5 else 16.8 * sine - 0.50 if degrees < 10 else 21.91 * sine - 0.96
    return (length / 22.13) ** m * s


def check_laws():
    """Checks the laws against values worked out elsewhere, before they are trusted with a map."""
    year = [5, 6, 10, 16, 21, 25, 29, 28, 24, 19, 13, 7]
    for name, found, wanted, tolerance in (
            ("Thornthwaite, a year with two months above 26 degC", thornthwaite(year), 839.4646, 1e-4),
            ("Willmott's value at 28 degC", thornthwaite([28] * 12), 12 * 149.75, 1e-9),
            ("Fu, P 1450, PET 1000", fu(1450, 1000, 2.6), 808.51, 0.005),
            ("Zhang, 12 x 100 mm", zhang([100] * 12), 1797.06, 0.01),
            ("Thornthwaite Memorial, 17 degC, 1450 mm", memorial(17, 1450), 16166.6, 0.05),
            ("Cai, 30 %", cai(0.30), 0.1433, 5e-5), ("Cai, above 78.3 %", cai(0.80), 0.0, 0.0),
            ("S at 25 degrees", slope_length_steepness(math.tan(math.radians(25)), 22.13), 8.2996, 5e-5),
            ("the half surface of the ellipsoid, km2", 2 * math.pi * zone_area(90) / 1e6, 255032810.9, 1)):
        assert abs(found - wanted) <= tolerance, (name, found, wanted)


# ---- parameters --------------------------------------------------------------------------------

class Parameters:
    """The declared tables, by class where they are by class."""

    def __init__(self, folder):
        def table(name):
            with open(folder / "tables" / f"{name}.csv", encoding="utf-8", newline="") as source:
                return list(csv.DictReader(source))

        def number(row):
            if row["value"] == "n/a":
                return None
            return float(row["value"]) * (0.01 if row["unit"] == "%" else 1)

        with open(folder / "classes.toml", "rb") as source:
            self.group = {c["id"]: c["group"] for c in tomllib.load(source)["class"]}
        with open(folder / "crosswalks" / "modis-igbp.csv", encoding="utf-8", newline="") as source:
            self.crosswalk = {int(row["code"]): row["class"] for row in csv.DictReader(source)}
        self.constant = {row["name"]: number(row) for row in table("constants")}
        self.days = {int(row["month"]): number(row) for row in table("days-of-month")}
        self.runoff = {row["class"]: number(row) for row in table("alpha-gong2017")}
        self.practice = {row["class"]: number(row) for row in table("support-practice")}
        heat = {row.get("class") or row.get("group"): number(row) for row in table("transpiration-heat")}
        self.heat = {c: heat.get(c, heat.get(group)) for c, group in self.group.items()}
        self.capacity = {}                     # t/(ha a)
        for row in table("purification-capacity"):
            value, kilo = number(row), row["unit"].startswith("kg")
            self.capacity[row["class"], row["pollutant"]] = None if value is None else value / (1000 if kilo else 1)


# ---- layers on the land-cover grid ---------------------------------------------------------------

class Layers:
    def __init__(self, data, parameters):
        constant, self.p = parameters.constant, parameters
        self.classes = read(data / "zj_landcover_mcd12c1_2019_igbp_0p05.tif")
        rain = read(data / "zj_precip_monthly_0p25.tif")
        temperature = read(data / "zj_temp_monthly_0p75.tif")
        height = read(data / "zj_dem_5min.tif")
        ndvi = read(data / "zj_ndvi_max_0p05.tif")
        self.rain = rain.like(sum, 0.1)
        self.erosivity = rain.like(zhang, 0.1)
        self.temperature = temperature.like(lambda m: sum(m) / 12, 0.01)
        self.potential = temperature.like(thornthwaite, 0.01)
        threshold = constant["cooling_threshold"]
        self.days = temperature.like(
            lambda m: sum(parameters.days[k + 1] for k, t in enumerate(m) if t >= threshold), 1)
        slope = Grid(height.west, height.north, height.dx, height.dy,
                     [[horn(height, r, c) for c in range(height.width)] for r in range(height.height)])
        self.topography = slope.like(lambda s: slope_length_steepness(s, constant["slope_length"]), 1e-4)
        bare, full = constant["ndvi_soil"], constant["ndvi_vegetation"]
        cover = ndvi.like(lambda v: min(max((v - bare) / (full - bare), 0.0), 1.0), 1e-4)
        self.cover = cover.like(cai, 1e-4)

    def rates(self, row, column, kind):
        """Returns {service: rate per m2 or None}; a service outside the class's scope is absent."""
        x, y = self.classes.longitude(column), self.classes.latitude(row)
        group, p, c = self.p.group[kind], self.p, self.p.constant
        rain = self.rain.bilinear(x, y)
        rates = {}
        if group in ("forest", "shrub", "grassland", "wetland", "cropland") and p.runoff.get(kind) is not None:
            potential = self.potential.bilinear(x, y)
            balance = None
            if None not in (rain, potential):
                balance = rain * (1 - p.runoff[kind]) - rounded(fu(rain, potential, c["fu_omega"]), 0.1)
            for name, law in (("water_retention", lambda b: max(b, 0.0)), ("water_retention_raw", lambda b: b)):
                rates[name] = None if balance is None else rounded(law(balance), 0.001) / 1000
        if group in ("forest", "shrub", "grassland", "cropland") and p.practice.get(kind) is not None:
            parts = [grid.bilinear(x, y) for grid in (self.erosivity, self.topography, self.cover)]
            rates["soil_retention"] = None
            if None not in parts:
                # The constant erodibility stands outside the sum: what is rounded is the rest.
                rest = rounded(parts[0] * parts[1] * (1 - parts[2] * p.practice[kind]), 1e-5)
                rates["soil_retention"] = rest * c["erodibility"] / 1e4
        if group in ("forest", "shrub", "grassland"):
            temperature = self.temperature.bilinear(x, y)
            dry = None
            if None not in (temperature, rain):
                dry = rounded(memorial(temperature, rain), 0.1) / 1e7          # t/m2
            for name, factor in (("carbon_sequestration", "carbon_dioxide_per_dry_matter"),
                                 ("oxygen_release", "oxygen_per_dry_matter")):
                rates[name] = None if dry is None else dry * c[factor]
            if p.heat.get(kind) is not None:
                days = self.days.nearest(x, y)
                rates["local_climate_regulation"] = (
                    None if days is None else days * p.heat[kind] / 3600 / c["cooling_efficiency"])
        for pollutant in ("SO2", "NOx", "dust"):
            if p.capacity.get((kind, pollutant)) is not None:
                rates[f"air_purification_capacity_{pollutant}"] = p.capacity[kind, pollutant] / 1e4
        return rates


UNITS = {"water_retention": "m3", "water_retention_raw": "m3", "soil_retention": "t[soil]",
         "carbon_sequestration": "t[CO2]", "oxygen_release": "t[O2]", "local_climate_regulation": "kWh"}


def county_sums(geometry, layers):
    """Returns {(class, service): [quantity, valid m2, missing m2]} and {class: m2} of a county."""
    grid, sums, areas = layers.classes, {}, {}
    inside = prep(geometry)
    west, south, east, north = geometry.bounds
    for row in range(max(0, int((grid.north - north) / grid.dy)), min(grid.height, int((grid.north - south) / grid.dy) + 1)):
        top = grid.north - row * grid.dy
        for column in range(max(0, int((west - grid.west) / grid.dx)), min(grid.width, int((east - grid.west) / grid.dx) + 1)):
            left = grid.west + column * grid.dx
            cell = box(left, top - grid.dy, left + grid.dx, top)
            if not inside.intersects(cell):
                continue
            if inside.contains(cell):
                area = math.radians(grid.dx) * (zone_area(top) - zone_area(top - grid.dy))
            else:
                area = surface_area(geometry.intersection(cell))
            if area == 0 or grid.rows[row][column] is None:
                continue
            kind = layers.p.crosswalk[int(grid.rows[row][column])]
            areas[kind] = areas.get(kind, 0.0) + area
            for service, rate in layers.rates(row, column, kind).items():
                entry = sums.setdefault((kind, service), [0.0, 0.0, 0.0])
                if rate is None:
                    entry[2] += area
                else:
                    entry[0] += rate * area
                    entry[1] += area
    return sums, areas


def compare(ours, path, bar):
    """Prints the largest relative difference by service; returns whether all are within the bar."""
    with open(path, encoding="utf-8", newline="") as source:
        theirs = {(r["county"], r["class"], r["service"]): float(r["quantity"]) for r in csv.DictReader(source)}
    worst, only = {}, {key for key in theirs if key[0] in {k[0] for k in ours} and key[2] in {k[2] for k in ours}}
    for key in sorted(only ^ set(ours)):
        print(f"only in {'theirs' if key in theirs else 'ours'}: {', '.join(key)}")
    for key in only & set(ours):
        a, b = ours[key], theirs[key]
        difference = abs(a - b) / max(abs(a), abs(b)) if a or b else 0.0
        if key[2] not in worst or difference > worst[key[2]][0]:
            worst[key[2]] = difference, key, a, b
    for service, (difference, key, a, b) in sorted(worst.items()):
        print(f"{service}: {difference:.3e} at {key[0]} {key[1]} ({a:.6g} here, {b:.6g} there)")
    return bool(worst) and not only ^ set(ours) and max(w[0] for w in worst.values()) <= bar


def main():
    global ROUNDING
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("out")
    arguments.add_argument("--counties")
    arguments.add_argument("--classes")
    arguments.add_argument("--methodology", type=pathlib.Path, default=ROOT / "methodology")
    arguments.add_argument("--data", type=pathlib.Path, default=ROOT / "datasets" / "demo-zhejiang")
    arguments.add_argument("--no-rounding", action="store_true")
    arguments.add_argument("--compare")
    arguments.add_argument("--bar", type=float, default=1e-6)
    a = arguments.parse_args()
    ROUNDING = not a.no_rounding
    check_laws()
    counties = set(a.counties.split(",")) if a.counties else None
    classes = set(a.classes.split(",")) if a.classes else None
    layers = Layers(a.data, Parameters(a.methodology))
    with open(a.data / "zj_counties_cgcs2000.geojson", encoding="utf-8") as source:
        features = {f["properties"]["adcode"]: shape(f["geometry"]) for f in json.load(source)["features"]}
    ours = {}
    with open(a.out, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["county", "class", "service", "quantity", "unit", "valid_km2", "missing_km2"])
        for code in sorted(features):
            if counties and code not in counties:
                continue
            sums, areas = county_sums(features[code], layers)
            for kind, area in areas.items():
                sums[kind, "area"] = [area / 1e6, area, 0.0]
            for (kind, service), (quantity, valid, missing) in sorted(sums.items()):
                if classes and kind not in classes:
                    continue
                ours[code, kind, service] = quantity
                unit = "km2" if service == "area" else UNITS.get(service) or f"t[{service.rsplit('_', 1)[1]}]"
                writer.writerow([code, kind, service, f"{quantity:.9f}", unit, f"{valid / 1e6:.9f}", f"{missing / 1e6:.9f}"])
    totals = {}
    for (_, _, service), quantity in ours.items():
        totals[service] = totals.get(service, 0.0) + quantity
    for service in sorted(totals):
        print(f"{service}: {totals[service]:.9g}")
    return 0 if not a.compare or compare(ours, a.compare, a.bar) else 1


if __name__ == "__main__":
    sys.exit(main())
