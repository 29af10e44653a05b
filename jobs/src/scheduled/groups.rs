//! Making, changing and deleting groups.

use muster_core::{Error, Result};
use muster_db::{Tx, params};

use super::query::Query;
use super::store::{Record as _, fold, fold_optional, write_settings};
use super::{
    Group, GroupPatch, Job, NewGroup, Scope, Service, TaggedKind, choose_id, counts, jobs, query, settings,
    tags,
};

impl Service {
    /// Makes an enabled group without jobs and triggers.
    ///
    /// # Errors
    /// `Invalid` for `settings.…`, `AlreadyExists` for a taken id, `Quota`.
    pub fn create_group(&self, tx: &mut Tx<'_>, account_id: &str, new: NewGroup) -> Result<Group> {
        let settings = settings::given(new.settings);
        settings::check(new.kind, &settings)?;
        let id = choose_id(tx, new.id.as_deref())?;
        counts::add(tx, account_id, TaggedKind::Group, self.limits.jobs)?;
        let now = tx.now();
        let group = Group {
            id,
            account_id: account_id.to_owned(),
            name: new.name,
            description: new.description,
            kind: new.kind,
            settings,
            enabled: true,
            created_at: now,
            updated_at: now,
            job_ids: Vec::new(),
            trigger_ids: Vec::new(),
        };
        let text = write_settings(&group.settings)?;
        tx.execute(
            "INSERT INTO scheduled_groups (id, account_id, name, name_folded, description, \
             description_folded, kind, settings, settings_folded, enabled, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            params![
                group.id,
                group.account_id,
                group.name,
                fold(&group.name),
                group.description,
                fold_optional(group.description.as_deref()),
                group.kind.as_str(),
                text,
                fold(&text),
                group.enabled,
                now,
                now
            ],
        )?;
        Ok(group)
    }

    /// One group.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get_group(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<Group> {
        let found =
            tx.query_optional("SELECT * FROM scheduled_groups WHERE id = $1", params![id], Group::read)?;
        match found.filter(|group| scope.covers(&group.account_id)) {
            None => Err(Error::not_found(TaggedKind::Group.what(), id)),
            Some(group) => {
                let mut found = [group];
                Group::complete(tx, &mut found)?;
                let [group] = found;
                Ok(group)
            }
        }
    }

    /// Changes what `patch` names; changed settings reach all jobs of the group.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the group or one of its jobs could not work with the new settings.
    pub fn update_group(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        id: &str,
        patch: GroupPatch,
    ) -> Result<Group> {
        let mut group = self.get_group(tx, scope, id)?;
        group.name = patch.name.unwrap_or(group.name);
        group.description = patch.description.or(group.description);
        group.enabled = patch.enabled.unwrap_or(group.enabled);
        settings::merge(&mut group.settings, &patch.settings);
        settings::check(group.kind, &group.settings)?;
        group.updated_at = tx.now();
        let text = write_settings(&group.settings)?;
        tx.execute(
            "UPDATE scheduled_groups SET name = $2, name_folded = $3, description = $4, \
             description_folded = $5, settings = $6, settings_folded = $7, enabled = $8, updated_at = $9 \
             WHERE id = $1",
            params![
                group.id,
                group.name,
                fold(&group.name),
                group.description,
                fold_optional(group.description.as_deref()),
                text,
                fold(&text),
                group.enabled,
                group.updated_at
            ],
        )?;
        if !patch.settings.is_empty() {
            for mut job in self.jobs_of_group(tx, &group.id)? {
                settings::merge(&mut job.settings, &patch.settings);
                settings::check(job.kind, &job.settings)?;
                jobs::save(tx, &mut job)?;
            }
        }
        Ok(group)
    }

    /// Deletes a group with its links and tags. Its jobs stay, unless the service says otherwise.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_group(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<()> {
        let group = self.get_group(tx, scope, id)?;
        if self.delete_jobs_with_group {
            for job_id in &group.job_ids {
                jobs::delete(tx, job_id)?;
            }
        }
        tx.execute("DELETE FROM scheduled_members WHERE group_id = $1", params![group.id])?;
        tx.execute("DELETE FROM scheduled_group_triggers WHERE group_id = $1", params![group.id])?;
        tags::delete_of(tx, &group.id)?;
        counts::delete(tx, TaggedKind::Group, &group.id)
    }

    /// All jobs of a group, whoever owns them.
    fn jobs_of_group(&self, tx: &mut Tx<'_>, group_id: &str) -> Result<Vec<Job>> {
        let member =
            query::Condition { path: vec!["memberships"], ..query::Condition::is("group", group_id) };
        self.find(tx, Scope::Everything, &Query { conditions: vec![member], ..Query::default() })
    }
}
