//! Ids as Cloud Eye writes them: a prefix and 22 letters and digits, 13 digits first.
//!
//! The digits are the feature's own id, which has 13 of them; the rest is computed from it. So an id needs no column,
//! and a mistyped one names nothing.

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use crate::request::{Malformed, Request};

/// A kind of thing that has ids.
pub(crate) trait Named {
    /// What its ids begin with.
    const PREFIX: &'static str;
    /// What the parameter of a path or a field is called that holds one.
    const PARAMETER: &'static str;
    /// How many letters and digits may follow the prefix. Ours have 22; others of these lengths name nothing.
    const LENGTHS: RangeInclusive<usize> = LENGTH..=LENGTH;
}

macro_rules! named {
    ($($(#[$about:meta])* $id:ident, $kind:ident: $prefix:literal, $parameter:literal $(, $lengths:expr)?;)+) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $kind {}

        impl Named for $kind {
            const PREFIX: &'static str = $prefix;
            const PARAMETER: &'static str = $parameter;
            $(const LENGTHS: RangeInclusive<usize> = $lengths;)?
        }

        $(#[$about])*
        pub(crate) type $id = Id<$kind>;
    )+};
}

named! {
    /// A resource group's id.
    GroupId, Group: "rg", "group_id";
    /// An alarm rule's id.
    AlarmId, Alarm: "al", "alarm_id";
    /// A notification mask's id.
    MaskId, Mask: "nm", "notification_mask_id", LENGTH..=62;
    /// An alarm template's id. Of the clients' own there may be others.
    TemplateId, Template: "at", "template_id", 0..=62;
    /// The id of an alarm's record.
    RecordId, Record: "ah", "record_id";
    /// An event's id.
    EventId, Event: "ev", "event_id";
}

/// An id of an `N`, or a text of its form that names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id<N>(Option<i64>, PhantomData<N>);

const LENGTH: usize = 22;
const DIGITS: usize = 13;
/// No row has it: ids begin at 10^12.
const NOBODY: i64 = 0;

/// How Cloud Eye writes the id of a resource group.
pub fn resource_group_id(id: i64) -> String {
    GroupId::new(id).to_string()
}

/// How Cloud Eye writes the id of an alarm rule.
pub fn alarm_rule_id(id: i64) -> String {
    AlarmId::new(id).to_string()
}

impl<N: Named> Id<N> {
    /// The id that clients see for `id`.
    pub(crate) fn new(id: i64) -> Self {
        Self(Some(id), PhantomData)
    }

    /// Reads an id; nothing when the text is not of an id's form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(N::PREFIX)?;
        if !N::LENGTHS.contains(&rest.len()) || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let id = rest.split_at_checked(DIGITS).and_then(|(digits, tail)| {
            digits.parse().ok().filter(|&id| digits.as_bytes()[0] != b'0' && tail == tail_of(id))
        });
        Some(Self(id, PhantomData))
    }

    /// The id in the path.
    ///
    /// # Errors
    /// [`Malformed::Parameter`] when it is not of an id's form.
    pub(crate) fn of_path(request: &Request) -> Result<Self, Malformed> {
        Self::parse(request.path(N::PARAMETER))
            .ok_or_else(|| Malformed::parameter(N::PARAMETER, format!("must be {}", Self::form())))
    }

    /// What an id looks like, for people.
    pub(crate) fn form() -> String {
        format!("{} and {LENGTH} letters and digits", N::PREFIX)
    }

    /// The feature's id; one that nothing has when there is none.
    pub(crate) fn get(self) -> i64 {
        self.0.unwrap_or(NOBODY)
    }
}

impl<N: Named> fmt::Display for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0.unwrap_or(NOBODY);
        write!(f, "{}{id:0DIGITS$}{}", N::PREFIX, tail_of(id))
    }
}

/// Nine letters and digits that depend on every bit of the id.
fn tail_of(id: i64) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    // The finisher of SplitMix64.
    let mut mixed = id.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    (DIGITS..LENGTH)
        .map(|_| {
            let place = mixed % 62;
            mixed /= 62;
            char::from(ALPHABET[usize::try_from(place).unwrap_or(0)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_was_written() {
        for id in [1_000_000_000_000, 1_000_000_000_001, 9_999_999_999_999] {
            let text = GroupId::new(id).to_string();
            assert_eq!((text.len(), &text[..2]), (24, "rg"));
            assert_eq!(GroupId::parse(&text), Some(GroupId::new(id)), "{text}");
        }
    }

    #[test]
    fn an_id_of_the_right_form_may_name_nothing() {
        let text = GroupId::new(1_000_000_000_000).to_string();
        let mistyped = text.replace("rg1000000000000", "rg1000000000001");
        for text in [mistyped.as_str(), "rg1603131199286dzxpqK3Ez1", "rgabcdefghijklmnopqrstuv"] {
            assert_eq!(GroupId::parse(&text[..24]).map(GroupId::get), Some(NOBODY), "{text}");
        }
        for text in [
            "",
            "rg",
            &text[..23],
            "al1000000000000abcdefghi",
            "rg100000000000-abcdefghi",
            &format!("{text}a"),
        ] {
            assert_eq!(GroupId::parse(text), None, "{text}");
        }
    }
}
