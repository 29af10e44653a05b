//! Numbers as bytes: what the append log, the chunks and the roll-ups share.
//!
//! Measurements are decimals far more often than they are random: `35.7`, `12`, `0.25`. So a value is written as the
//! difference of two whole numbers at a decimal scale whenever that gives back the same double bit by bit, which takes
//! one or two bytes where XOR of doubles takes seven. What is no short decimal is written as its eight bytes.

use muster_core::{Error, Result};

const POWERS: [f64; 7] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
/// Whole numbers up to here are exact as doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// The code of a value that is written as its eight bytes; smaller codes are decimal scales.
const PLAIN: u64 = 7;

pub(crate) fn put_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(crate) fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put_varint(bytes, zigzag(number));
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

/// Bytes that are read from their beginning.
#[derive(Clone, Debug)]
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8]);

impl Bytes<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn varint(&mut self) -> Result<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or_else(damaged)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(damaged())
    }

    pub(crate) fn signed(&mut self) -> Result<i64> {
        self.varint().map(unzigzag)
    }

    fn double(&mut self) -> Result<f64> {
        let (bytes, rest) = self.0.split_first_chunk::<8>().ok_or_else(damaged)?;
        self.0 = rest;
        Ok(f64::from_le_bytes(*bytes))
    }
}

/// What was read is not what this code writes: the store below us is damaged.
pub(crate) fn damaged() -> Error {
    Error::internal("stored samples are damaged")
}

/// A sequence of doubles, each written with regard to the one before. Writer and reader go through the same states.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Doubles {
    scale: u8,
    last: i64,
}

impl Doubles {
    pub(crate) fn put(&mut self, bytes: &mut Vec<u8>, value: f64) {
        let scales = self.scale..=6;
        for scale in scales {
            let Some(number) = decimal(value, scale) else { continue };
            if scale == self.scale {
                // Even codes: a difference at the scale that is in force. It has 54 bits at most.
                put_varint(bytes, zigzag(number - self.last) << 1);
            } else {
                put_varint(bytes, u64::from(scale) << 1 | 1);
                put_signed(bytes, number);
            }
            (self.scale, self.last) = (scale, number);
            return;
        }
        put_varint(bytes, PLAIN << 1 | 1);
        bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn take(&mut self, bytes: &mut Bytes<'_>) -> Result<f64> {
        let code = bytes.varint()?;
        if code & 1 == 0 {
            self.last = self.last.wrapping_add(unzigzag(code >> 1));
        } else {
            match code >> 1 {
                PLAIN => return bytes.double(),
                scale @ 0..PLAIN => {
                    self.scale = scale as u8;
                    self.last = bytes.signed()?;
                }
                _ => return Err(damaged()),
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "the writer took only numbers that are exact")]
        let number = self.last as f64;
        Ok(number / POWERS[usize::from(self.scale)])
    }
}

/// The whole number that gives `value` back when it is divided by this power of ten.
fn decimal(value: f64, scale: u8) -> Option<i64> {
    let power = POWERS[usize::from(scale)];
    let number = (value * power).round();
    let fits = number.abs() <= EXACT && (number / power).to_bits() == value.to_bits();
    // A negative zero has the sign that a whole number lacks.
    (fits && !(number == 0.0 && value.is_sign_negative())).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(values: &[f64]) -> (usize, Vec<f64>) {
        let (mut bytes, mut writer) = (Vec::new(), Doubles::default());
        values.iter().for_each(|value| writer.put(&mut bytes, *value));
        let (mut rest, mut reader) = (Bytes(&bytes), Doubles::default());
        let read = values.iter().map(|_| reader.take(&mut rest).unwrap()).collect();
        assert!(rest.is_empty());
        (bytes.len(), read)
    }

    #[test]
    fn measurements_take_few_bytes() {
        let steady: Vec<f64> = (0..1_000).map(|minute| f64::from(35_00 + minute % 7 * 10) / 100.0).collect();
        assert!(there_and_back(&steady).0 < 2_200, "{}", there_and_back(&steady).0);
        assert_eq!(there_and_back(&[12.0; 100]).0, 100);
    }

    #[test]
    fn damage_is_told_and_never_a_panic() {
        for bytes in [&[][..], &[0x80], &[0xff; 12], &[15, 1, 2], &[17], &[3]] {
            assert!(Doubles::default().take(&mut Bytes(bytes)).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn doubles_come_back_bit_by_bit(values in proptest::collection::vec(
            prop_oneof![any::<f64>(), (-100_000_i32..100_000).prop_map(|n| f64::from(n) / 100.0), Just(-0.0), Just(0.0),
                        any::<i64>().prop_map(|n| n as f64)], 0..200)
        ) {
            let (_, read) = there_and_back(&values);
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&read), bits(&values));
        }

        #[test]
        fn whole_numbers_come_back(numbers in proptest::collection::vec(any::<i64>(), 0..100)) {
            let mut bytes = Vec::new();
            numbers.iter().for_each(|number| put_signed(&mut bytes, *number));
            let mut rest = Bytes(&bytes);
            for number in &numbers {
                prop_assert_eq!(rest.signed().unwrap(), *number);
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let (mut rest, mut reader) = (Bytes(&bytes), Doubles::default());
            while !rest.is_empty() && reader.take(&mut rest).is_ok() {}
        }
    }
}
