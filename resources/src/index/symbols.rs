//! Texts as small numbers: a million resources share a few thousand keys, values and names of series.

use std::collections::HashMap;
use std::sync::Arc;

/// A text that the table knows.
pub(crate) type Symbol = u32;

/// The table.
#[derive(Default)]
pub(crate) struct Symbols {
    by_text: HashMap<Arc<str>, Symbol>,
    texts: Vec<Arc<str>>,
}

impl Symbols {
    /// The number of a text, a new one if need be.
    pub(crate) fn add(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.by_text.get(text) {
            return symbol;
        }
        let shared: Arc<str> = text.into();
        let symbol = Symbol::try_from(self.texts.len()).unwrap_or(Symbol::MAX);
        self.texts.push(Arc::clone(&shared));
        self.by_text.insert(shared, symbol);
        symbol
    }

    /// The number of a text, if it has one.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    /// The text of a number.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol as usize).map_or("", |text| text)
    }
}
