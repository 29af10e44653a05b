//! Application groups.

mod create_app_group;
mod delete_app_group;
mod get_app_group;
mod list_groups;
mod target;
mod update_app_group;

pub(super) use create_app_group::CreateAppGroup;
pub(super) use delete_app_group::DeleteAppGroup;
pub(super) use get_app_group::GetAppGroup;
pub(super) use list_groups::ListGroups;
pub(super) use target::Target;
pub(super) use update_app_group::UpdateAppGroup;
