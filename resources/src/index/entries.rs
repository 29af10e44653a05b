//! The resources of a project, by their ordinals.
//!
//! Ordinals only grow, and are never used again. Most of those in a row are there, so they lie in pages; a page whose
//! resources are all gone goes as well.

use std::collections::BTreeMap;

use super::partition::Entry;

const PAGE: u32 = 64;

/// What rules look at in each resource.
#[derive(Default)]
pub(crate) struct Entries(BTreeMap<u32, Page>);

struct Page {
    places: Box<[Option<Entry>]>,
    taken: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { places: (0..PAGE).map(|_| None).collect(), taken: 0 }
    }
}

impl Entries {
    pub(crate) fn get(&self, ordinal: u32) -> Option<&Entry> {
        self.0.get(&(ordinal / PAGE))?.places[place(ordinal)].as_ref()
    }

    pub(crate) fn insert(&mut self, ordinal: u32, entry: Entry) {
        let page = self.0.entry(ordinal / PAGE).or_default();
        if page.places[place(ordinal)].replace(entry).is_none() {
            page.taken += 1;
        }
    }

    pub(crate) fn remove(&mut self, ordinal: u32) -> Option<Entry> {
        let page = self.0.get_mut(&(ordinal / PAGE))?;
        let entry = page.places[place(ordinal)].take()?;
        page.taken -= 1;
        if page.taken == 0 {
            self.0.remove(&(ordinal / PAGE));
        }
        Some(entry)
    }

    /// All of them, in the order of their ordinals.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Entry)> {
        self.0.iter().flat_map(|(page, entries)| {
            let all = (page * PAGE..).zip(&entries.places);
            all.filter_map(|(ordinal, entry)| entry.as_ref().map(|entry| (ordinal, entry)))
        })
    }

    /// How many pages there are.
    #[cfg(test)]
    pub(crate) fn pages(&self) -> usize {
        self.0.len()
    }
}

fn place(ordinal: u32) -> usize {
    (ordinal % PAGE) as usize
}
