//! Which operations of an API are served: the page that users read before they trust us with a client.

use std::fmt::Write;

use crate::{Api, Entry, Served};

/// An API's operations, served or not, in the order of its contract.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The API's name.
    pub api: &'static str,
    /// Each operation's name, and how far it is served.
    pub operations: Vec<(&'static str, Option<Served>)>,
}

impl Coverage {
    /// Compares the contract's names with the tables. What is served without being in the contract (calls that
    /// clients make at start) comes last.
    pub fn of<'e, A: Api>(
        contract: &[&'static str],
        entries: impl IntoIterator<Item = &'e Entry<A>>,
    ) -> Self {
        let served: Vec<(&'static str, Served)> =
            entries.into_iter().map(|entry| (entry.name, entry.served)).collect();
        let level = |name: &str| served.iter().find(|(known, _)| *known == name).map(|(_, level)| *level);
        let mut operations: Vec<_> = contract.iter().map(|name| (*name, level(name))).collect();
        let beyond = served.iter().filter(|(name, _)| !contract.contains(name));
        operations.extend(beyond.map(|(name, level)| (*name, Some(*level))));
        Self { api: A::NAME, operations }
    }

    /// How many are served, and how many there are.
    pub fn count(&self) -> (usize, usize) {
        let served = self.operations.iter().filter(|(_, level)| level.is_some()).count();
        (served, self.operations.len())
    }

    /// A section of the page.
    pub fn markdown(&self) -> String {
        let (served, all) = self.count();
        let mut text = format!("## {}: {served} of {all}\n\n| operation | served |\n|---|---|\n", self.api);
        for (name, level) in &self.operations {
            let word = match level {
                Some(Served::Yes) => "yes",
                Some(Served::RecordsOnly) => "records only",
                None => "no",
            };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "| `{name}` | {word} |");
        }
        text
    }
}
