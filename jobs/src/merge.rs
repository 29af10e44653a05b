//! Lists across groups, from one look into an index for each group.

use muster_core::Result;

/// The first `limit` of what `of_group` finds in each group, in the order of `key`, the greatest first.
///
/// Each group is asked for a few rows, and for more only while its rows are among the first.
pub(crate) fn merge<T, K: Ord + Copy>(
    groups: &[i64],
    limit: usize,
    key: impl Fn(&T) -> K,
    after: Option<K>,
    mut of_group: impl FnMut(i64, Option<K>, usize) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    // One group alone is asked for everything at once.
    let step = if groups.len() == 1 { limit } else { limit.div_ceil(8).max(1) };
    let mut found: Vec<T> = Vec::new();
    let mut open: Vec<(i64, Option<K>)> = groups.iter().map(|group| (*group, after)).collect();
    loop {
        let mut more = Vec::new();
        for (group, after) in open {
            let rows = of_group(group, after, step)?;
            if rows.len() == step
                && let Some(last) = rows.last()
            {
                more.push((group, Some(key(last))));
            }
            found.extend(rows);
        }
        found.sort_by_key(|row| std::cmp::Reverse(key(row)));
        found.truncate(limit);
        // A group whose last row is not among the first has nothing more to add.
        let least = found.last().map(&key).filter(|_| found.len() == limit);
        more.retain(|(_, last)| least.is_none() || *last > least);
        if more.is_empty() {
            return Ok(found);
        }
        open = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_of_all_groups_in_their_order() {
        let of = |group: i64, after: Option<i64>, limit: usize| {
            let all = (0..100).rev().map(|n| n * 10 + group);
            Ok(all.filter(|row| after.is_none_or(|after| *row < after)).take(limit).collect())
        };
        let first = merge(&[1, 2, 3], 7, |row| *row, None, of).unwrap();
        assert_eq!(first, [993, 992, 991, 983, 982, 981, 973]);
        let next = merge(&[1, 2, 3], 4, |row| *row, Some(973), of).unwrap();
        assert_eq!(next, [972, 971, 963, 962]);
        // One group may hold all of the first rows.
        let lopsided = |group: i64, after: Option<i64>, limit: usize| {
            let rows: Vec<i64> = if group == 1 { (50..100).rev().collect() } else { vec![1] };
            Ok(rows.into_iter().filter(|row| after.is_none_or(|after| *row < after)).take(limit).collect())
        };
        let found = merge(&[1, 2], 20, |row| *row, None, lopsided).unwrap();
        assert_eq!(found, (80..100).rev().collect::<Vec<_>>());
        assert_eq!(merge(&[], 5, |row: &i64| *row, None, of).unwrap(), Vec::<i64>::new());
    }
}
