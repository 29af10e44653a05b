//! The differences between the two databases, all of them.
//!
//! Everywhere else SQL is one text for both. A primitive that needs two texts gets a method of `Tx` and an
//! arm here, so that the question "which database?" is asked once per primitive.

use std::borrow::Cow;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded one.
    Sqlite,
    /// The one for several nodes.
    Postgres,
}

impl Dialect {
    /// A statement as this database wants it.
    ///
    /// SQLite numbers `$N` by first appearance, so `select $2, $1` would swap the values in silence; `?N` is
    /// positional.
    pub(crate) fn statement(self, sql: &str) -> Cow<'_, str> {
        if self == Self::Postgres || !sql.contains('$') {
            return Cow::Borrowed(sql);
        }
        if !sql.contains('\'') {
            return Cow::Owned(sql.replace('$', "?"));
        }
        let mut text = String::with_capacity(sql.len());
        let mut quoted = false;
        let mut characters = sql.chars().peekable();
        while let Some(character) = characters.next() {
            quoted ^= character == '\'';
            let parameter =
                character == '$' && !quoted && characters.peek().is_some_and(char::is_ascii_digit);
            text.push(if parameter { '?' } else { character });
        }
        Cow::Owned(text)
    }

    /// A migration as this database wants it. Migrations are written with BIGINT, TEXT, BYTEA and
    /// DOUBLE PRECISION.
    pub(crate) fn schema(self, sql: &str) -> String {
        let mut text = String::with_capacity(sql.len() + 64);
        let mut word = String::new();
        for character in sql.chars().chain(std::iter::once(' ')) {
            if character.is_ascii_alphanumeric() || character == '_' {
                word.push(character);
                continue;
            }
            text.push_str(self.type_name(&word).unwrap_or(&word));
            word.clear();
            text.push(character);
        }
        text
    }

    fn type_name(self, word: &str) -> Option<&'static str> {
        match (self, word) {
            (Self::Sqlite, "BIGINT") => Some("INTEGER"),
            (Self::Sqlite, "BYTEA") => Some("BLOB"),
            // Text is compared by bytes on both, whatever the database's own collation.
            (Self::Postgres, "TEXT") => Some("TEXT COLLATE \"C\""),
            _ => None,
        }
    }

    /// Makes the source of numeric ids, which starts at 10^12.
    pub(crate) fn make_id_sequence(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "CREATE TABLE muster_ids (next INTEGER NOT NULL); INSERT INTO muster_ids VALUES (1000000000000)"
            }
            Self::Postgres => "CREATE SEQUENCE muster_ids START 1000000000000",
        }
    }

    /// Draws the next numeric id.
    pub(crate) fn next_id(self) -> &'static str {
        match self {
            Self::Sqlite => "UPDATE muster_ids SET next = next + 1 RETURNING next - 1",
            // Not undone by a rollback and never a reason for a serialization failure.
            Self::Postgres => "SELECT nextval('muster_ids')",
        }
    }

    /// Draws the next `$1` numeric ids: on SQLite the first of them, on PostgreSQL each in a row.
    pub(crate) fn next_ids(self) -> &'static str {
        match self {
            Self::Sqlite => "UPDATE muster_ids SET next = next + $1 RETURNING next - $1",
            Self::Postgres => "SELECT nextval('muster_ids') FROM generate_series(1, $1)",
        }
    }

    /// Moves the source of numeric ids past what a copied store has used (`$1` is the next id).
    pub(crate) fn set_next_id(self) -> &'static str {
        match self {
            Self::Sqlite => "UPDATE muster_ids SET next = $1",
            Self::Postgres => "SELECT setval('muster_ids', $1, false)",
        }
    }

    /// Takes the lock `$1` until the transaction ends. SQLite has one writer: nothing to take.
    pub(crate) fn exclusive(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT 1 FROM pg_advisory_xact_lock($1)"),
        }
    }

    /// Names and columns of Muster's tables, in order.
    pub(crate) fn list_columns(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'muster_ids' \
                 ORDER BY t.name, c.cid"
            }
            Self::Postgres => {
                "SELECT table_name::text, column_name::text FROM information_schema.columns \
                 WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect::{Postgres, Sqlite};

    #[test]
    fn parameters_become_positional_on_sqlite() {
        assert_eq!(Sqlite.statement("SELECT $2, $1, '$3'"), "SELECT ?2, ?1, '$3'");
        assert_eq!(Postgres.statement("SELECT $2, $1"), "SELECT $2, $1");
    }

    #[test]
    fn types_are_translated_as_whole_words() {
        let sql = "CREATE TABLE t (id BIGINT, name TEXT, TEXTUAL BYTEA)";
        assert_eq!(Sqlite.schema(sql).trim_end(), "CREATE TABLE t (id INTEGER, name TEXT, TEXTUAL BLOB)");
        assert_eq!(
            Postgres.schema(sql).trim_end(),
            "CREATE TABLE t (id BIGINT, name TEXT COLLATE \"C\", TEXTUAL BYTEA)"
        );
    }
}
