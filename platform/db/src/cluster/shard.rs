//! Into how many parts the work of a cluster is cut.

use muster_core::Result;

use super::no_such_shard;

/// How many shards there are, for ever: rows of the store are found by it.
pub const SHARDS: u8 = 64;

/// A part of the work that one node at a time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(u8);

impl Shard {
    /// The shard of what has this number.
    pub fn of(id: i64) -> Self {
        // Below 64, so it fits.
        Self(id.rem_euclid(i64::from(SHARDS)) as u8)
    }

    /// The shard of what has this name, such as an engine.
    pub fn named(name: &str) -> Self {
        Self::of(crate::tx::stable_hash(name).cast_signed())
    }

    pub(crate) fn numbered(number: i64) -> Result<Self> {
        let known = u8::try_from(number).ok().filter(|number| *number < SHARDS);
        known.map(Self).ok_or_else(|| no_such_shard(number))
    }

    /// Its number, below [`SHARDS`].
    pub fn number(self) -> u8 {
        self.0
    }
}

/// What a node serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// Everything: it is alone.
    All,
    /// These shards, in ascending order.
    Shards(Vec<Shard>),
}

impl Served {
    /// Whether the shard is among them.
    pub fn has(&self, shard: Shard) -> bool {
        match self {
            Self::All => true,
            Self::Shards(shards) => shards.binary_search(&shard).is_ok(),
        }
    }

    /// A condition on a column of numbers that are never negative, to stand behind others: ` AND …`, or nothing.
    pub fn and(&self, column: &str) -> String {
        match self {
            Self::All => String::new(),
            Self::Shards(shards) if shards.len() == usize::from(SHARDS) => String::new(),
            Self::Shards(shards) if shards.is_empty() => " AND 1 = 0".to_owned(),
            Self::Shards(shards) => {
                let numbers: Vec<String> = shards.iter().map(|shard| shard.0.to_string()).collect();
                format!(" AND {column} % {SHARDS} IN ({})", numbers.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_have_their_shards_for_ever() {
        assert_eq!(
            (Shard::of(1_000_000_000_001).number(), Shard::of(63).number(), Shard::of(64).number()),
            (1, 63, 0)
        );
        assert_eq!(Shard::named("jobs.prune"), Shard::named("jobs.prune"));
        assert!(Shard::numbered(64).is_err() && Shard::numbered(-1).is_err());
    }

    #[test]
    fn what_is_served_becomes_a_condition() {
        let some = Served::Shards(vec![Shard(1), Shard(7)]);
        assert_eq!(some.and("app_group_id"), " AND app_group_id % 64 IN (1, 7)");
        assert!(some.has(Shard(7)) && !some.has(Shard(2)));
        assert_eq!(Served::Shards(Vec::new()).and("x"), " AND 1 = 0");
        assert_eq!(Served::Shards((0..SHARDS).map(Shard).collect()).and("x"), "");
        assert_eq!(Served::All.and("x"), "");
    }
}
