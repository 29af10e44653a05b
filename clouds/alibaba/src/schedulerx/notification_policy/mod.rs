//! Notification policies.

mod create;
mod delete;
mod manage;
mod read;

pub(super) use create::CreateSchedulerxNotificationPolicy;
pub(super) use delete::DeleteSchedulerxNotificationPolicy;
pub(super) use manage::ManageSchedulerxNotificationPolicy;
pub(super) use read::ReadSchedulerxNotificationPolicy;
