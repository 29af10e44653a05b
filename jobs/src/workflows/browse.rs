//! Workflows and their runs as people look at them: of an account, across its groups.

use std::collections::HashMap;

use muster_core::{Browse, Error, Result};
use muster_db::Tx;
use muster_identity::Caller;

use super::model::{Workflow, WorkflowInstance};
use super::service::{Service, WORKFLOW_INSTANCE, missing};
use super::store;
use crate::app_groups;
use crate::merge::merge;

impl Service {
    /// The account's workflow with this number, in whichever group, unless it was removed.
    ///
    /// # Errors
    /// `NotFound` [`super::WORKFLOW`].
    pub fn find(&self, tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<Workflow> {
        let found = store::find(tx, id)?.filter(|workflow| !workflow.removed).ok_or_else(|| missing(id))?;
        app_groups::looked_at(tx, &caller.account_id, Some(found.app_group)).map_err(|_| missing(id))?;
        Ok(found)
    }

    /// Workflows, the newest first, without a count; the key is their number. Without a group the account's newest
    /// [`app_groups::MOST_LOOKED_AT`] groups are looked at.
    ///
    /// # Errors
    /// `NotFound` "app group".
    pub fn browse(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        group: Option<i64>,
        browse: &Browse<'_>,
    ) -> Result<Vec<Workflow>> {
        let groups = app_groups::looked_at(tx, &caller.account_id, group)?;
        let before = browse.after.and_then(|(_, id)| id.parse().ok());
        let limit = usize::try_from(browse.limit).unwrap_or(usize::MAX);
        merge(
            &groups,
            limit,
            |workflow: &Workflow| workflow.id,
            before,
            |group, before, limit| store::browse(tx, group, browse.text, before.unwrap_or(i64::MAX), limit),
        )
    }

    /// The workflows of which a job is a node.
    ///
    /// # Errors
    /// Those of the store: a job of others has none.
    pub fn of_job(&self, tx: &mut Tx<'_>, caller: &Caller, job: i64) -> Result<Vec<Workflow>> {
        store::of_job(tx, &caller.account_id, job)
    }

    /// The names of workflows by their numbers, of those that the account has.
    ///
    /// # Errors
    /// Those of the store.
    pub fn names(&self, tx: &mut Tx<'_>, caller: &Caller, ids: &[i64]) -> Result<HashMap<i64, String>> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        store::names(tx, &caller.account_id, &ids)
    }

    /// The account's run of a workflow with this number.
    ///
    /// # Errors
    /// `NotFound` [`WORKFLOW_INSTANCE`].
    pub fn find_run(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id: i64,
    ) -> Result<(Workflow, WorkflowInstance)> {
        let missing = || Error::not_found(WORKFLOW_INSTANCE, id.to_string());
        let run = store::find_instance(tx, id)?.ok_or_else(missing)?;
        let workflow = store::find(tx, run.workflow)?.ok_or_else(missing)?;
        app_groups::looked_at(tx, &caller.account_id, Some(workflow.app_group)).map_err(|_| missing())?;
        Ok((workflow, run))
    }
}

#[cfg(test)]
mod tests {
    use muster_identity::testing::root_caller;

    use super::super::{Dag, NewWorkflow};
    use super::*;
    use crate::job::Time;
    use crate::testing::World;

    #[test]
    fn workflows_and_their_runs_are_found_by_their_owner_alone() {
        World::on_each(|world| {
            let job = world.job(Time::api(), |_| {})?;
            let workflows = world.workflows.clone();
            world.write(move |tx, alice| {
                let new = |name: &str| NewWorkflow {
                    name: name.into(),
                    description: String::new(),
                    time: Time::api(),
                    max_concurrency: 1,
                };
                let one = workflows.create(tx, alice, "ns", "g", new("first"))?;
                let two = workflows.create(tx, alice, "ns", "g", new("second"))?;
                workflows.set_dag(tx, alice, "ns", "g", one.id, Dag::new(vec![job.id], Vec::new())?)?;
                let run = workflows.execute(tx, alice, "ns", "g", one.id, "")?;
                let ids = |found: Vec<Workflow>| found.iter().map(|each| each.id).collect::<Vec<_>>();
                let page = |text, after| Browse { text, after, limit: 9 };
                assert_eq!(ids(workflows.browse(tx, alice, None, &page("", None))?), [two.id, one.id]);
                let place = two.id.to_string();
                let after = Some((two.created_at, place.as_str()));
                assert_eq!(
                    ids(workflows.browse(tx, alice, Some(one.app_group), &page("", after))?),
                    [one.id]
                );
                assert_eq!(ids(workflows.browse(tx, alice, None, &page("sec", None))?), [two.id]);
                assert_eq!(ids(workflows.of_job(tx, alice, job.id)?), [one.id]);
                assert_eq!(workflows.find_run(tx, alice, run)?.0.id, one.id);
                assert_eq!(workflows.names(tx, alice, &[one.id, two.id])?.len(), 2);

                let bob = root_caller("2000000000000002");
                let missing = |found: Result<()>| matches!(found, Err(Error::NotFound { .. }));
                assert!(missing(workflows.find(tx, &bob, one.id).map(drop)));
                assert!(missing(workflows.find_run(tx, &bob, run).map(drop)));
                assert!(missing(workflows.browse(tx, &bob, Some(one.app_group), &page("", None)).map(drop)));
                assert!(workflows.of_job(tx, &bob, job.id)?.is_empty());
                assert!(workflows.names(tx, &bob, &[one.id])?.is_empty());
                workflows.delete(tx, alice, "ns", Some("g"), one.id)?;
                assert!(missing(workflows.find(tx, alice, one.id).map(drop)));
                Ok(())
            })
        });
    }
}
