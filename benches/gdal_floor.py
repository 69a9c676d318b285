#!/usr/bin/env python3
"""The floor of a pass with GDAL as reader: seven whole layers decoded, nothing computed.

Three readers, each in a process of its own so that no block cache is inherited:

    rasterio   the wheel's GDAL, strips of 512 rows, NUM_THREADS threads a file
    blocks     the system's GDAL (the one gep links), every 512 x 512 block once,
               THREADS threads, each with its own handle
    strips     the system's GDAL, strips of 512 rows, one thread: what
               gdal_translate and most scripts do

The clock starts after imports and ends after the last block; CPU is user and
system time of all threads over the same span (getrusage). Best of RUNS each,
the readers in turn.

Usage: gdal_floor.py DATA_DIR [--runs 5] [--threads 2] [--cache-mb 256]
Prints one JSON line a reader: best wall, its CPU, best CPU, peak RSS.
"""
import argparse
import ctypes
import ctypes.util
import glob
import json
import os
import resource
import subprocess
import sys
import threading
import time

LAYERS = ["lc_2020", "npp", "precip", "aet", "r", "k", "ls"]
BLOCK = 512


def clock():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def report(name, begin, cells):
    wall, cpu = clock()
    print(json.dumps(dict(what=name, wall=wall - begin[0], cpu=cpu - begin[1], cells=cells,
                          rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)))


def read_rasterio(folder, threads):
    import numpy
    import rasterio
    from rasterio.windows import Window
    begin, cells = clock(), 0
    for name in LAYERS:
        with rasterio.open(os.path.join(folder, name + ".tif"), num_threads=threads) as source:
            buffer = numpy.empty((BLOCK, source.width), source.dtypes[0])
            for row in range(0, source.height, BLOCK):
                rows = min(BLOCK, source.height - row)
                source.read(1, out=buffer[:rows], window=Window(0, row, source.width, rows))
                cells += rows * source.width
    report(f"rasterio, GDAL {rasterio.__gdal_version__}, {threads} threads", begin, cells)


class SystemGdal:
    """The few calls of GDAL's C interface that reading needs."""

    def __init__(self):
        found = ctypes.util.find_library("gdal") or sorted(glob.glob("/usr/lib/*/libgdal.so*"))[0]
        self.library = library = ctypes.CDLL(found)
        library.GDALOpen.restype = library.GDALGetRasterBand.restype = ctypes.c_void_p
        library.GDALOpen.argtypes = [ctypes.c_char_p, ctypes.c_int]
        library.GDALGetRasterBand.argtypes = [ctypes.c_void_p, ctypes.c_int]
        for call in (library.GDALGetRasterXSize, library.GDALGetRasterYSize, library.GDALClose,
                     library.GDALGetRasterDataType):
            call.argtypes = [ctypes.c_void_p]
        library.GDALRasterIO.argtypes = ([ctypes.c_void_p] + [ctypes.c_int] * 5 + [ctypes.c_void_p]
                                         + [ctypes.c_int] * 5)
        library.GDALVersionInfo.restype = ctypes.c_char_p
        library.GDALAllRegister()

    def version(self):
        return self.library.GDALVersionInfo(b"RELEASE_NAME").decode()

    def read(self, path, windows):
        """Reads windows (x, y, width, height) given the raster's size; returns the cells read."""
        library = self.library
        source = library.GDALOpen(path.encode(), 0)
        if not source:
            raise SystemExit(f"GDAL cannot open {path}")
        band, kind = library.GDALGetRasterBand(source, 1), None
        width, height = library.GDALGetRasterXSize(source), library.GDALGetRasterYSize(source)
        kind = library.GDALGetRasterDataType(band)
        buffer, cells = ctypes.create_string_buffer(4 * BLOCK * max(width, BLOCK)), 0
        for x, y, w, h in windows(width, height):
            if library.GDALRasterIO(band, 0, x, y, w, h, buffer, w, h, kind, 0, 0) != 0:
                raise SystemExit(f"GDAL cannot read {path}")
            cells += w * h
        library.GDALClose(source)
        return cells


def strips(width, height):
    return [(0, y, width, min(BLOCK, height - y)) for y in range(0, height, BLOCK)]


def blocks(part, parts):
    def windows(width, height):
        every = [(x, y, min(BLOCK, width - x), min(BLOCK, height - y))
                 for y in range(0, height, BLOCK) for x in range(0, width, BLOCK)]
        return every[part::parts]
    return windows


def read_strips(folder):
    gdal = SystemGdal()
    begin = clock()
    cells = sum(gdal.read(os.path.join(folder, name + ".tif"), strips) for name in LAYERS)
    report(f"strips, GDAL {gdal.version()}, 1 thread", begin, cells)


def read_blocks(folder, threads):
    gdal, counts = SystemGdal(), [0] * threads

    def work(part):
        for name in LAYERS:
            counts[part] += gdal.read(os.path.join(folder, name + ".tif"), blocks(part, threads))
    begin = clock()
    workers = [threading.Thread(target=work, args=(part,)) for part in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    report(f"blocks, GDAL {gdal.version()}, {threads} handles", begin, sum(counts))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("folder")
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--cache-mb", type=int, default=256)
    arguments.add_argument("--one", choices=["rasterio", "blocks", "strips"])
    a = arguments.parse_args()
    if a.one:
        {"rasterio": lambda: read_rasterio(a.folder, a.threads), "strips": lambda: read_strips(a.folder),
         "blocks": lambda: read_blocks(a.folder, a.threads)}[a.one]()
        return
    results = {}
    environment = {**os.environ, "GDAL_CACHEMAX": str(a.cache_mb)}
    for _ in range(a.runs):
        for one in ("rasterio", "blocks", "strips"):
            command = [sys.executable, __file__, a.folder, "--one", one, "--threads", str(a.threads)]
            line = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
            results.setdefault(one, []).append(json.loads(line))
    assert len({run["cells"] for runs in results.values() for run in runs}) == 1, "a reader left cells out"
    for runs in results.values():
        best = min(runs, key=lambda run: run["wall"])
        print(json.dumps(dict(what=best["what"], wall=round(best["wall"], 3), cpu=round(best["cpu"], 3),
                              best_cpu=round(min(run["cpu"] for run in runs), 3),
                              rss_mb=max(run["rss_mb"] for run in runs), runs=len(runs), cells=best["cells"])))


if __name__ == "__main__":
    main()
