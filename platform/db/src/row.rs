//! Rows, and how their columns become values of ours.

use muster_core::{Error, Result, Timestamp};
use postgres::types::{FromSql, Type};

/// One row of a result, of either database.
#[derive(Clone, Copy)]
pub struct Row<'r>(pub(crate) Inner<'r>);

#[derive(Clone, Copy)]
pub(crate) enum Inner<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

/// A column's value as the database gave it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Column<'r> {
    /// NULL.
    Null,
    /// Any integer type.
    Integer(i64),
    /// Any floating type.
    Real(f64),
    /// Text.
    Text(&'r str),
    /// Bytes.
    Bytes(&'r [u8]),
}

impl<'r> Row<'r> {
    /// The value of a column, by name or by place counted from 0.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no such column or its type is another one.
    pub fn get<T: FromColumn>(&self, index: impl ColumnIndex) -> Result<T> {
        let place = index.place(self)?;
        let column = self.column(place)?;
        T::from_column(column).ok_or_else(|| {
            let wanted = std::any::type_name::<T>();
            Error::internal(format!("column {place} holds {column:?}, not a {wanted}"))
        })
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        match self.0 {
            Inner::Sqlite(row) => row.as_ref().column_count(),
            Inner::Postgres(row) => row.len(),
        }
    }

    /// Whether there is no column at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of the column at `place`, counted from 0.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no such column or its type is none of ours.
    pub fn column(&self, place: usize) -> Result<Column<'r>> {
        match self.0 {
            Inner::Sqlite(row) => {
                use rusqlite::types::ValueRef;
                Ok(match row.get_ref(place).map_err(Error::internal)? {
                    ValueRef::Null => Column::Null,
                    ValueRef::Integer(number) => Column::Integer(number),
                    ValueRef::Real(number) => Column::Real(number),
                    ValueRef::Text(text) => Column::Text(std::str::from_utf8(text).map_err(Error::internal)?),
                    ValueRef::Blob(bytes) => Column::Bytes(bytes),
                })
            }
            Inner::Postgres(row) => row
                .try_get::<_, Option<PostgresColumn<'_>>>(place)
                .map(|column| column.map_or(Column::Null, |column| column.0))
                .map_err(Error::internal),
        }
    }
}

/// A column's name or its place counted from 0.
pub trait ColumnIndex {
    /// The place in `row`.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no such column.
    fn place(self, row: &Row<'_>) -> Result<usize>;
}

impl ColumnIndex for usize {
    fn place(self, _row: &Row<'_>) -> Result<usize> {
        Ok(self)
    }
}

impl ColumnIndex for &str {
    fn place(self, row: &Row<'_>) -> Result<usize> {
        match row.0 {
            Inner::Sqlite(row) => row.as_ref().column_index(self).map_err(Error::internal),
            Inner::Postgres(row) => row
                .columns()
                .iter()
                .position(|column| column.name() == self)
                .ok_or_else(|| Error::internal(format!("no column {self}"))),
        }
    }
}

/// What a column can be turned into.
pub trait FromColumn: Sized {
    /// The value, or nothing when the column's type does not fit.
    fn from_column(column: Column<'_>) -> Option<Self>;
}

impl FromColumn for i64 {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Integer(number) => Some(number),
            _ => None,
        }
    }
}

impl FromColumn for u64 {
    fn from_column(column: Column<'_>) -> Option<Self> {
        i64::from_column(column).and_then(|number| Self::try_from(number).ok())
    }
}

impl FromColumn for bool {
    fn from_column(column: Column<'_>) -> Option<Self> {
        i64::from_column(column).map(|number| number != 0)
    }
}

impl FromColumn for Timestamp {
    fn from_column(column: Column<'_>) -> Option<Self> {
        i64::from_column(column).map(Self::from_millis)
    }
}

impl FromColumn for f64 {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Real(number) => Some(number),
            // SQLite stores a whole number in a DOUBLE column of an expression as an integer.
            #[expect(clippy::cast_precision_loss, reason = "the column is declared as a floating number")]
            Column::Integer(number) => Some(number as f64),
            _ => None,
        }
    }
}

impl FromColumn for String {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl FromColumn for Vec<u8> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Null => Some(None),
            other => T::from_column(other).map(Some),
        }
    }
}

struct PostgresColumn<'r>(Column<'r>);

impl<'r> FromSql<'r> for PostgresColumn<'r> {
    fn from_sql(
        kind: &Type,
        raw: &'r [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(match *kind {
            Type::INT8 => Column::Integer(i64::from_sql(kind, raw)?),
            Type::INT4 => Column::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT2 => Column::Integer(i16::from_sql(kind, raw)?.into()),
            Type::BOOL => Column::Integer(bool::from_sql(kind, raw)?.into()),
            Type::FLOAT8 => Column::Real(f64::from_sql(kind, raw)?),
            Type::BYTEA => Column::Bytes(raw),
            _ => Column::Text(<&str>::from_sql(kind, raw)?),
        }))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::FLOAT8 | Type::BYTEA)
            || <&str as FromSql<'_>>::accepts(kind)
    }
}
