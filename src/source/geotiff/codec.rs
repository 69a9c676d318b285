//! Unpacking of one chunk to exactly the bytes it must have.

use libdeflater::Decompressor as Deflate;
use weezl::BitOrder;
use weezl::decode::Decoder as Lzw;
use zstd::bulk::Decompressor as Zstd;

use super::layout::Packing;

/// Why cells were not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Perhaps sound, but nothing this reader knows.
    LeftToGdal,
    /// The packed bytes contradict themselves, their checksum or their length. GDAL
    /// takes too long a Deflate stream for whole, and its cells may then be whatever
    /// was in its memory: such chunks are refused.
    Broken(String),
}

/// One thread's decoder, kept between chunks.
pub(super) enum Codec {
    None,
    Deflate(Box<Deflate>),
    Lzw(Box<Lzw>),
    Zstd(Box<Zstd<'static>>),
}

impl Codec {
    pub(super) fn new(packing: Packing) -> Option<Self> {
        Some(match packing {
            Packing::None => Self::None,
            Packing::Deflate => Self::Deflate(Box::new(Deflate::new())),
            Packing::Lzw => Self::Lzw(Box::new(Lzw::with_tiff_size_switch(BitOrder::Msb, 8))),
            Packing::Zstd => Self::Zstd(Box::new(Zstd::new().ok()?)),
        })
    }

    /// Unpacks a chunk.
    pub(super) fn unpack(&mut self, packed: &[u8], out: &mut [u8]) -> Result<(), Unread> {
        let written = match self {
            Self::None => {
                if packed.len() != out.len() {
                    return Err(Unread::LeftToGdal);
                }
                out.copy_from_slice(packed);
                packed.len()
            }
            Self::Deflate(decoder) => match decoder.zlib_decompress(packed, out) {
                Ok(written) => written,
                Err(error) => return Err(Unread::Broken(format!("Deflate: {error}"))),
            },
            Self::Zstd(decoder) => match decoder.decompress_to_buffer(packed, out) {
                Ok(written) => written,
                Err(error) => return Err(Unread::Broken(format!("ZSTD: {error}"))),
            },
            Self::Lzw(decoder) => unpack_lzw(decoder, packed, out)?,
        };
        if written < out.len() {
            let (missing, all) = (out.len() - written, out.len());
            return Err(Unread::Broken(format!("{missing} of {all} bytes missing")));
        }
        Ok(())
    }
}

fn unpack_lzw(decoder: &mut Lzw, packed: &[u8], out: &mut [u8]) -> Result<usize, Unread> {
    // Files of before 1988 have the bits the other way round.
    if matches!(packed, [0, second, ..] if second & 1 == 1) {
        return Err(Unread::LeftToGdal);
    }
    decoder.reset();
    let (mut read, mut written) = (0, 0);
    while written < out.len() {
        let step = decoder.decode_bytes(&packed[read..], &mut out[written..]);
        if let Err(error) = step.status {
            return Err(Unread::Broken(format!("LZW: {error}")));
        }
        if step.consumed_in == 0 && step.consumed_out == 0 {
            break;
        }
        read += step.consumed_in;
        written += step.consumed_out;
    }
    Ok(written)
}
