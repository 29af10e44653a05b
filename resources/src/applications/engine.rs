//! The engine that keeps the applications of founders in step with the tags.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use muster_core::{Engine, Error, Result};
use muster_db::{Db, Tx};

use super::{founders, store};
use crate::Service;
use crate::inventory::changes;
use crate::model::{Kind, Rule, Scope};

/// The engine's name, and that of its signal.
pub(crate) const FOUND_GROUPS: &str = "resources.found_groups";

const PERIOD: Duration = Duration::from_secs(10);
/// Applications made or deleted in one transaction: others want to write as well.
const BATCH: usize = 200;

/// Makes the applications that founders want and deletes those whose value nobody has any more.
pub struct FoundGroups {
    db: Db,
    service: Arc<Service>,
}

/// What a founder wants, as of one change of its project.
struct Plan {
    change: i64,
    wanted: Vec<(String, (Kind, Rule))>,
}

impl FoundGroups {
    /// An engine for the founders of all projects.
    pub fn new(db: Db, service: Arc<Service>) -> Self {
        Self { db, service }
    }

    fn follow(&self, account_id: &str, project_id: &str, id: &str) -> Result<()> {
        let (account_id, project_id, id) = (account_id.to_owned(), project_id.to_owned(), id.to_owned());
        let service = Arc::clone(&self.service);
        let (account, project, founder) = (account_id.clone(), project_id.clone(), id.clone());
        // The index follows the changes only for those who read.
        let plan = self.db.read_blocking(move |tx| {
            plan(&service, tx, Scope { account_id: &account, project_id: &project }, &founder)
        })?;
        let Some(plan) = plan else { return Ok(()) };
        let plan = Arc::new(plan);
        loop {
            let (service, plan) = (Arc::clone(&self.service), Arc::clone(&plan));
            let (account, project, id) = (account_id.clone(), project_id.clone(), id.clone());
            let done = self.db.write_blocking(move |tx| {
                step(&service, tx, Scope { account_id: &account, project_id: &project }, &id, &plan)
            })?;
            if done {
                return Ok(());
            }
        }
    }
}

impl Engine for FoundGroups {
    fn name(&self) -> &'static str {
        FOUND_GROUPS
    }

    fn period(&self) -> Duration {
        PERIOD
    }

    fn run(&self) -> Result<()> {
        for (account_id, project_id, id) in self.db.read_blocking(store::founders_behind)? {
            self.follow(&account_id, &project_id, &id)?;
        }
        Ok(())
    }
}

fn plan(service: &Service, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<Option<Plan>> {
    let Some(founder) = store::get_founder(tx, scope, id)? else { return Ok(None) };
    let change = changes::counters(tx, scope)?.changes;
    let of_applications = store::values_of_applications(tx, scope, &founder.tag_key)?;
    let wanted = service
        .index
        .ask(tx, scope, &service.catalogue, |index| founders::wanted(&founder, index, of_applications))?;
    Ok(Some(Plan { change, wanted }))
}

/// Moves a founder's applications towards a plan; whether it is fulfilled. The last step tells how far the founder
/// knows: what these steps changed themselves, and what happened since the plan, brings it back here.
fn step(service: &Service, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str, plan: &Plan) -> Result<bool> {
    let Some(founder) = store::get_founder(tx, scope, id)? else { return Ok(true) };
    let made = store::made_by(tx, id)?;
    let is_wanted =
        |value: &str| plan.wanted.binary_search_by(|(wanted, _)| wanted.as_str().cmp(value)).is_ok();
    let unwanted: Vec<i64> = made
        .iter()
        .filter(|(value, _)| !is_wanted(value))
        .map(|(_, group_id)| *group_id)
        .take(BATCH)
        .collect();
    service.remove_applications(tx, scope, &unwanted)?;
    let known: HashSet<&str> = made.iter().map(|(value, _)| value.as_str()).collect();
    let missing = plan
        .wanted
        .iter()
        .filter(|(value, _)| !known.contains(value.as_str()) && !founder.spec.declined.contains(value));
    let mut left = BATCH - unwanted.len();
    for (value, rule) in missing {
        if left == 0 {
            return Ok(false);
        }
        match service.found_application(tx, scope, &founder, value, rule.clone()) {
            // The project is full: the rest is made when the founder looks again.
            Err(Error::Quota { .. }) => break,
            outcome => outcome?,
        }
        left -= 1;
    }
    if unwanted.len() == BATCH {
        return Ok(false);
    }
    store::founder_knows(tx, id, plan.change)?;
    Ok(true)
}
