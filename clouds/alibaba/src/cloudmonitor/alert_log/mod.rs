//! The alert log: what became of each alarm, whom it reached, and why it reached nobody.
//!
//! A row is a notice of the alarms feature; its recipients are the messages in the outbox that the notice led to.

mod count;
mod histogram;
mod history;
mod list;
mod outcome;
mod row;
mod wanted;

pub(super) use count::DescribeAlertLogCount;
pub(super) use histogram::DescribeAlertLogHistogram;
pub(super) use history::DescribeAlertHistoryList;
pub(super) use list::DescribeAlertLogList;
