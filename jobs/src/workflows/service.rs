//! What callers may ask about workflows. What they may ask about single runs is in `runs`.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use muster_core::{Error, Page, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::dag::{DAG, Dag};
use super::model::{NewWorkflow, Workflow, WorkflowFilter, WorkflowPatch};
use super::store;
use crate::app_groups::{self, AppGroup, Edition};
use crate::job::{self, Job, NEEDS_PROFESSIONAL, TimeKind};
use crate::{firings, text};

/// What errors call a workflow.
pub const WORKFLOW: &str = "workflow";
/// What errors call a workflow instance.
pub const WORKFLOW_INSTANCE: &str = "workflow instance";
const LONGEST_NAME: usize = 256;
const LONGEST_DESCRIPTION: usize = 1024;

/// The rules of workflows.
#[derive(Clone, Debug)]
pub struct Service {
    /// The zone of times that name none.
    pub zone: TimeZone,
}

impl Service {
    /// Makes a workflow, disabled and without nodes.
    ///
    /// # Errors
    /// `NotFound` "app group"; `Invalid`, for times with the field [`job::TIME_EXPRESSION`] or "time type";
    /// `Conflict` [`NEEDS_PROFESSIONAL`].
    pub fn create(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        new: NewWorkflow,
    ) -> Result<Workflow> {
        let group = professional(tx, caller, namespace, group_id)?;
        let now = tx.now();
        let workflow = Workflow {
            id: tx.new_id()?,
            app_group: group.id,
            name: new.name,
            description: new.description,
            time: new.time,
            max_concurrency: new.max_concurrency,
            dag: Dag::default(),
            enabled: false,
            removed: false,
            next_due: None,
            creator: caller.name().to_owned(),
            updater: caller.name().to_owned(),
            created_at: now,
            updated_at: now,
        };
        self.check(tx, &group, &workflow)?;
        store::insert(tx, &caller.account_id, &workflow)?;
        Ok(workflow)
    }

    /// The workflow `id` of a group, even when it was removed.
    ///
    /// # Errors
    /// `NotFound` "app group" or [`WORKFLOW`].
    pub fn get(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        id: i64,
    ) -> Result<Workflow> {
        let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
        store::find(tx, id)?.filter(|workflow| workflow.app_group == group.id).ok_or_else(|| missing(id))
    }

    /// The workflows of a group that fit, the newest first.
    ///
    /// # Errors
    /// `NotFound` "app group".
    pub fn list(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        filter: &WorkflowFilter,
    ) -> Result<Page<Workflow>> {
        let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
        store::list(tx, group.id, filter)
    }

    /// The jobs that are nodes of a workflow, by their numbers. Those of a removed one may be gone.
    ///
    /// # Errors
    /// Those of the store.
    pub fn jobs_of(&self, tx: &mut Tx<'_>, workflow: &Workflow) -> Result<HashMap<i64, Job>> {
        let mut jobs = job::find_all(tx, &workflow.dag.nodes)?;
        jobs.retain(|_, job| job.app_group == workflow.app_group);
        Ok(jobs)
    }

    /// Changes what `patch` names.
    ///
    /// # Errors
    /// As with [`Service::create`], and `NotFound` [`WORKFLOW`].
    pub fn update(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        id: i64,
        patch: WorkflowPatch,
    ) -> Result<Workflow> {
        let group = professional(tx, caller, namespace, group_id)?;
        let mut workflow = self.present(tx, caller, namespace, group_id, id)?;
        let before = workflow.time.clone();
        workflow.name = patch.name.unwrap_or(workflow.name);
        workflow.description = patch.description.unwrap_or(workflow.description);
        workflow.time.kind = patch.time_kind.unwrap_or(workflow.time.kind);
        workflow.time.expression = patch.time_expression.unwrap_or(workflow.time.expression);
        self.check(tx, &group, &workflow)?;
        if workflow.enabled && workflow.time != before {
            workflow.next_due = workflow.time.first_due(tx.now(), &self.zone);
        }
        self.write(tx, caller, workflow)
    }

    /// Replaces the nodes and edges. Runs that have begun keep the former ones.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` [`DAG`] when a node is no job of this group, or an enabled workflow would be left without
    /// nodes; `Conflict` [`NEEDS_PROFESSIONAL`].
    pub fn set_dag(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        id: i64,
        dag: Dag,
    ) -> Result<Workflow> {
        let group = professional(tx, caller, namespace, group_id)?;
        let mut workflow = self.present(tx, caller, namespace, group_id, id)?;
        // A right on one group must not run the jobs of another.
        let jobs = job::find_all(tx, &dag.nodes)?;
        let is_own = |id: &&i64| jobs.get(id).is_some_and(|job| job.app_group == group.id);
        if let Some(stranger) = dag.nodes.iter().find(|id| !is_own(id)) {
            let why = format!("jobId={stranger} is not existed in group {group_id}");
            return Err(Error::invalid(DAG, why));
        }
        if workflow.enabled {
            need_nodes(&dag)?;
        }
        let mut touched = std::mem::replace(&mut workflow.dag, dag).nodes;
        let workflow = self.write(tx, caller, workflow)?;
        if workflow.enabled {
            touched.extend(&workflow.dag.nodes);
            job::settle_due(tx, &touched, &self.zone)?;
        }
        Ok(workflow)
    }

    /// Lets the due times of a workflow count, or no longer. While they do, those of its jobs do not. What runs goes on.
    /// Without a group, the id is looked up in the namespace.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` [`DAG`] for a workflow without nodes; `Conflict` [`NEEDS_PROFESSIONAL`].
    pub fn set_enabled(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: Option<&str>,
        id: i64,
        enabled: bool,
    ) -> Result<()> {
        let (group, mut workflow) = in_namespace(tx, caller, namespace, group_id, id)?;
        if workflow.enabled == enabled {
            return Ok(());
        }
        if enabled {
            need_professional(&group)?;
            need_nodes(&workflow.dag)?;
        }
        workflow.enabled = enabled;
        workflow.next_due = if enabled { workflow.time.first_due(tx.now(), &self.zone) } else { None };
        let workflow = self.write(tx, caller, workflow)?;
        job::settle_due(tx, &workflow.dag.nodes, &self.zone)
    }

    /// Removes a workflow; what runs is stopped. Its jobs stay, and are due by themselves again when they are enabled
    /// anew or get other times. What it was and did can still be looked at.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: Option<&str>,
        id: i64,
    ) -> Result<()> {
        let (_, mut workflow) = in_namespace(tx, caller, namespace, group_id, id)?;
        for instance in store::open_of(tx, id)? {
            super::runs::stop(tx, instance, caller.name())?;
        }
        (workflow.enabled, workflow.removed, workflow.next_due) = (false, true, None);
        self.write(tx, caller, workflow).map(drop)
    }

    /// The workflow, unless it was removed.
    pub(super) fn present(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        namespace: &str,
        group_id: &str,
        id: i64,
    ) -> Result<Workflow> {
        let workflow = self.get(tx, caller, namespace, group_id, id)?;
        if workflow.removed { Err(missing(id)) } else { Ok(workflow) }
    }

    fn write(&self, tx: &mut Tx<'_>, caller: &Caller, mut workflow: Workflow) -> Result<Workflow> {
        caller.name().clone_into(&mut workflow.updater);
        workflow.updated_at = tx.now();
        store::update(tx, &workflow)?;
        if workflow.next_due.is_some() {
            tx.signal(firings::FIRE_DUE);
        }
        Ok(workflow)
    }

    fn check(&self, tx: &mut Tx<'_>, group: &AppGroup, workflow: &Workflow) -> Result<()> {
        text::name("name", &workflow.name, LONGEST_NAME)?;
        text::at_most("description", &workflow.description, LONGEST_DESCRIPTION)?;
        if !(1..=i64::from(i32::MAX)).contains(&workflow.max_concurrency) {
            let why = format!("{} is not between 1 and 2147483647", workflow.max_concurrency);
            return Err(Error::invalid("max concurrency", why));
        }
        if !matches!(workflow.time.kind, TimeKind::Cron | TimeKind::FixedRate | TimeKind::Api) {
            return Err(Error::invalid("time type", "a workflow has a cron expression, a rate, or no times"));
        }
        workflow.time.check(tx.now(), &self.zone, group.edition)
    }
}

pub(super) fn missing(id: i64) -> Error {
    Error::not_found(WORKFLOW, id.to_string())
}

/// The group, which must be of the edition that has workflows.
pub(super) fn professional(
    tx: &mut Tx<'_>,
    caller: &Caller,
    namespace: &str,
    group_id: &str,
) -> Result<AppGroup> {
    let group = app_groups::find(tx, &caller.account_id, namespace, group_id)?;
    need_professional(&group)?;
    Ok(group)
}

fn need_professional(group: &AppGroup) -> Result<()> {
    if group.edition == Edition::Professional {
        return Ok(());
    }
    Err(Error::conflict(NEEDS_PROFESSIONAL, "only groups of the professional edition have workflows"))
}

pub(super) fn need_nodes(dag: &Dag) -> Result<()> {
    if dag.nodes.is_empty() {
        return Err(Error::invalid(DAG, "the workflow has no nodes"));
    }
    Ok(())
}

/// The workflow of a group or, where none is named, of any in the namespace, unless it was removed.
fn in_namespace(
    tx: &mut Tx<'_>,
    caller: &Caller,
    namespace: &str,
    group_id: Option<&str>,
    id: i64,
) -> Result<(AppGroup, Workflow)> {
    if let Some(group_id) = group_id {
        app_groups::find(tx, &caller.account_id, namespace, group_id)?;
    } else {
        crate::namespaces::get(tx, caller, namespace)?;
    }
    let found = store::find_in(tx, &caller.account_id, namespace, id)?;
    let workflow = found.filter(|workflow| !workflow.removed).ok_or_else(|| missing(id))?;
    let group = app_groups::by_number(tx, workflow.app_group)?;
    let group = group.filter(|group| group_id.is_none_or(|wanted| group.group_id == wanted));
    Ok((group.ok_or_else(|| missing(id))?, workflow))
}
