//! How the cells of a file are laid out, checked before anything is decoded.

use std::fs::File;
use std::path::Path;

use super::directory::Directory;

/// What a stored number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// Whole, 8 bits, not negative.
    U8,
    /// Whole, 16 bits, not negative.
    U16,
    /// Whole, 16 bits.
    I16,
    /// Whole, 32 bits, not negative.
    U32,
    /// Whole, 32 bits.
    I32,
    /// Whole, 64 bits, not negative.
    U64,
    /// Whole, 64 bits.
    I64,
    /// IEEE number of 32 bits.
    F32,
    /// IEEE number of 64 bits.
    F64,
}

impl SampleKind {
    fn from_tags(format: u64, bits: u64) -> Option<Self> {
        Some(match (format, bits) {
            (1, 8) => Self::U8,
            (1, 16) => Self::U16,
            (2, 16) => Self::I16,
            (1, 32) => Self::U32,
            (2, 32) => Self::I32,
            (1, 64) => Self::U64,
            (2, 64) => Self::I64,
            (3, 32) => Self::F32,
            (3, 64) => Self::F64,
            _ => return None,
        })
    }

    /// Returns the number of bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    fn is_ieee(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Returns the bytes of what stands in a chunk that was never written: the
    /// nodata value, or zero. `None` where the stored number would not be exact.
    fn fill(self, nodata: Option<f64>) -> Option<[u8; 8]> {
        let value = nodata.unwrap_or(0.0);
        let mut bytes = [0; 8];
        match self {
            Self::F64 => bytes = value.to_ne_bytes(),
            Self::F32 => {
                let narrow = value as f32;
                if value.is_finite() && !narrow.is_finite() {
                    return None;
                }
                bytes[..4].copy_from_slice(&narrow.to_ne_bytes());
            }
            whole => {
                // Wider numbers are not exact in the tag's 64-bit float.
                let known = value.trunc() == value && value.abs() < 9e15;
                let value = known.then_some(value as i64)?;
                match whole {
                    Self::U8 => bytes[0] = u8::try_from(value).ok()?,
                    Self::U16 => {
                        bytes[..2].copy_from_slice(&u16::try_from(value).ok()?.to_ne_bytes());
                    }
                    Self::I16 => {
                        bytes[..2].copy_from_slice(&i16::try_from(value).ok()?.to_ne_bytes());
                    }
                    Self::U32 => {
                        bytes[..4].copy_from_slice(&u32::try_from(value).ok()?.to_ne_bytes());
                    }
                    Self::I32 => {
                        bytes[..4].copy_from_slice(&i32::try_from(value).ok()?.to_ne_bytes());
                    }
                    Self::U64 => bytes = u64::try_from(value).ok()?.to_ne_bytes(),
                    _ => bytes = value.to_ne_bytes(),
                }
            }
        }
        Some(bytes)
    }
}

/// How chunks are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Deflate,
    Lzw,
    Zstd,
}

/// What was taken from neighbours before packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    Difference,
    Float,
}

/// Where the cells of a file are and how they are packed. A chunk is a tile or a
/// strip.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Number of rows of cells.
    pub rows: usize,
    /// Number of columns of cells.
    pub columns: usize,
    /// Number of bands.
    pub bands: usize,
    /// What the stored numbers are.
    pub kind: SampleKind,
    /// Rows of a chunk.
    pub chunk_rows: usize,
    /// Columns of a chunk.
    pub chunk_columns: usize,
    /// Whether a chunk holds all bands, cell by cell.
    pub interleaved: bool,
    pub(super) tiled: bool,
    pub(super) big_endian: bool,
    pub(super) packing: Packing,
    pub(super) predictor: Predictor,
    pub(super) fill: Option<[u8; 8]>,
    /// Place and packed length of each chunk.
    pub(super) places: Vec<(u64, u64)>,
}

/// A chunk that is larger when decoded is left to GDAL, which reads parts of it.
const MOST_CHUNK_BYTES: u64 = 16 << 20;
/// More cells than any national raster at 1 m has along a side.
const MOST_CELLS_A_SIDE: u64 = 20_000_000;
const MOST_BANDS: u64 = 4096;

impl Layout {
    /// Reads the layout of a file; `None` if the file must be left to GDAL.
    /// `nodata` stands in chunks that were never written.
    pub fn open(path: &Path, nodata: Option<f64>) -> Option<Self> {
        let mut directory = Directory::read(File::open(path).ok()?)?;
        refuse_special(&mut directory)?;
        let columns = side(directory.one_or(256, 0)?)?;
        let rows = side(directory.one_or(257, 0)?)?;
        let bands = directory.one_or(277, 1)?;
        if !(1..=MOST_BANDS).contains(&bands) {
            return None;
        }
        let bits = directory.same_or(258, 1, bands)?;
        let kind = SampleKind::from_tags(directory.same_or(339, 1, bands)?, bits)?;
        let interleaved = match directory.one_or(284, 1)? {
            1 => true,
            2 => false,
            _ => return None,
        };
        let tiled = directory.has(322);
        let (chunk_columns, chunk_rows) = if tiled {
            (
                side(directory.one_or(322, 0)?)?,
                side(directory.one_or(323, 0)?)?,
            )
        } else {
            (columns, directory.one_or(278, rows)?.clamp(1, rows))
        };
        let together = if interleaved { bands } else { 1 };
        let cell = together.checked_mul(kind.bytes() as u64)?;
        let chunk_bytes = chunk_columns.checked_mul(chunk_rows)?.checked_mul(cell)?;
        if chunk_bytes > MOST_CHUNK_BYTES {
            return None;
        }
        let chunks = columns.div_ceil(chunk_columns) * rows.div_ceil(chunk_rows);
        let places = places(&mut directory, tiled, chunks.checked_mul(bands / together)?)?;
        let packing = match directory.one_or(259, 1)? {
            1 => Packing::None,
            5 => Packing::Lzw,
            8 | 32946 => Packing::Deflate,
            50000 => Packing::Zstd,
            _ => return None,
        };
        let predictor = match directory.one_or(317, 1)? {
            1 => Predictor::None,
            2 if packing != Packing::None => Predictor::Difference,
            3 if packing != Packing::None && kind.is_ieee() => Predictor::Float,
            _ => return None,
        };
        Some(Self {
            rows: rows as usize,
            columns: columns as usize,
            bands: bands as usize,
            kind,
            chunk_rows: chunk_rows as usize,
            chunk_columns: chunk_columns as usize,
            interleaved: interleaved && bands > 1,
            tiled,
            big_endian: directory.big_endian,
            packing,
            predictor,
            fill: kind.fill(nodata),
            places,
        })
    }

    /// Returns the number of chunks in a row of chunks.
    pub(super) fn across(&self) -> usize {
        self.columns.div_ceil(self.chunk_columns)
    }

    /// Returns the chunk of a band that lies at a row and column of chunks.
    pub(super) fn chunk(&self, band: usize, row: usize, column: usize) -> usize {
        let plane = if self.interleaved { 0 } else { band };
        let down = self.rows.div_ceil(self.chunk_rows);
        (plane * down + row) * self.across() + column
    }

    /// Returns the rows stored in a chunk: the last strip ends with the raster, a
    /// tile is always whole.
    pub(super) fn stored_rows(&self, chunk: usize) -> usize {
        if self.tiled {
            return self.chunk_rows;
        }
        let down = self.rows.div_ceil(self.chunk_rows);
        let row = chunk % down;
        self.chunk_rows.min(self.rows - row * self.chunk_rows)
    }

    /// Returns the bytes of one cell of a chunk, with all bands stored in it.
    pub(super) fn cell_bytes(&self) -> usize {
        let together = if self.interleaved { self.bands } else { 1 };
        together * self.kind.bytes()
    }
}

/// Leaves to GDAL what changes the meaning of the stored numbers.
fn refuse_special(directory: &mut Directory) -> Option<()> {
    const SUBFILE: u16 = 254;
    const PHOTOMETRIC: u16 = 262;
    const FILL_ORDER: u16 = 266;
    const EXTRA_SAMPLES: u16 = 338;
    // Depth of images and tiles; subsampling of colours.
    const STRANGE: [u16; 3] = [32997, 32998, 530];
    let alpha = directory.has(EXTRA_SAMPLES)
        && directory
            .numbers(EXTRA_SAMPLES)?
            .iter()
            .any(|one| *one != 0);
    let plain = directory.one_or(SUBFILE, 0)? == 0
        && directory.one_or(PHOTOMETRIC, 9)? <= 3
        && directory.one_or(FILL_ORDER, 1)? == 1
        && !STRANGE.iter().any(|id| directory.has(*id));
    (plain && !alpha).then_some(())
}

fn side(cells: u64) -> Option<u64> {
    (1..=MOST_CELLS_A_SIDE).contains(&cells).then_some(cells)
}

/// Reads where the chunks are; all must lie inside the file.
fn places(directory: &mut Directory, tiled: bool, chunks: u64) -> Option<Vec<(u64, u64)>> {
    let (own, other) = if tiled {
        ((324, 325), (273, 279))
    } else {
        ((273, 279), (324, 325))
    };
    if directory.has(other.0) || directory.has(other.1) {
        return None;
    }
    let offsets = directory.numbers(own.0)?;
    let counts = directory.numbers(own.1)?;
    if offsets.len() as u64 != chunks || counts.len() as u64 != chunks {
        return None;
    }
    let end = directory.file_bytes();
    let places: Vec<(u64, u64)> = offsets.into_iter().zip(counts).collect();
    let inside = |&(place, count): &(u64, u64)| {
        place.checked_add(count).is_some_and(|last| last <= end) && (place == 0) == (count == 0)
    };
    places.iter().all(inside).then_some(places)
}
