//! Texts as small numbers: a million resources share a few thousand keys, values and names of series.

use std::collections::HashMap;
use std::sync::Arc;

/// A text that the table knows.
pub(crate) type Symbol = u32;

/// The table. It counts who uses a text: values come and go (a tag may hold a time), and must not stay for ever.
#[derive(Default)]
pub(crate) struct Symbols {
    by_text: HashMap<Arc<str>, Symbol>,
    texts: Vec<Used>,
    free: Vec<Symbol>,
}

struct Used {
    text: Arc<str>,
    uses: u32,
}

impl Symbols {
    /// The number of a text, a new one if need be; it stays until it is released as often as it was asked for.
    pub(crate) fn add(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.by_text.get(text) {
            self.texts[symbol as usize].uses += 1;
            return symbol;
        }
        let shared: Arc<str> = text.into();
        let used = Used { text: Arc::clone(&shared), uses: 1 };
        let symbol = match self.free.pop() {
            Some(symbol) => {
                self.texts[symbol as usize] = used;
                symbol
            }
            None => {
                self.texts.push(used);
                Symbol::try_from(self.texts.len() - 1).unwrap_or(Symbol::MAX)
            }
        };
        self.by_text.insert(shared, symbol);
        symbol
    }

    /// Gives one use back; whether it was the last.
    pub(crate) fn release(&mut self, symbol: Symbol) -> bool {
        let used = &mut self.texts[symbol as usize];
        used.uses -= 1;
        if used.uses > 0 {
            return false;
        }
        self.by_text.remove(&used.text);
        used.text = "".into();
        self.free.push(symbol);
        true
    }

    /// The number of a text, if it has one.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    /// The text of a number.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol as usize).map_or("", |used| &used.text)
    }

    /// How many texts are known.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_anew_when_nobody_uses_its_text() {
        let mut symbols = Symbols::default();
        let (a, b) = (symbols.add("a"), symbols.add("b"));
        assert_eq!((symbols.add("a"), symbols.text(b)), (a, "b"));
        assert!(!symbols.release(a) && symbols.release(a));
        assert_eq!((symbols.find("a"), symbols.add("c"), symbols.len()), (None, a, 2));
        assert_eq!(symbols.text(a), "c");
    }
}
