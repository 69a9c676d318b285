//! Windows of cells out of decoded chunks.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::codec::{Codec, Unread};
use super::layout::Layout;
use super::predictor::restore;

/// A rectangle of stored cells, rows in the order of the file.
#[derive(Clone, Copy, Debug)]
pub struct Cells {
    /// First row.
    pub row: usize,
    /// First column.
    pub column: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
}

/// One thread's reading of a file.
pub struct ChunkReader {
    layout: Arc<Layout>,
    file: File,
    codec: Codec,
    packed: Vec<u8>,
    spare: Vec<u8>,
    line: Vec<u8>,
    kept: Vec<Kept>,
    clock: u64,
}

/// A decoded chunk and when it was last used.
struct Kept {
    chunk: usize,
    used: u64,
    cells: Vec<u8>,
}

/// Decoded bytes kept beyond what the present window needs: a window that goes on
/// where the last one ended finds its tiles, and one that goes along a band of
/// strips finds the strips.
const KEPT_TILE_BYTES: usize = 2 << 20;
const KEPT_STRIP_BYTES: usize = 24 << 20;
/// Kept chunks are looked through one by one.
const MOST_KEPT: usize = 1024;
/// No codec makes a chunk of this many bytes or more this many times longer.
const MOST_EXPANSION: u64 = 2;
const SMALL_BYTES: u64 = 1 << 16;

impl ChunkReader {
    /// Opens a file for one thread.
    pub fn open(path: &Path, layout: &Arc<Layout>) -> Option<Self> {
        Some(Self {
            layout: layout.clone(),
            file: File::open(path).ok()?,
            codec: Codec::new(layout.packing)?,
            packed: Vec::new(),
            spare: Vec::new(),
            line: Vec::new(),
            kept: Vec::new(),
            clock: 0,
        })
    }

    /// Hands over the cells of a band (from 0), a piece of a row at a time: the
    /// position of its first cell among those of the window, and the stored numbers
    /// in the machine's byte order.
    ///
    /// # Errors
    ///
    /// A chunk is broken, or the window must be left to GDAL.
    pub fn read(
        &mut self,
        band: usize,
        cells: Cells,
        mut visit: impl FnMut(usize, &[u8]),
    ) -> Result<(), Unread> {
        let layout = self.layout.clone();
        let (last_row, last_column) = (cells.row + cells.rows, cells.column + cells.columns);
        if last_row > layout.rows || last_column > layout.columns || band >= layout.bands {
            return Err(Unread::LeftToGdal);
        }
        let rows = cells.row / layout.chunk_rows..last_row.div_ceil(layout.chunk_rows);
        let columns =
            cells.column / layout.chunk_columns..last_column.div_ceil(layout.chunk_columns);
        let needed = rows.len() * columns.len();
        let (size, step) = (layout.kind.bytes(), layout.cell_bytes());
        for chunk_row in rows {
            let top = chunk_row * layout.chunk_rows;
            let (from_row, to_row) = (cells.row.max(top), last_row.min(top + layout.chunk_rows));
            for chunk_column in columns.clone() {
                let left = chunk_column * layout.chunk_columns;
                let from = cells.column.max(left);
                let to = last_column.min(left + layout.chunk_columns);
                let at = self.chunk(layout.chunk(band, chunk_row, chunk_column), needed)?;
                let decoded = &self.kept[at].cells;
                for row in from_row..to_row {
                    let first = (row - top) * layout.chunk_columns + (from - left);
                    let stored = &decoded[first * step..(first + to - from) * step];
                    let place = (row - cells.row) * cells.columns + (from - cells.column);
                    if layout.interleaved {
                        self.line.clear();
                        for cell in stored.chunks_exact(step) {
                            self.line
                                .extend_from_slice(&cell[band * size..(band + 1) * size]);
                        }
                        visit(place, &self.line);
                    } else {
                        visit(place, stored);
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns the place of a decoded chunk among the kept ones.
    fn chunk(&mut self, chunk: usize, needed: usize) -> Result<usize, Unread> {
        self.clock += 1;
        if let Some(at) = self.kept.iter().position(|kept| kept.chunk == chunk) {
            self.kept[at].used = self.clock;
            return Ok(at);
        }
        let layout = self.layout.clone();
        let whole = layout.chunk_rows * layout.chunk_columns * layout.cell_bytes();
        let budget = if layout.tiled {
            KEPT_TILE_BYTES
        } else {
            KEPT_STRIP_BYTES
        };
        let most = needed.max((budget / whole).min(MOST_KEPT));
        let oldest = (0..self.kept.len()).min_by_key(|&at| self.kept[at].used);
        let mut cells = match oldest {
            Some(oldest) if self.kept.len() >= most => self.kept.swap_remove(oldest).cells,
            _ => Vec::new(),
        };
        self.decode(&layout, chunk, &mut cells)?;
        self.kept.push(Kept {
            chunk,
            used: self.clock,
            cells,
        });
        Ok(self.kept.len() - 1)
    }

    fn decode(&mut self, layout: &Layout, chunk: usize, cells: &mut Vec<u8>) -> Result<(), Unread> {
        let bytes = layout.stored_rows(chunk) * layout.chunk_columns * layout.cell_bytes();
        let (place, count) = layout.places[chunk];
        if count == 0 {
            let fill = layout.fill.ok_or(Unread::LeftToGdal)?;
            let cell = &fill[..layout.kind.bytes()];
            *cells = cell.repeat(bytes / cell.len());
            return Ok(());
        }
        if count > SMALL_BYTES && count > MOST_EXPANSION * bytes as u64 {
            return Err(Unread::LeftToGdal);
        }
        cells.resize(bytes, 0);
        self.packed.resize(count as usize, 0);
        self.file
            .seek(SeekFrom::Start(place))
            .and_then(|_| self.file.read_exact(&mut self.packed))
            .map_err(|error| Unread::Broken(error.to_string()))?;
        if let Err(fault) = self.codec.unpack(&self.packed, cells) {
            // Some writers fill the last strip up beyond the last row.
            let whole = layout.chunk_rows * layout.chunk_columns * layout.cell_bytes();
            if whole == bytes {
                return Err(fault);
            }
            cells.resize(whole, 0);
            self.codec.unpack(&self.packed, cells)?;
            cells.truncate(bytes);
        }
        restore(layout, cells, &mut self.spare);
        Ok(())
    }
}
