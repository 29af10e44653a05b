//! Tying jobs and groups to triggers, and jobs to groups.

use muster_core::{Error, Result};
use muster_db::{Tx, params};

use super::store::touch;
use super::{GroupTrigger, JobTrigger, Member, Scope, Service, TaggedKind, Trigger};

impl Service {
    /// Lets a trigger fire a job.
    ///
    /// # Errors
    /// `NotFound`; `AlreadyExists` for `trigger link`; `Conflict` for `trigger is over`; `Quota`.
    pub fn attach_job(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        job_id: &str,
        trigger_id: &str,
    ) -> Result<JobTrigger> {
        let job = self.get_job(tx, scope, job_id)?;
        let trigger = self.get_trigger(tx, scope, trigger_id)?;
        self.check_attachable(tx, &trigger, &job.trigger_ids)?;
        let now = tx.now();
        let id = tx.new_uuid().simple().to_string();
        tx.execute(
            "INSERT INTO scheduled_job_triggers (id, account_id, job_id, trigger_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $5)",
            params![id, job.account_id, job.id, trigger.id, now],
        )?;
        Ok(JobTrigger { id, job_id: job.id, trigger_id: trigger.id, created_at: now, updated_at: now })
    }

    /// Ends what [`Service::attach_job`] began; nothing to end is fine.
    ///
    /// # Errors
    /// `NotFound` when there is no such job or trigger.
    pub fn detach_job(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        job_id: &str,
        trigger_id: &str,
    ) -> Result<()> {
        let job = self.get_job(tx, scope, job_id)?;
        let trigger = self.get_trigger(tx, Scope::Everything, trigger_id)?;
        tx.execute(
            "DELETE FROM scheduled_job_triggers WHERE job_id = $1 AND trigger_id = $2",
            params![job.id, trigger.id],
        )?;
        Ok(())
    }

    /// Lets a trigger fire all jobs of a group.
    ///
    /// # Errors
    /// As [`Service::attach_job`].
    pub fn attach_group(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group_id: &str,
        trigger_id: &str,
    ) -> Result<GroupTrigger> {
        let group = self.get_group(tx, scope, group_id)?;
        let trigger = self.get_trigger(tx, scope, trigger_id)?;
        self.check_attachable(tx, &trigger, &group.trigger_ids)?;
        let now = tx.now();
        tx.execute(
            "INSERT INTO scheduled_group_triggers (group_id, trigger_id, account_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $4)",
            params![group.id, trigger.id, group.account_id, now],
        )?;
        Ok(GroupTrigger { group_id: group.id, trigger_id: trigger.id, created_at: now, updated_at: now })
    }

    /// Ends what [`Service::attach_group`] began; nothing to end is fine.
    ///
    /// # Errors
    /// `NotFound` when there is no such group or trigger.
    pub fn detach_group(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group_id: &str,
        trigger_id: &str,
    ) -> Result<()> {
        let group = self.get_group(tx, scope, group_id)?;
        let trigger = self.get_trigger(tx, Scope::Everything, trigger_id)?;
        tx.execute(
            "DELETE FROM scheduled_group_triggers WHERE group_id = $1 AND trigger_id = $2",
            params![group.id, trigger.id],
        )?;
        Ok(())
    }

    /// Puts jobs into a group, all or none; each comes with its priority.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for `jobs` when the list is empty or a job is of another kind than the group or
    /// comes twice; `AlreadyExists` for `group membership`; `Quota`.
    pub fn add_members(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group_id: &str,
        jobs: &[(String, i64)],
    ) -> Result<Vec<Member>> {
        let group = self.get_group(tx, scope, group_id)?;
        if jobs.is_empty() {
            return Err(Error::invalid("jobs", "the list must not be empty"));
        }
        let seats = self.limits.jobs_per_group.saturating_sub(group.job_ids.len() as u64);
        if jobs.len() as u64 > seats {
            return Err(Error::Quota { what: "jobs in a group", limit: self.limits.jobs_per_group });
        }
        let now = tx.now();
        let mut members = Vec::with_capacity(jobs.len());
        for (job_id, priority) in jobs {
            let job = self.get_job(tx, scope, job_id)?;
            if job.kind != group.kind {
                let why = format!("job {job_id} is of another type than the group {group_id}");
                return Err(Error::invalid("jobs", why));
            }
            let written = tx.execute(
                "INSERT INTO scheduled_members (job_id, group_id, account_id, priority, created_at, \
                 updated_at) VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (job_id) DO NOTHING",
                params![job.id, group.id, job.account_id, *priority, now],
            )?;
            if written == 0 {
                return Err(Error::already_exists("group membership", job_id.as_str()));
            }
            members.push(Member {
                group_id: group.id.clone(),
                job_id: job.id,
                priority: *priority,
                created_at: now,
                updated_at: now,
            });
        }
        touch(tx, TaggedKind::Group.table(), &group.id, now)?;
        Ok(members)
    }

    /// Takes jobs out of a group; the jobs stay. A job that is not in it is passed over.
    ///
    /// # Errors
    /// `NotFound` for the group; `Invalid` for `jobs` when the list is empty.
    pub fn remove_members(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        group_id: &str,
        job_ids: &[String],
    ) -> Result<()> {
        let group = self.get_group(tx, scope, group_id)?;
        if job_ids.is_empty() {
            return Err(Error::invalid("jobs", "the list must not be empty"));
        }
        for job_id in job_ids {
            tx.execute(
                "DELETE FROM scheduled_members WHERE job_id = $1 AND group_id = $2",
                params![job_id, group.id],
            )?;
        }
        let now = tx.now();
        touch(tx, TaggedKind::Group.table(), &group.id, now)
    }

    fn check_attachable(&self, tx: &mut Tx<'_>, trigger: &Trigger, attached: &[String]) -> Result<()> {
        if attached.contains(&trigger.id) {
            return Err(Error::already_exists("trigger link", trigger.id.as_str()));
        }
        if trigger.timing.is_over(tx.now()) {
            let why = format!("trigger {} has had its last due time", trigger.id);
            return Err(Error::conflict("trigger is over", why));
        }
        let limit = self.limits.triggers_per_owner;
        if attached.len() as u64 >= limit {
            return Err(Error::Quota { what: "attached triggers", limit });
        }
        Ok(())
    }
}
