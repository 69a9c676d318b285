//! The direct GeoTIFF reader against GDAL, number by number.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::{Dataset, DriverManager};
use gep::source::gdal::{ClassBlock, RasterSource, Window, quiet_library};
use gep::source::geotiff::{Cells, ChunkReader, Layout};

use crate::fixture::Raster;

const COLUMNS: usize = 45;
const ROWS: usize = 37;

/// Numbers without a pattern, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 29)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() >> 11) as usize % end
    }
}

/// A type of stored numbers.
trait Stored: GdalType + Copy + Default {
    /// A number like those of rasters, and now and then any at all.
    fn make(dice: &mut Dice, at: usize) -> Self;
    fn bytes(self) -> Vec<u8>;
}

macro_rules! stored {
    ($($kind:ty: $any:expr),*) => {$(
        impl Stored for $kind {
            fn make(dice: &mut Dice, at: usize) -> Self {
                match dice.below(8) {
                    0 => $any(dice.roll()),
                    _ => (at % 97) as $kind,
                }
            }
            fn bytes(self) -> Vec<u8> {
                self.to_ne_bytes().to_vec()
            }
        }
    )*};
}

stored!(
    u8: |bits| bits as u8, u16: |bits| bits as u16, i16: |bits| bits as i16,
    u32: |bits| bits as u32, i32: |bits| bits as i32, u64: |bits| bits, i64: |bits| bits as i64,
    f32: |bits| f32::from_bits(bits as u32), f64: f64::from_bits
);

/// Writes a raster of so many bands with creation options of GDAL.
fn write<T: Stored>(path: &Path, bands: usize, options: &[String]) {
    let mut list = RasterCreationOptions::new();
    for option in options {
        list.add_string(option).expect("option");
    }
    let driver = DriverManager::get_driver_by_name("GTiff").expect("driver");
    let mut dataset = driver
        .create_with_band_type_with_options::<T, _>(path, COLUMNS, ROWS, bands, &list)
        .expect("new raster");
    let place = [120.0, 0.1, 0.0, 30.0, 0.0, -0.1];
    dataset.set_geo_transform(&place).expect("transform");
    let srs = gdal::spatial_ref::SpatialRef::from_epsg(4326).expect("crs");
    dataset.set_spatial_ref(&srs).expect("crs");
    let mut dice = Dice(options.len() as u64 + bands as u64);
    for band in 1..=bands {
        let cells = (0..COLUMNS * ROWS).map(|at| T::make(&mut dice, at + band));
        let mut buffer = Buffer::new((COLUMNS, ROWS), cells.collect());
        let mut band = dataset.rasterband(band).expect("band");
        band.write((0, 0), (COLUMNS, ROWS), &mut buffer)
            .expect("cells");
    }
}

/// Windows at corners, across stored tiles and of single cells.
const WINDOWS: [[usize; 4]; 6] = [
    [0, 0, ROWS, COLUMNS],
    [0, 0, 1, 1],
    [ROWS - 1, COLUMNS - 1, 1, 1],
    [15, 14, 3, 20],
    [31, 0, 6, COLUMNS],
    [5, 30, 20, 15],
];

/// Compares all windows of all bands of a file with GDAL; panics at a difference
/// or where the direct reader leaves the file to GDAL.
fn compare<T: Stored>(path: &Path, nodata: Option<f64>, what: &str) {
    let layout = Layout::open(path, nodata).unwrap_or_else(|| panic!("left to GDAL: {what}"));
    let size = layout.kind.bytes();
    let mut reader = ChunkReader::open(path, &Arc::new(layout)).expect("opened");
    let dataset = Dataset::open(path).expect("opened by GDAL");
    for band in 0..dataset.raster_count() {
        let through_gdal = dataset.rasterband(band + 1).expect("band");
        for [row, column, rows, columns] in WINDOWS {
            let mut cells = vec![T::default(); rows * columns];
            let (place, extent) = ((column as isize, row as isize), (columns, rows));
            through_gdal
                .read_into_slice(place, extent, extent, &mut cells, None)
                .expect("read by GDAL");
            let expected: Vec<u8> = cells.into_iter().flat_map(T::bytes).collect();
            let mut got = vec![0xa5; expected.len()];
            let window = Cells {
                row,
                column,
                rows,
                columns,
            };
            let read = reader.read(band, window, |at, stored| {
                got[at * size..at * size + stored.len()].copy_from_slice(stored);
            });
            assert!(read.is_ok(), "not decoded: {what}, {window:?}");
            assert!(got == expected, "differs: {what}, band {band}, {window:?}");
        }
    }
}

/// All that GDAL can write of what the reader knows, for one type.
fn matrix<T: Stored>(folder: &Path, predictors: &[u8]) -> usize {
    let mut packings = vec![("NONE", 1)];
    for packing in ["DEFLATE", "LZW", "ZSTD"] {
        packings.extend(predictors.iter().map(|predictor| (packing, *predictor)));
    }
    let shapes: [&[&str]; 3] = [
        &["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=32"],
        &["BLOCKYSIZE=5"],
        &["BLOCKYSIZE=64"],
    ];
    let bands = [(1, "PIXEL"), (3, "PIXEL"), (3, "BAND")];
    let mut files = 0;
    for (packing, predictor) in packings {
        for shape in shapes {
            for endian in ["LITTLE", "BIG"] {
                for big in ["NO", "YES"] {
                    for (count, interleave) in bands {
                        let mut options = vec![
                            format!("COMPRESS={packing}"),
                            format!("ENDIANNESS={endian}"),
                            format!("BIGTIFF={big}"),
                            format!("INTERLEAVE={interleave}"),
                            "PHOTOMETRIC=MINISBLACK".to_string(),
                            "ALPHA=NO".to_string(),
                        ];
                        if predictor > 1 {
                            options.push(format!("PREDICTOR={predictor}"));
                        }
                        options.extend(shape.iter().map(ToString::to_string));
                        let path = folder.join("cells.tif");
                        write::<T>(&path, count, &options);
                        let what = format!("{:?} {options:?}", T::datatype());
                        compare::<T>(&path, None, &what);
                        fs::remove_file(&path).expect("removed");
                        files += 1;
                    }
                }
            }
        }
    }
    files
}

#[test]
fn every_layout_reads_as_gdal_reads_it() {
    quiet_library();
    let folder = tempfile::tempdir().expect("folder");
    let whole = &[1, 2][..];
    let floats = &[1, 2, 3][..];
    let mut files = matrix::<u8>(folder.path(), whole);
    files += matrix::<u16>(folder.path(), whole);
    files += matrix::<i16>(folder.path(), whole);
    files += matrix::<u32>(folder.path(), whole);
    files += matrix::<i32>(folder.path(), whole);
    files += matrix::<u64>(folder.path(), whole);
    files += matrix::<i64>(folder.path(), whole);
    files += matrix::<f32>(folder.path(), floats);
    files += matrix::<f64>(folder.path(), floats);
    assert_eq!(files, (7 * 7 + 2 * 10) * 36);
}

/// Tiles that were never written hold nodata, or zero where none is declared.
#[test]
fn tiles_never_written_hold_what_gdal_says() {
    quiet_library();
    let folder = tempfile::tempdir().expect("folder");
    let mut list = RasterCreationOptions::new();
    for option in [
        "TILED=YES",
        "BLOCKXSIZE=16",
        "BLOCKYSIZE=16",
        "SPARSE_OK=TRUE",
    ] {
        list.add_string(option).expect("option");
    }
    let driver = DriverManager::get_driver_by_name("GTiff").expect("driver");
    for nodata in [
        None,
        Some(0.0),
        Some(-9999.0),
        Some(-3.402_823_466_385_288_6e38),
    ] {
        let path = folder.path().join("sparse.tif");
        let dataset = driver
            .create_with_band_type_with_options::<f32, _>(&path, COLUMNS, ROWS, 1, &list)
            .expect("new raster");
        let mut band = dataset.rasterband(1).expect("band");
        band.set_no_data_value(nodata).expect("nodata");
        let mut some = Buffer::new((10, 10), vec![7.5_f32; 100]);
        band.write((18, 3), (10, 10), &mut some).expect("cells");
        drop(dataset);
        compare::<f32>(&path, nodata, &format!("sparse, nodata {nodata:?}"));
    }
    let path = folder.path().join("bytes.tif");
    let dataset = driver
        .create_with_band_type_with_options::<u8, _>(&path, COLUMNS, ROWS, 1, &list)
        .expect("new raster");
    let mut band = dataset.rasterband(1).expect("band");
    band.set_no_data_value(Some(255.0)).expect("nodata");
    drop(dataset);
    compare::<u8>(&path, Some(255.0), "sparse bytes");
}

/// Values and classes of a window, or that it was refused.
type Reading = Option<(Vec<u64>, Vec<bool>, Vec<i64>)>;

fn reading(source: &RasterSource, window: Window) -> Reading {
    let mut reader = source.reader().ok()?;
    let (mut values, mut valid) = (Vec::new(), Vec::new());
    reader.values(1, window, &mut values, &mut valid).ok()?;
    let mut block = ClassBlock::default();
    let classes = if source.integer {
        reader.classes(window, source.nodata, &mut block).ok()?;
        let code = |index: &u16| block.codes.get(usize::from(*index)).copied().unwrap_or(-1);
        block.index.iter().map(code).collect()
    } else {
        Vec::new()
    };
    Some((
        values.into_iter().map(f64::to_bits).collect(),
        valid,
        classes,
    ))
}

/// What users see is the same by either way, also of a raster that lies upside down.
#[test]
fn windows_are_the_same_by_either_way() {
    quiet_library();
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("cells.tif");
    let mut raster = Raster::degrees(COLUMNS, ROWS);
    raster.nodata = Some(3.0);
    for south_up in [false, true] {
        if south_up {
            raster.transform = [120.0, 0.1, 0.0, 30.0, 0.0, 0.1];
        }
        let floats: Vec<f32> = (0..COLUMNS * ROWS)
            .map(|at| {
                if at % 31 == 0 {
                    f32::NAN
                } else {
                    at as f32 % 11.0
                }
            })
            .collect();
        let bytes: Vec<u8> = (0..COLUMNS * ROWS).map(|at| (at % 11) as u8).collect();
        let words: Vec<i16> = (0..COLUMNS * ROWS).map(|at| at as i16 % 11 - 4).collect();
        for kind in 0..3 {
            match kind {
                0 => raster.write(&path, &floats),
                1 => raster.write(&path, &bytes),
                _ => raster.write(&path, &words),
            };
            let source = RasterSource::open(&path, None).expect("opened");
            assert!(source.is_direct());
            let through_gdal = source.through_gdal();
            assert!(!through_gdal.is_direct());
            for [row, column, rows, columns] in WINDOWS {
                let window = Window {
                    row,
                    column,
                    rows,
                    columns,
                };
                let direct = reading(&source, window);
                assert!(direct.is_some(), "kind {kind}, {window:?}");
                assert!(
                    direct == reading(&through_gdal, window),
                    "kind {kind}, {window:?}"
                );
            }
        }
    }
}

/// What changes the meaning of stored numbers, or is not known, is left to GDAL.
#[test]
fn other_files_are_left_to_gdal() {
    quiet_library();
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("cells.tif");
    let cases: [(&[&str], usize); 8] = [
        (&["COMPRESS=PACKBITS"], 1),
        (&["COMPRESS=JPEG"], 1),
        (&["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"], 3),
        (&["NBITS=4"], 1),
        (&["NBITS=1"], 1),
        (&["PIXELTYPE=SIGNEDBYTE"], 1),
        (&["ALPHA=YES"], 2),
        (&["PHOTOMETRIC=CIELAB"], 3),
    ];
    for (options, bands) in cases {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        write::<u8>(&path, bands, &options);
        let source = RasterSource::open(&path, None).expect("opened");
        assert!(!source.is_direct(), "{options:?}");
    }
    write::<u8>(&path, 1, &[]);
    assert!(RasterSource::open(&path, None).expect("opened").is_direct());
}

/// Files that were damaged: never a panic, and never a number GDAL does not read.
/// Refused are some that GDAL reads without an error.
#[test]
fn damaged_files_are_refused_or_read_as_gdal_reads_them() {
    quiet_library();
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("cells.tif");
    let bases: [&[&str]; 6] = [
        &["COMPRESS=NONE", "BLOCKYSIZE=5"],
        &["COMPRESS=DEFLATE", "PREDICTOR=3", "BLOCKYSIZE=5"],
        &[
            "COMPRESS=ZSTD",
            "PREDICTOR=3",
            "TILED=YES",
            "BLOCKXSIZE=16",
            "BLOCKYSIZE=16",
        ],
        &[
            "COMPRESS=LZW",
            "PREDICTOR=2",
            "TILED=YES",
            "BLOCKXSIZE=32",
            "BLOCKYSIZE=16",
        ],
        &[
            "COMPRESS=DEFLATE",
            "ENDIANNESS=BIG",
            "TILED=YES",
            "BLOCKXSIZE=16",
            "BLOCKYSIZE=32",
        ],
        &["COMPRESS=ZSTD", "BIGTIFF=YES", "ENDIANNESS=BIG"],
    ];
    let whole = Window {
        row: 0,
        column: 0,
        rows: ROWS,
        columns: COLUMNS,
    };
    let mut dice = Dice(20_261_124);
    let (mut direct, mut refused) = (0, 0);
    for base in bases {
        let options: Vec<String> = base.iter().map(ToString::to_string).collect();
        write::<f32>(&path, 1, &options);
        let sound = fs::read(&path).expect("file");
        for turn in 0..300 {
            let mut bytes = sound.clone();
            match turn % 3 {
                0 => bytes.truncate(dice.below(sound.len())),
                // The header and the tags stand at the start of these files.
                1 => bytes[dice.below(400)] = dice.roll() as u8,
                _ => {
                    for _ in 0..=dice.below(4) {
                        bytes[dice.below(sound.len())] ^= 1 << dice.below(8);
                    }
                }
            }
            fs::write(&path, &bytes).expect("written");
            let Ok(source) = RasterSource::open(&path, None) else {
                refused += 1;
                continue;
            };
            if source.grid.columns != COLUMNS || source.grid.rows != ROWS {
                continue;
            }
            if source.is_direct() {
                direct += 1;
            }
            let got = reading(&source, whole);
            if got.is_none() {
                refused += 1;
            }
            let expected = reading(&source.through_gdal(), whole);
            // ZSTD of TIFF files bears no checksum, and its versions differ in what they
            // make of some impossible streams: there only panics are looked for.
            let undetectable = base[0] == "COMPRESS=ZSTD" && turn % 3 == 2;
            let changed: Vec<(usize, u8, u8)> = (0..bytes.len())
                .filter(|at| bytes[*at] != sound[*at])
                .map(|at| (at, sound[at], bytes[at]))
                .collect();
            assert!(
                undetectable || got.is_none() || got == expected,
                "{options:?}, turn {turn}: {} of {} bytes, changed {changed:?}; direct {}, GDAL {}",
                bytes.len(),
                sound.len(),
                got.is_some(),
                expected.is_some()
            );
        }
    }
    assert!(
        direct > 300 && refused > 100,
        "{direct} direct, {refused} refused"
    );
}

/// A strip whose checksum is wrong is refused with its place; the sound file passes.
#[test]
fn a_wrong_checksum_is_refused() {
    quiet_library();
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("cells.tif");
    let options = ["COMPRESS=DEFLATE".to_string(), "BLOCKYSIZE=64".to_string()];
    write::<f32>(&path, 1, &options);
    let mut bytes = fs::read(&path).expect("file");
    let whole = Window {
        row: 0,
        column: 0,
        rows: ROWS,
        columns: COLUMNS,
    };
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        let source = RasterSource::open(&path, None).expect("opened");
        let (mut values, mut valid) = (Vec::new(), Vec::new());
        let mut reader = source.reader().expect("reader");
        reader.values(1, whole, &mut values, &mut valid)
    };
    read(&bytes).expect("the sound file");
    // The only strip ends the file, and the checksum ends the strip.
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let findings = read(&bytes).expect_err("refused");
    assert_eq!(findings.0[0].code, "raster-block-broken");
    let place = findings.0[0].place.as_deref().unwrap_or_default();
    assert_eq!(place, "rows 0-36, columns 0-44");
}
