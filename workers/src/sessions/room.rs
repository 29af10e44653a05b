//! How many workers and listed runs are remembered, so that no group takes the place of others.

use std::collections::HashMap;

/// So many workers, and so many instances in their heartbeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) workers: usize,
    pub(super) listed: usize,
}

/// What may be remembered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// Of one group.
    pub(super) of_group: Size,
    /// Of all of them; beyond it, no group may have more than an even share of it.
    pub(super) of_all: Size,
}

impl Default for Most {
    fn default() -> Self {
        Self {
            of_group: Size { workers: 10_000, listed: 1 << 20 },
            of_all: Size { workers: 100_000, listed: 8 << 20 },
        }
    }
}

/// What is remembered, counted.
#[derive(Default)]
pub(super) struct Room {
    most: Most,
    all: Size,
    groups: HashMap<i64, Size>,
}

impl Room {
    #[cfg(test)]
    fn new(most: Most) -> Self {
        Self { most, ..Self::default() }
    }

    /// Takes room.
    ///
    /// # Errors
    /// Why there is none; nothing is taken.
    pub(super) fn take(&mut self, group: i64, more: Size) -> Result<(), &'static str> {
        let known = self.groups.get(&group).copied();
        let of_group = known.unwrap_or_default().plus(more);
        let of_all = self.all.plus(more);
        let groups = self.groups.len() + usize::from(known.is_none());
        let Most { of_group: most, of_all: all } = self.most;
        let fits = |part: fn(&Size) -> usize| {
            part(&of_group) <= part(&most)
                && (part(&of_all) <= part(&all) || part(&of_group) <= part(&all) / groups)
        };
        if !fits(|size| size.workers) {
            return Err("there are too many workers");
        }
        if !fits(|size| size.listed) {
            return Err("too many instances are listed");
        }
        self.keep(group, more);
        Ok(())
    }

    /// Takes room, whether there is some or not: for what was there already.
    pub(super) fn keep(&mut self, group: i64, more: Size) {
        self.all = self.all.plus(more);
        let of_group = self.groups.entry(group).or_default();
        *of_group = of_group.plus(more);
    }

    /// Gives back what was taken.
    pub(super) fn give_back(&mut self, group: i64, less: Size) {
        self.all = self.all.minus(less);
        let Some(of_group) = self.groups.get_mut(&group) else { return };
        *of_group = of_group.minus(less);
        if *of_group == Size::default() {
            self.groups.remove(&group);
        }
    }
}

impl Size {
    fn plus(self, more: Self) -> Self {
        Self { workers: self.workers + more.workers, listed: self.listed + more.listed }
    }

    fn minus(self, less: Self) -> Self {
        Self {
            workers: self.workers.saturating_sub(less.workers),
            listed: self.listed.saturating_sub(less.listed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(listed: usize) -> Size {
        Size { workers: 1, listed }
    }

    #[test]
    fn a_group_that_fills_everything_leaves_others_their_share() {
        let most =
            Most { of_group: Size { workers: 9, listed: 80 }, of_all: Size { workers: 10, listed: 100 } };
        let mut room = Room::new(most);
        for _ in 0..8 {
            room.take(1, one(10)).unwrap();
        }
        assert!(room.take(1, one(1)).unwrap_err().contains("instances"));
        room.take(2, one(20)).unwrap();
        // All is taken. Another group still gets as much as everybody has a right to.
        for _ in 0..3 {
            room.take(3, one(11)).unwrap();
        }
        assert!(room.take(3, one(1)).unwrap_err().contains("workers"));
        room.give_back(3, one(11));
        assert!(room.take(3, one(12)).unwrap_err().contains("instances"));
        for _ in 0..2 {
            room.give_back(3, one(11));
        }
        room.give_back(2, one(20));
        assert_eq!((room.groups.len(), room.all), (1, Size { workers: 8, listed: 80 }));
        room.take(1, one(0)).unwrap();
        assert!(room.take(1, one(0)).unwrap_err().contains("workers"));
    }
}
