//! Unpacking of one chunk to exactly the bytes it must have.

use libdeflater::Decompressor as Deflate;
use weezl::BitOrder;
use weezl::decode::Decoder as Lzw;
use zstd::bulk::Decompressor as Zstd;

use super::layout::Packing;

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

    /// Unpacks a chunk; `None` if it is broken, too short or too long.
    pub(super) fn unpack(&mut self, packed: &[u8], out: &mut [u8]) -> Option<()> {
        let written = match self {
            Self::None => {
                let whole = packed.len() == out.len();
                whole.then(|| out.copy_from_slice(packed))?;
                packed.len()
            }
            Self::Deflate(decoder) => decoder.zlib_decompress(packed, out).ok()?,
            Self::Zstd(decoder) => decoder.decompress_to_buffer(packed, out).ok()?,
            Self::Lzw(decoder) => unpack_lzw(decoder, packed, out)?,
        };
        (written == out.len()).then_some(())
    }
}

fn unpack_lzw(decoder: &mut Lzw, packed: &[u8], out: &mut [u8]) -> Option<usize> {
    // Files of before 1988 have the bits the other way round.
    if matches!(packed, [0, second, ..] if second & 1 == 1) {
        return None;
    }
    decoder.reset();
    let (mut read, mut written) = (0, 0);
    while written < out.len() {
        let step = decoder.decode_bytes(&packed[read..], &mut out[written..]);
        step.status.ok()?;
        if step.consumed_in == 0 && step.consumed_out == 0 {
            break;
        }
        read += step.consumed_in;
        written += step.consumed_out;
    }
    Some(written)
}
