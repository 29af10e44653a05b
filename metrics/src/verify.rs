//! Whether everything that is stored can be read.

use muster_core::Result;
use muster_db::{Column, Row, Tx, params};

use crate::model::Period;
use crate::{batch, chunk, codec, rollup};

/// Reads the log, all chunks and all roll-ups; a sentence for each row that is not what was written.
///
/// # Errors
/// Only when the store fails.
pub fn verify(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    tx.for_each("SELECT id, data FROM metrics_log", params![], |row| {
        if batch::decode(row.get(0)?, bytes(row, 1)?, |_| {}, |_| {}).is_err() {
            faults.push(format!("row {} of metrics_log cannot be read", row.get::<i64>(0)?));
        }
        Ok(())
    })?;
    tx.for_each("SELECT id, samples, data FROM metrics_chunks", params![], |row| {
        let mut found = 0_u64;
        let read = chunk::for_each(bytes(row, 2)?, |_| found += 1);
        if read.is_err() || found != row.get::<u64>(1)? {
            faults.push(format!("row {} of metrics_chunks cannot be read whole", row.get::<i64>(0)?));
        }
        Ok(())
    })?;
    tx.for_each("SELECT series_id, period_s, starts_at, data FROM metrics_rollups", params![], |row| {
        let seconds = u64::try_from(row.get::<i64>(1)?).unwrap_or(0);
        let read = Period::from_seconds(seconds)
            .ok_or_else(codec::damaged)
            .and_then(|period| rollup::decode(period, bytes(row, 3)?, |_| {}));
        if read.is_err() {
            let (series, start): (i64, i64) = (row.get(0)?, row.get(2)?);
            faults.push(format!("the row of series {series} from {start} of metrics_rollups cannot be read"));
        }
        Ok(())
    })?;
    Ok(faults)
}

fn bytes<'r>(row: &Row<'r>, place: usize) -> Result<&'r [u8]> {
    match row.column(place)? {
        Column::Bytes(bytes) => Ok(bytes),
        _ => Err(codec::damaged()),
    }
}
