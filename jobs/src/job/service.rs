//! What callers may ask about jobs.

use jiff::tz::TimeZone;
use muster_core::{Error, Page, Result, Timestamp};
use muster_db::Tx;
use muster_identity::Caller;

use super::model::{
    Definition, Job, JobFilter, JobPatch, Monitor, MonitorPatch, NewJob, ScriptVersion, Time, TimeKind,
};
use super::{settings, store};
use crate::app_groups::{self, AppGroup, Edition};
use crate::{calendars, firings, instances, text, workflows};

/// What errors call a job.
pub const JOB: &str = "job";
/// The rule that refuses what only the professional edition may do.
pub const NEEDS_PROFESSIONAL: &str = "needs the professional edition";
/// The rule that keeps what a workflow needs.
pub const NODE_OF_WORKFLOW: &str = "job is a node of a workflow";
const LONGEST_NAME: usize = 256;
const LONGEST_DESCRIPTION: usize = 1024;
const LONGEST_CLASS_NAME: usize = 1024;
const MOST_PARAMETER_BYTES: usize = 10_000;
const MOST_CONTENT_BYTES: usize = 100_000;
const PRIORITIES: [i64; 4] = [1, 5, 10, 15];

/// The rules of jobs.
#[derive(Clone, Debug)]
pub struct Service {
    /// The zone of times that name none.
    pub zone: TimeZone,
}

impl Service {
    /// Makes a job; it is due from now on.
    ///
    /// # Errors
    /// `NotFound` "app group" or "calendar of a job"; `Invalid`, for times with the field [`super::TIME_EXPRESSION`];
    /// `Conflict` [`NEEDS_PROFESSIONAL`]; `Quota` "jobs of an app group".
    pub fn create(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        new: NewJob,
    ) -> Result<Job> {
        let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
        let mut definition = new.definition;
        let xattrs = std::mem::take(&mut definition.xattrs);
        settings::settle(&mut definition, Some(&xattrs), new.map)?;
        watch(&mut definition, new.monitor);
        self.check(tx, caller, &group, &definition)?;
        definition.time.check(tx.now(), &self.zone, group.edition)?;
        check_start(&definition, tx.now())?;
        if !app_groups::count_job(tx, group.id)? {
            let limit = group.max_jobs.unsigned_abs();
            return Err(Error::Quota { what: "jobs of an app group", limit });
        }
        let next_due = if new.enabled { definition.time.first_due(tx.now(), &self.zone) } else { None };
        let now = tx.now();
        let job = Job {
            id: tx.new_id()?,
            app_group: group.id,
            definition,
            enabled: new.enabled,
            next_due,
            creator: caller.name().to_owned(),
            updater: caller.name().to_owned(),
            created_at: now,
            updated_at: now,
        };
        store::insert(tx, &caller.account_id, &job)?;
        if job.definition.kind.is_script() {
            store::add_script(tx, job.id, &job.definition.content, "", caller.name())?;
        }
        wake(tx, &job);
        Ok(job)
    }

    /// The job `id` of a group.
    ///
    /// # Errors
    /// `NotFound` "app group" or "job".
    pub fn get(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        id: i64,
    ) -> Result<Job> {
        let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
        store::find(tx, id)?.filter(|job| job.app_group == group.id).ok_or_else(|| missing(id))
    }

    /// The jobs of a group that fit, the newest first.
    ///
    /// # Errors
    /// `NotFound` "app group".
    pub fn list(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        filter: &JobFilter,
    ) -> Result<Page<Job>> {
        let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
        store::list(tx, group.id, filter)
    }

    /// Changes what `patch` names. What runs goes on as it was started.
    ///
    /// # Errors
    /// As with [`Service::create`], and `NotFound` "job".
    pub fn update(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        id: i64,
        patch: JobPatch,
    ) -> Result<Job> {
        let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
        let mut job = self.get(tx, caller, namespace, group_id, id)?;
        let before = job.definition.clone();
        apply(&mut job.definition, patch)?;
        self.check(tx, caller, &group, &job.definition)?;
        if job.definition.time != before.time {
            let now = tx.now();
            job.definition.time.check(now, &self.zone, group.edition)?;
            if job.definition.time.not_before != before.time.not_before {
                check_start(&job.definition, now)?;
            }
            job.next_due = super::first_due(tx, &job, &self.zone)?;
        }
        if job.definition.kind.is_script() && job.definition.content != before.content {
            store::add_script(tx, id, &job.definition.content, "", caller.name())?;
        }
        caller.name().clone_into(&mut job.updater);
        job.updated_at = tx.now();
        store::update(tx, &job)?;
        wake(tx, &job);
        Ok(job)
    }

    /// Replaces the script of a job, with a word about the new version.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` "job without a script"; `Invalid`.
    pub fn update_script(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        id: i64,
        script: &ScriptText<'_>,
    ) -> Result<()> {
        let mut job = self.get(tx, caller, namespace, group_id, id)?;
        if !job.definition.kind.is_script() {
            return Err(Error::conflict("job without a script", format!("job {id} runs no script")));
        }
        at_most_bytes("content", script.content, MOST_CONTENT_BYTES)?;
        text::at_most("version description", script.description, LONGEST_DESCRIPTION)?;
        store::add_script(tx, id, script.content, script.description, caller.name())?;
        script.content.clone_into(&mut job.definition.content);
        caller.name().clone_into(&mut job.updater);
        job.updated_at = tx.now();
        store::update(tx, &job)
    }

    /// The versions of a job's script, the newest first.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn scripts(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        id: i64,
    ) -> Result<Vec<ScriptVersion>> {
        let job = self.get(tx, caller, namespace, group_id, id)?;
        store::scripts(tx, job.id)
    }

    /// Lets the due times of jobs count, or no longer; those that do already stay as they are. Without a group,
    /// the ids are looked up in the namespace. Nothing changes when one of them is unknown.
    ///
    /// # Errors
    /// `NotFound` "app group" or "job".
    pub fn set_enabled(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: Option<&str>,
        ids: &[i64],
        enabled: bool,
    ) -> Result<()> {
        let jobs = self.all_of(tx, caller, namespace, group_id, ids)?;
        for mut job in jobs.into_iter().filter(|job| job.enabled != enabled) {
            job.enabled = enabled;
            job.next_due = super::first_due(tx, &job, &self.zone)?;
            if !enabled && job.definition.time.kind == TimeKind::FixedDelay {
                instances::stop_rounds_of(tx, job.id, caller.name())?;
            }
            caller.name().clone_into(&mut job.updater);
            job.updated_at = tx.now();
            store::update(tx, &job)?;
            wake(tx, &job);
        }
        Ok(())
    }

    /// Removes jobs; what runs is stopped. Nothing changes when one of them is unknown.
    ///
    /// # Errors
    /// `NotFound` "app group" or "job"; `Conflict` [`NODE_OF_WORKFLOW`].
    pub fn delete(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        ids: &[i64],
    ) -> Result<()> {
        let jobs = self.all_of(tx, caller, namespace, Some(group_id), ids)?;
        if let Some(node) = workflows::nodes_among(tx, ids)?.first() {
            return Err(Error::conflict(NODE_OF_WORKFLOW, format!("job {node} is a node of a workflow")));
        }
        for job in jobs {
            instances::stop_all_of(tx, instances::Owner::Job(job.id), caller.name())?;
            instances::forget_all_of(tx, instances::Owner::Job(job.id))?;
            store::forget_scripts(tx, job.id)?;
            super::remove(tx, &job)?;
        }
        Ok(())
    }

    /// In which groups of the namespace these jobs are, and whether each of them is in one.
    ///
    /// # Errors
    /// Those of the store.
    pub fn groups_of(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        ids: &[i64],
    ) -> Result<(Vec<String>, bool)> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut found = store::groups_of(tx, &caller.account_id, namespace, &ids)?;
        let is_all = found.len() == ids.len();
        found.sort_unstable();
        found.dedup();
        Ok((found, is_all))
    }

    /// The jobs with these ids, each once, of a group or of any group of the namespace.
    fn all_of(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: Option<&str>,
        ids: &[i64],
    ) -> Result<Vec<Job>> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        if let Some(group_id) = group_id {
            app_groups::find(tx, &caller.account_id, namespace, group_id)?;
        } else {
            crate::namespaces::get(tx, caller, namespace)?;
        }
        ids.iter()
            .map(|id| {
                store::find_in(tx, &caller.account_id, namespace, group_id, *id)?.ok_or_else(|| missing(*id))
            })
            .collect()
    }

    pub(super) fn check(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        group: &AppGroup,
        definition: &Definition,
    ) -> Result<()> {
        text::name("name", &definition.name, LONGEST_NAME)?;
        text::at_most("description", &definition.description, LONGEST_DESCRIPTION)?;
        text::at_most("class name", &definition.class_name, LONGEST_CLASS_NAME)?;
        at_most_bytes("parameters", &definition.parameters, MOST_PARAMETER_BYTES)?;
        at_most_bytes("content", &definition.content, MOST_CONTENT_BYTES)?;
        at_most_bytes("template", &definition.template, MOST_CONTENT_BYTES)?;
        at_most_bytes("xattrs", &definition.xattrs, MOST_PARAMETER_BYTES)?;
        if !PRIORITIES.contains(&definition.priority) {
            return Err(Error::invalid("priority", "it is none of 1, 5, 10 and 15"));
        }
        for (field, value, least) in [
            ("max concurrency", definition.max_concurrency, 1),
            ("max attempt", definition.max_attempt, 0),
            ("attempt interval", definition.attempt_interval_s, 0),
        ] {
            if !(least..=i64::from(i32::MAX)).contains(&value) {
                return Err(Error::invalid(field, format!("{value} is not between {least} and 2147483647")));
            }
        }
        if let Some(monitor) = &definition.monitor {
            check_monitor(monitor)?;
        }
        if definition.mode == super::ExecuteMode::Parallel && group.edition == Edition::Basic {
            return Err(Error::conflict(NEEDS_PROFESSIONAL, "parallel jobs need the professional edition"));
        }
        self.check_calendar(tx, caller, &definition.time)
    }

    /// Only cron looks at a calendar, and then it must be there.
    pub(super) fn check_calendar(&self, tx: &mut Tx<'_>, caller: &Caller, time: &Time) -> Result<()> {
        let calendar = &time.calendar;
        if time.kind == TimeKind::Cron
            && !calendar.is_empty()
            && !calendars::exists(tx, &caller.account_id, calendar)?
        {
            return Err(Error::not_found(calendars::REFERENCED_CALENDAR, calendar));
        }
        Ok(())
    }
}

/// A script and what its author says about it.
#[derive(Clone, Copy, Debug)]
pub struct ScriptText<'s> {
    /// The script.
    pub content: &'s str,
    /// A word about this version.
    pub description: &'s str,
}

pub(super) fn missing(id: i64) -> Error {
    Error::not_found(JOB, id.to_string())
}

/// Tells the engine about a due time that it may not have seen.
pub(super) fn wake(tx: &mut Tx<'_>, job: &Job) {
    if job.next_due.is_some() {
        tx.signal(firings::FIRE_DUE);
    }
}

fn at_most_bytes(field: &str, text: &str, most: usize) -> Result<()> {
    if text.len() > most {
        return Err(Error::invalid(field, format!("it has {} bytes, more than {most}", text.len())));
    }
    Ok(())
}

/// A start that is newly said lies ahead.
fn check_start(definition: &Definition, now: Timestamp) -> Result<()> {
    if definition.time.not_before.is_some_and(|start| start <= now) {
        return Err(Error::invalid("start time", "it has passed already"));
    }
    Ok(())
}

fn check_monitor(monitor: &Monitor) -> Result<()> {
    const MOST_CONTACTS: usize = 100;
    if !(1..=i64::from(i32::MAX)).contains(&monitor.timeout_s) {
        return Err(Error::invalid("timeout", "it is not between 1 and 2147483647 seconds"));
    }
    if !(1..=10_000).contains(&monitor.failures) {
        return Err(Error::invalid("fail times", "it is not between 1 and 10000"));
    }
    if monitor.contacts.len() > MOST_CONTACTS {
        return Err(Error::invalid("contacts", format!("there are more than {MOST_CONTACTS}")));
    }
    let known = |channel: &str| matches!(channel, "default" | "sms" | "mail" | "phone" | "webhook" | "ding");
    match monitor.channels.split(',').map(str::trim).find(|channel| !channel.is_empty() && !known(channel)) {
        Some(channel) => Err(Error::invalid("send channel", format!("'{channel}' is no channel"))),
        None => Ok(()),
    }
}

fn apply(definition: &mut Definition, patch: JobPatch) -> Result<()> {
    fn set<T>(field: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *field = value;
        }
    }
    set(&mut definition.name, patch.name);
    set(&mut definition.description, patch.description);
    set(&mut definition.mode, patch.mode);
    set(&mut definition.time.kind, patch.time_kind);
    set(&mut definition.time.expression, patch.time_expression);
    set(&mut definition.time.zone, patch.zone);
    set(&mut definition.time.calendar, patch.calendar);
    set(&mut definition.time.data_offset_s, patch.data_offset_s);
    set(&mut definition.time.not_before, patch.not_before);
    set(&mut definition.time.not_after, patch.not_after);
    set(&mut definition.class_name, patch.class_name);
    set(&mut definition.content, patch.content);
    set(&mut definition.parameters, patch.parameters);
    set(&mut definition.max_concurrency, patch.max_concurrency);
    set(&mut definition.max_attempt, patch.max_attempt);
    set(&mut definition.attempt_interval_s, patch.attempt_interval_s);
    set(&mut definition.priority, patch.priority);
    set(&mut definition.template, patch.template);
    set(&mut definition.echo, patch.echo);
    watch(definition, patch.monitor);
    settings::settle(definition, patch.xattrs.as_deref(), patch.map)
}

/// Applies what was said about watching; saying nothing leaves a job that nobody spoke of as it is.
fn watch(definition: &mut Definition, patch: MonitorPatch) {
    if patch == MonitorPatch::default() {
        return;
    }
    let monitor = definition.monitor.get_or_insert_default();
    monitor.timeout = patch.timeout.unwrap_or(monitor.timeout);
    monitor.timeout_s = patch.timeout_s.unwrap_or(monitor.timeout_s);
    monitor.timeout_kill = patch.timeout_kill.unwrap_or(monitor.timeout_kill);
    monitor.failure = patch.failure.unwrap_or(monitor.failure);
    monitor.failures = patch.failures.unwrap_or(monitor.failures);
    monitor.no_worker = patch.no_worker.unwrap_or(monitor.no_worker);
    monitor.success = patch.success.unwrap_or(monitor.success);
    if let Some(channels) = patch.channels {
        monitor.channels = channels;
    }
    if let Some(contacts) = patch.contacts {
        monitor.contacts = contacts;
    }
}
