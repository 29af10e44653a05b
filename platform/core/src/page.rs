//! Pages of lists.

use crate::Timestamp;

/// Which part of a list is wanted, counted by rows. What a vendor calls page number, start or offset
/// is turned into this at the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows to pass over.
    pub offset: u64,
    /// Rows to return at most.
    pub limit: u64,
}

impl PageRequest {
    /// The whole list.
    pub const ALL: Self = Self { offset: 0, limit: i64::MAX as u64 };

    /// Page `number` (counted from 1) of `size` rows. A page past the end of numbers is empty, not an error.
    pub const fn numbered(number: u64, size: u64) -> Self {
        Self { offset: number.saturating_sub(1).saturating_mul(size), limit: size }
    }

    /// `offset` as the store wants it.
    pub fn sql_offset(self) -> i64 {
        i64::try_from(self.offset).unwrap_or(i64::MAX)
    }

    /// `limit` as the store wants it.
    pub fn sql_limit(self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX)
    }
}

/// The way through a list from its newest row to its oldest, without counting it: for people, who look at the
/// first page and seldom at the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Browse<'b> {
    /// Names that hold this; every row when it is empty. Only the newest [`Browse::LOOKED_THROUGH`] rows are looked
    /// through, so that no question stalls the store.
    pub text: &'b str,
    /// The last row of the page before: when it was made, and its key.
    pub after: Option<(Timestamp, &'b str)>,
    /// Rows to return at most.
    pub limit: u32,
}

impl Browse<'_> {
    /// How many rows are looked through for a text.
    pub const LOOKED_THROUGH: i64 = 20_000;

    /// How many rows the store reads: the page, or all that are looked through.
    pub fn read_limit(&self) -> i64 {
        if self.text.is_empty() { i64::from(self.limit) } else { Self::LOOKED_THROUGH }
    }
}

/// A part of a list together with the length of the whole: for the vendors whose answers need a total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows there are in all pages.
    pub total: u64,
}

impl<T> Page<T> {
    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), total: self.total }
    }
}
