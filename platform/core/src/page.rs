//! Pages of lists.

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
