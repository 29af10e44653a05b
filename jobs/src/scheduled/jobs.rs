//! Making, changing and deleting jobs.

use muster_core::{Error, Result};
use muster_db::{Tx, params};

use super::store::{Record as _, fold, fold_optional, is_id, write_settings};
use super::{Job, JobPatch, NewJob, Scope, Service, TaggedKind, choose_id, counts, settings, tags};

impl Service {
    /// Makes an enabled job without triggers. Any well-formed target is taken: whether it exists shows when
    /// the job runs.
    ///
    /// # Errors
    /// `Invalid` for `target` and `settings.…`, `AlreadyExists` for a taken id, `Quota`.
    pub fn create_job(&self, tx: &mut Tx<'_>, account_id: &str, new: NewJob) -> Result<Job> {
        if !is_id(&new.target) {
            return Err(Error::invalid("target", format!("'{}' is not a uuid", new.target)));
        }
        let settings = settings::given(new.settings);
        settings::check(new.kind, &settings)?;
        let id = choose_id(tx, new.id.as_deref())?;
        counts::add(tx, account_id, TaggedKind::Job, self.limits.jobs)?;
        let now = tx.now();
        let job = Job {
            id,
            account_id: account_id.to_owned(),
            name: new.name,
            description: new.description,
            kind: new.kind,
            target: new.target,
            settings,
            enabled: true,
            created_at: now,
            updated_at: now,
            trigger_ids: Vec::new(),
            group_ids: Vec::new(),
        };
        let text = write_settings(&job.settings)?;
        tx.execute(
            "INSERT INTO scheduled_jobs (id, account_id, name, name_folded, description, description_folded, \
             kind, target, settings, settings_folded, enabled, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            params![
                job.id,
                job.account_id,
                job.name,
                fold(&job.name),
                job.description,
                fold_optional(job.description.as_deref()),
                job.kind.as_str(),
                job.target,
                text,
                fold(&text),
                job.enabled,
                now,
                now
            ],
        )?;
        Ok(job)
    }

    /// One job.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get_job(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<Job> {
        let found =
            tx.query_optional("SELECT * FROM scheduled_jobs WHERE id = $1", params![id], Job::read)?;
        match found.filter(|job| scope.covers(&job.account_id)) {
            None => Err(Error::not_found(TaggedKind::Job.what(), id)),
            Some(job) => {
                let mut found = [job];
                Job::complete(tx, &mut found)?;
                let [job] = found;
                Ok(job)
            }
        }
    }

    /// Changes what `patch` names.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the job could not work with its new settings.
    pub fn update_job(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str, patch: JobPatch) -> Result<Job> {
        let mut job = self.get_job(tx, scope, id)?;
        job.name = patch.name.unwrap_or(job.name);
        job.description = patch.description.or(job.description);
        settings::merge(&mut job.settings, &patch.settings);
        settings::check(job.kind, &job.settings)?;
        save(tx, &mut job)?;
        Ok(job)
    }

    /// Switches a job on or off; repeating it changes nothing.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn enable_job(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str, enabled: bool) -> Result<Job> {
        let mut job = self.get_job(tx, scope, id)?;
        if job.enabled != enabled {
            job.enabled = enabled;
            save(tx, &mut job)?;
        }
        Ok(job)
    }

    /// Deletes a job with its links and tags.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_job(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<()> {
        let job = self.get_job(tx, scope, id)?;
        delete(tx, &job.id)
    }
}

pub(super) fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM scheduled_job_triggers WHERE job_id = $1", params![id])?;
    tx.execute("DELETE FROM scheduled_members WHERE job_id = $1", params![id])?;
    tags::delete_of(tx, id)?;
    counts::delete(tx, TaggedKind::Job, id)
}

pub(super) fn save(tx: &mut Tx<'_>, job: &mut Job) -> Result<()> {
    job.updated_at = tx.now();
    let text = write_settings(&job.settings)?;
    tx.execute(
        "UPDATE scheduled_jobs SET name = $2, name_folded = $3, description = $4, description_folded = $5, \
         settings = $6, settings_folded = $7, enabled = $8, updated_at = $9 WHERE id = $1",
        params![
            job.id,
            job.name,
            fold(&job.name),
            job.description,
            fold_optional(job.description.as_deref()),
            text,
            fold(&text),
            job.enabled,
            job.updated_at
        ],
    )?;
    Ok(())
}
