//! Page numbers.

use muster_core::PageRequest;

use super::Refusal;
use crate::rpc::Parameters;

/// The largest page. Clients take a page shorter than they asked for as the last one, so more is refused
/// rather than cut.
const LARGEST: i64 = 10_000;

/// Reads `PageNumber` and `PageSize`.
pub(super) fn read(parameters: &Parameters, default_size: i64) -> Result<PageRequest, Refusal> {
    read_as(parameters, "PageNumber", default_size)
}

/// The same where the number of the page has another name.
pub(super) fn read_as(
    parameters: &Parameters,
    number: &str,
    default_size: i64,
) -> Result<PageRequest, Refusal> {
    let number = positive(parameters, number, 1, i64::MAX)?;
    let size = positive(parameters, "PageSize", default_size, LARGEST)?;
    Ok(PageRequest::numbered(number, size))
}

/// The items of a page of a list that is in memory.
pub(super) fn cut<T>(items: Vec<T>, page: PageRequest) -> impl Iterator<Item = T> {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    items.into_iter().skip(number(page.offset)).take(number(page.limit))
}

/// The number of a page, and its size, as the answer repeats them.
pub(super) fn numbers(page: PageRequest) -> (u64, u64) {
    (page.offset / page.limit + 1, page.limit)
}

fn positive(parameters: &Parameters, name: &str, default: i64, largest: i64) -> Result<u64, Refusal> {
    let value = parameters.integer(name)?.unwrap_or(default);
    match u64::try_from(value) {
        Ok(number) if number > 0 && value <= largest => Ok(number),
        _ => Err(Refusal::illegal(name, &format!("must be between 1 and {largest}"))),
    }
}
