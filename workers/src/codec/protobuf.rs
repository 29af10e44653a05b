//! The part of protobuf (proto2) that the protocol uses.
//!
//! A message is a struct whose field types say what the schema says: `T` is required, `Option<T>` optional,
//! `Vec<T>` repeated. [`message!`](crate::codec::protobuf::message) gives each field its number. A library would
//! need a schema compiler at build time for a few dozen small messages.

use std::fmt;

use bytes::{Buf, Bytes};

/// Bytes that are no message of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub(crate) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// A message that travels.
pub trait Message: Sized {
    /// Appends its bytes.
    fn encode_to(&self, out: &mut Vec<u8>);

    /// Reads one that fills `bytes`; fields may come in any order, and unknown ones are skipped.
    ///
    /// # Errors
    /// Where a required field is missing, or the bytes are no protobuf.
    fn decode(bytes: Bytes) -> Result<Self, Malformed>;

    /// Its bytes.
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_to(&mut out);
        out
    }
}

/// A field's value as it stands on the wire.
#[derive(Clone, Debug)]
pub enum Value {
    /// Integers and booleans.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Text, bytes, messages, packed lists.
    Bytes(Bytes),
    /// Four bytes.
    Fixed32(u32),
}

/// Reads fields one after another.
pub struct Fields(Bytes);

impl Fields {
    /// The fields in `bytes`.
    pub fn of(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The next field's number and value; nothing at the end.
    ///
    /// # Errors
    /// Where the bytes are no field.
    pub fn next_field(&mut self) -> Result<Option<(u32, Value)>, Malformed> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = varint(&mut self.0)?;
        let number = u32::try_from(key >> 3).map_err(|_| Malformed("a field number is too large"))?;
        if number == 0 {
            return Err(Malformed("a field has the number 0"));
        }
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut self.0)?),
            1 => Value::Fixed64(self.0.try_get_u64_le().map_err(|_| CUT)?),
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).map_err(|_| CUT)?;
                if length > self.0.len() {
                    return Err(CUT);
                }
                Value::Bytes(self.0.split_to(length))
            }
            5 => Value::Fixed32(self.0.try_get_u32_le().map_err(|_| CUT)?),
            _ => return Err(Malformed("a field has an unknown wire type")),
        };
        Ok(Some((number, value)))
    }
}

const CUT: Malformed = Malformed("the bytes end inside a field");
const OTHER_TYPE: Malformed = Malformed("a field has another type");

fn varint(bytes: &mut Bytes) -> Result<u64, Malformed> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.try_get_u8().map_err(|_| CUT)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Malformed("an integer has more than ten bytes"))
}

fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_key(number: u32, wire_type: u64, out: &mut Vec<u8>) {
    put_varint(u64::from(number) << 3 | wire_type, out);
}

/// Appends a field of bytes.
pub(crate) fn put_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    put_key(number, 2, out);
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A single value of a field.
pub trait Scalar: Sized {
    /// Its value from the wire.
    ///
    /// # Errors
    /// Where the wire has another type.
    fn read(value: Value) -> Result<Self, Malformed>;

    /// Appends it as the field `number`.
    fn write(&self, number: u32, out: &mut Vec<u8>);
}

macro_rules! varints {
    ($($kind:ty: $from_wire:expr, $to_wire:expr;)+) => {$(
        impl Scalar for $kind {
            fn read(value: Value) -> Result<Self, Malformed> {
                match value {
                    Value::Varint(value) => Ok($from_wire(value)),
                    _ => Err(OTHER_TYPE),
                }
            }

            fn write(&self, number: u32, out: &mut Vec<u8>) {
                put_key(number, 0, out);
                put_varint($to_wire(*self), out);
            }
        }
    )+};
}

// Integers that do not fit are cut, and negative ones are extended to 64 bits, as every protobuf library does.
varints! {
    bool: |wire| wire != 0, u64::from;
    i32: |wire| wire as i32, |value| i64::from(value) as u64;
    u32: |wire| wire as u32, u64::from;
    i64: |wire| wire as i64, |value| value as u64;
}

/// Eight bytes on the wire, whatever the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fixed64(pub u64);

impl Scalar for Fixed64 {
    fn read(value: Value) -> Result<Self, Malformed> {
        match value {
            Value::Fixed64(value) => Ok(Self(value)),
            _ => Err(OTHER_TYPE),
        }
    }

    fn write(&self, number: u32, out: &mut Vec<u8>) {
        put_key(number, 1, out);
        out.extend_from_slice(&self.0.to_le_bytes());
    }
}

impl Scalar for Bytes {
    fn read(value: Value) -> Result<Self, Malformed> {
        match value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(OTHER_TYPE),
        }
    }

    fn write(&self, number: u32, out: &mut Vec<u8>) {
        put_bytes(number, self, out);
    }
}

/// Text that is no UTF-8 loses what cannot be read: it is a task's output, and must not cost its result.
impl Scalar for String {
    fn read(value: Value) -> Result<Self, Malformed> {
        Bytes::read(value).map(|bytes| Self::from_utf8_lossy(&bytes).into_owned())
    }

    fn write(&self, number: u32, out: &mut Vec<u8>) {
        put_bytes(number, self.as_bytes(), out);
    }
}

/// A field's type: how often it may come, and how often it must.
pub trait Field: Sized {
    /// What has come so far.
    type Slot: Default;

    /// Takes one occurrence.
    ///
    /// # Errors
    /// Where it is of another type.
    fn take(slot: &mut Self::Slot, value: Value) -> Result<(), Malformed>;

    /// What the field is after the last occurrence; nothing when one is missing.
    fn done(slot: Self::Slot) -> Option<Self>;

    /// Appends all occurrences.
    fn put(&self, number: u32, out: &mut Vec<u8>);
}

impl<T: Scalar> Field for T {
    type Slot = Option<T>;

    fn take(slot: &mut Self::Slot, value: Value) -> Result<(), Malformed> {
        *slot = Some(T::read(value)?);
        Ok(())
    }

    fn done(slot: Self::Slot) -> Option<Self> {
        slot
    }

    fn put(&self, number: u32, out: &mut Vec<u8>) {
        self.write(number, out);
    }
}

impl<T: Scalar> Field for Option<T> {
    type Slot = Self;

    fn take(slot: &mut Self::Slot, value: Value) -> Result<(), Malformed> {
        *slot = Some(T::read(value)?);
        Ok(())
    }

    fn done(slot: Self::Slot) -> Option<Self> {
        Some(slot)
    }

    fn put(&self, number: u32, out: &mut Vec<u8>) {
        if let Some(value) = self {
            value.write(number, out);
        }
    }
}

impl<T: Scalar> Field for Vec<T> {
    type Slot = Self;

    fn take(slot: &mut Self::Slot, value: Value) -> Result<(), Malformed> {
        slot.push(T::read(value)?);
        Ok(())
    }

    fn done(slot: Self::Slot) -> Option<Self> {
        Some(slot)
    }

    fn put(&self, number: u32, out: &mut Vec<u8>) {
        for value in self {
            value.write(number, out);
        }
    }
}

/// Defines messages: `2 name: String` is the required field 2.
macro_rules! message {
    ($(
        $(#[$about:meta])*
        $vis:vis struct $name:ident { $($(#[$each:meta])* $number:literal $field:ident: $kind:ty,)* }
    )+) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        $vis struct $name { $($(#[$each])* $vis $field: $kind,)* }

        impl $crate::codec::protobuf::Message for $name {
            fn encode_to(&self, out: &mut Vec<u8>) {
                $($crate::codec::protobuf::Field::put(&self.$field, $number, out);)*
            }

            fn decode(bytes: bytes::Bytes) -> Result<Self, $crate::codec::protobuf::Malformed> {
                $(let mut $field = <$kind as $crate::codec::protobuf::Field>::Slot::default();)*
                let mut fields = $crate::codec::protobuf::Fields::of(bytes);
                while let Some((number, value)) = fields.next_field()? {
                    match number {
                        $($number => <$kind as $crate::codec::protobuf::Field>::take(&mut $field, value)?,)*
                        _ => {}
                    }
                }
                Ok(Self {$(
                    $field: <$kind as $crate::codec::protobuf::Field>::done($field).ok_or(
                        $crate::codec::protobuf::Malformed(concat!(
                            stringify!($name), " lacks its ", stringify!($field)
                        )),
                    )?,
                )*})
            }
        }

        impl $crate::codec::protobuf::Scalar for $name {
            fn read(
                value: $crate::codec::protobuf::Value,
            ) -> Result<Self, $crate::codec::protobuf::Malformed> {
                <bytes::Bytes as $crate::codec::protobuf::Scalar>::read(value)
                    .and_then(<Self as $crate::codec::protobuf::Message>::decode)
            }

            fn write(&self, number: u32, out: &mut Vec<u8>) {
                let bytes = $crate::codec::protobuf::Message::encode(self);
                $crate::codec::protobuf::put_bytes(number, &bytes, out);
            }
        }
    )+};
}
pub(crate) use message;

#[cfg(test)]
mod tests {
    use super::*;

    message! {
        /// One of each.
        struct Sample {
            1 number: i64,
            2 small: Option<i32>,
            3 texts: Vec<String>,
            4 fixed: Option<Fixed64>,
            16 inner: Option<Inner>,
        }
        /// A message in a message.
        struct Inner {
            1 yes: bool,
        }
    }

    fn decode(bytes: &'static [u8]) -> Result<Sample, Malformed> {
        Sample::decode(Bytes::from_static(bytes))
    }

    #[test]
    fn negative_numbers_take_ten_bytes() {
        let sample = Sample { number: 1, small: Some(-1), ..Sample::default() };
        let bytes = sample.encode();
        assert_eq!(hex::encode(&bytes), "080110ffffffffffffffffff01");
        assert_eq!(Sample::decode(bytes.into()), Ok(sample));
    }

    #[test]
    fn fields_come_in_any_order_and_unknown_ones_are_skipped() {
        let sample =
            decode(b"\x82\x01\x02\x08\x01\x7d\x00\x00\x00\x00\x1a\x01a\x08\x05\x1a\x01b\x08\x07").unwrap();
        let inner = Some(Inner { yes: true });
        assert_eq!(
            sample,
            Sample { number: 7, texts: vec!["a".into(), "b".into()], inner, ..Sample::default() }
        );
    }

    #[test]
    fn what_is_no_message_says_why() {
        for (bytes, why) in [
            (&b""[..], "Sample lacks its number"),
            (b"\x08", "the bytes end inside a field"),
            (b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "an integer has more than ten bytes"),
            (b"\x08\x01\x1a\x05ab", "the bytes end inside a field"),
            (b"\x08\x01\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "the bytes end inside a field"),
            (b"\x0a\x00", "a field has another type"),
            (b"\x08\x01\x82\x01\x00", "Inner lacks its yes"),
            (b"\x08\x01\x0b", "a field has an unknown wire type"),
            (b"\x00\x01", "a field has the number 0"),
        ] {
            assert_eq!(decode(bytes).unwrap_err().to_string(), why, "{bytes:?}");
        }
    }

    #[test]
    fn text_that_is_none_is_still_read() {
        assert_eq!(decode(b"\x08\x01\x1a\x02a\xff").unwrap().texts, ["a\u{fffd}"]);
    }
}
