//! Predictors undone, row by row; the result is in the machine's byte order.

use super::layout::{Layout, Predictor};

/// Undoes the predictor and the byte order of an unpacked chunk. `spare` is kept
/// between chunks.
pub(super) fn restore(layout: &Layout, chunk: &mut [u8], spare: &mut Vec<u8>) {
    let size = layout.kind.bytes();
    let together = layout.cell_bytes() / size;
    let row_bytes = layout.chunk_columns * layout.cell_bytes();
    let foreign = layout.big_endian != cfg!(target_endian = "big");
    if layout.predictor == Predictor::Float {
        spare.resize(row_bytes, 0);
        for row in chunk.chunks_exact_mut(row_bytes) {
            sum_bytes(row, together);
            spare.copy_from_slice(row);
            gather_planes(spare, row, size);
        }
        return;
    }
    if foreign && size > 1 {
        for number in chunk.chunks_exact_mut(size) {
            number.reverse();
        }
    }
    if layout.predictor == Predictor::Difference {
        for row in chunk.chunks_exact_mut(row_bytes) {
            match size {
                1 => sum_bytes(row, together),
                2 => sum_words(
                    row,
                    together,
                    u16::from_ne_bytes,
                    u16::wrapping_add,
                    u16::to_ne_bytes,
                ),
                4 => sum_words(
                    row,
                    together,
                    u32::from_ne_bytes,
                    u32::wrapping_add,
                    u32::to_ne_bytes,
                ),
                _ => sum_words(
                    row,
                    together,
                    u64::from_ne_bytes,
                    u64::wrapping_add,
                    u64::to_ne_bytes,
                ),
            }
        }
    }
}

/// Replaces each byte by the sum, modulo 256, of it and all bytes a multiple of
/// `stride` before it.
fn sum_bytes(row: &mut [u8], stride: usize) {
    if stride != 1 {
        for at in stride..row.len() {
            row[at] = row[at].wrapping_add(row[at - stride]);
        }
        return;
    }
    // Eight bytes at a time, in four lanes of 16 bits: a product with ONES sums
    // the lanes up to each. Sums stay below 2^12, so no lane runs into the next.
    const LOW: u64 = 0x00ff_00ff_00ff_00ff;
    const ONES: u64 = 0x0001_0001_0001_0001;
    let mut before = 0_u64;
    let mut words = row.chunks_exact_mut(8);
    for word in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        let packed = u64::from_le_bytes(bytes);
        let (even, odd) = (packed & LOW, (packed >> 8) & LOW);
        let pairs = (even.wrapping_add(odd)).wrapping_mul(ONES);
        let sums = pairs.wrapping_add((before & 0xff).wrapping_mul(ONES));
        before = before.wrapping_add(pairs >> 48);
        let result = (sums.wrapping_sub(odd) & LOW) | ((sums & LOW) << 8);
        word.copy_from_slice(&result.to_le_bytes());
    }
    for byte in words.into_remainder() {
        before = before.wrapping_add(u64::from(*byte));
        *byte = before as u8;
    }
}

/// The same for numbers of several bytes.
fn sum_words<const SIZE: usize, T: Copy>(
    row: &mut [u8],
    stride: usize,
    read: impl Fn([u8; SIZE]) -> T,
    add: impl Fn(T, T) -> T,
    write: impl Fn(T) -> [u8; SIZE],
) {
    let (words, _) = row.as_chunks_mut::<SIZE>();
    for at in stride..words.len() {
        words[at] = write(add(read(words[at]), read(words[at - stride])));
    }
}

/// Puts numbers together from planes of their bytes, the highest plane first.
fn gather_planes(planes: &[u8], row: &mut [u8], size: usize) {
    let count = planes.len() / size;
    if size == 4 {
        let (a, rest) = planes.split_at(count);
        let (b, rest) = rest.split_at(count);
        let (c, d) = rest.split_at(count);
        let (numbers, _) = row.as_chunks_mut::<4>();
        for ((((number, &a), &b), &c), &d) in numbers.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *number = u32::from_be_bytes([a, b, c, d]).to_ne_bytes();
        }
        return;
    }
    for (at, number) in row.chunks_exact_mut(size).enumerate() {
        for (place, byte) in number.iter_mut().enumerate() {
            let plane = if cfg!(target_endian = "big") {
                place
            } else {
                size - 1 - place
            };
            *byte = planes[plane * count + at];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_by_eights_are_sums_one_by_one() {
        for length in [0, 1, 7, 8, 9, 16, 1003] {
            let row: Vec<u8> = (0..length).map(|at| (at * at + 251 * at) as u8).collect();
            let (mut fast, mut slow) = (row.clone(), row);
            sum_bytes(&mut fast, 1);
            for at in 1..slow.len() {
                slow[at] = slow[at].wrapping_add(slow[at - 1]);
            }
            assert_eq!(fast, slow, "{length} bytes");
        }
        let mut full = vec![255; 4096];
        sum_bytes(&mut full, 1);
        let mut expected = 0_u8;
        for byte in full {
            expected = expected.wrapping_add(255);
            assert_eq!(byte, expected);
        }
    }
}
