//! Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011): random numbers as a function
//! of a key and a counter, so that any draw is had without those before it.

/// Words of a block.
pub type Block = [u32; 4];

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Golden ratio and square root of three less one, as fractions of 2^32.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// Returns the block of a counter under a key.
pub fn philox4x32(mut counter: Block, mut key: [u32; 2]) -> Block {
    for round in 0..ROUNDS {
        if round > 0 {
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        let wide = |at: usize| u64::from(MULTIPLIERS[at]) * u64::from(counter[2 * at]);
        let [first, second] = [wide(0), wide(1)];
        counter = [
            high(second) ^ counter[1] ^ key[0],
            low(second),
            high(first) ^ counter[3] ^ key[1],
            low(first),
        ];
    }
    counter
}

fn high(wide: u64) -> u32 {
    (wide >> 32) as u32
}

fn low(wide: u64) -> u32 {
    (wide & 0xFFFF_FFFF) as u32
}

/// Returns the number of a draw, uniform between 0 and 1 and neither of them: the key is
/// the seed, the counter holds draw and stream.
pub fn uniform(seed: u64, stream: u64, draw: u64) -> f64 {
    let counter = [low(draw), high(draw), low(stream), high(stream)];
    let [a, b, ..] = philox4x32(counter, [low(seed), high(seed)]);
    let bits = (u64::from(b) << 32 | u64::from(a)) >> 11;
    // 53 bits, in the middle of their step: exact, and never 0 or 1.
    (bits as f64 + 0.5) / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of Random123 (kat_vectors, philox4x32 10).
    #[test]
    fn known_answers_hold() {
        let all = u32::MAX;
        let cases = [
            (
                [0; 4],
                [0; 2],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
            ),
            (
                [all; 4],
                [all; 2],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(philox4x32(counter, key), expected);
        }
    }

    /// Draws lie strictly inside, and mean and variance are those of a uniform within
    /// five standard errors.
    #[test]
    fn draws_are_uniform() {
        let count = 100_000_u32;
        let draws: Vec<f64> = (0..u64::from(count)).map(|at| uniform(7, 11, at)).collect();
        assert!(draws.iter().all(|u| *u > 0.0 && *u < 1.0));
        let mean = draws.iter().sum::<f64>() / f64::from(count);
        let error = (1.0 / 12.0 / f64::from(count)).sqrt();
        assert!((mean - 0.5).abs() < 5.0 * error, "{mean}");
        let square = draws.iter().map(|u| (u - 0.5) * (u - 0.5)).sum::<f64>();
        let variance = square / f64::from(count);
        let error = (1.0 / 180.0 / f64::from(count)).sqrt();
        assert!((variance - 1.0 / 12.0).abs() < 5.0 * error, "{variance}");
    }

    /// Seeds, streams and draws all matter.
    #[test]
    fn every_part_of_the_counter_matters() {
        let one = uniform(1, 2, 3);
        assert_eq!(one, uniform(1, 2, 3));
        for other in [
            uniform(2, 2, 3),
            uniform(1, 3, 3),
            uniform(1, 2, 4),
            uniform(1 << 40, 2, 3),
            uniform(1, 1 << 40, 3),
            uniform(1, 2, 1 << 40),
        ] {
            assert_ne!(one, other);
        }
    }
}
