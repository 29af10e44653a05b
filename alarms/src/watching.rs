//! Tells resource groups what rules cover and what is in alarm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use muster_core::Result;
use muster_db::{Tx, params};
use muster_metrics::split_dimensions;
use muster_resources::{Cover, Covered, Dimension, Facet, InAlarm, Scope, Watch};

use crate::model::{Dimensions, Rule, Target};
use crate::rules::store::{self, COLUMNS, FROM};

/// The rules of all projects, as resource groups see them. What rules cover is read anew after a rule changed; what is
/// in alarm is read each time, by an index that holds nothing else.
#[derive(Clone, Debug, Default)]
pub struct Watching(Arc<Mutex<HashMap<(String, String), Known>>>);

/// What a project's rules say.
#[derive(Clone, Debug)]
struct Known {
    /// The last change of any rule that is in here.
    change: i64,
    covers: Arc<Vec<Cover>>,
    /// Of each policy: its namespace, and whether it is about events.
    policies: Arc<HashMap<i64, (String, bool)>>,
}

impl Watching {
    fn known(&self, tx: &mut Tx<'_>, scope: Scope<'_>) -> Result<Known> {
        let owner = (scope.account_id.to_owned(), scope.project_id.to_owned());
        let change = store::last_change(tx)?;
        let of_before = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&owner).cloned();
        if let Some(known) = of_before.filter(|known| known.change == change) {
            return Ok(known);
        }
        let sql = format!(
            "SELECT {COLUMNS} {FROM} WHERE r.account_id = $1 AND r.project_id = $2 AND r.enabled = 1"
        );
        let rules = tx.query(&sql, params![scope.account_id, scope.project_id], store::rule)?;
        let (mut covers, mut policies) = (Vec::new(), HashMap::new());
        for rule in &rules {
            cover(rule, &mut covers, &mut policies);
        }
        let known = Known { change, covers: Arc::new(covers), policies: Arc::new(policies) };
        // What a writing transaction sees may be undone.
        if tx.is_read() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(owner, known.clone());
        }
        Ok(known)
    }
}

impl Watch for Watching {
    fn watching(&self, tx: &mut Tx<'_>, scope: Scope<'_>) -> Result<muster_resources::Watching> {
        let Known { covers, policies, .. } = self.known(tx, scope)?;
        let mut in_alarm = Vec::new();
        let sql = "SELECT policy_id, dimensions FROM alarms_units
             WHERE account_id = $1 AND project_id = $2 AND state NOT IN ('ok', 'unknown')";
        tx.for_each(sql, params![scope.account_id, scope.project_id], |row| {
            if let Some((namespace, is_event)) = policies.get(&row.get::<i64>(0)?) {
                let dimensions = dimensions(&split_dimensions(&row.get::<String>(1)?));
                let facet = Facet { namespace: namespace.clone(), dimensions };
                in_alarm.push(InAlarm { is_event: *is_event, facet });
            }
            Ok(())
        })?;
        Ok(muster_resources::Watching { covers, in_alarm })
    }
}

fn cover(rule: &Rule, covers: &mut Vec<Cover>, policies: &mut HashMap<i64, (String, bool)>) {
    let spec = &rule.spec;
    let mut own: Vec<Cover> = Vec::new();
    for policy in spec.policies.iter().filter(|policy| policy.enabled) {
        let is_event = policy.subject.is_event();
        let namespace = policy.subject.namespace().unwrap_or(&spec.namespace).to_owned();
        policies.insert(policy.id, (namespace.clone(), is_event));
        let (names, what) = match &spec.target {
            Target::Exactly(sets) | Target::Containing(sets) => {
                (None, Covered::Exactly(sets.iter().map(dimensions).collect()))
            }
            Target::All { dimension_names } => (dimension_names.clone(), Covered::All),
            Target::Group { group_id, dimension_names, .. } => {
                (dimension_names.clone(), Covered::Group(*group_id))
            }
        };
        let dimension_names = match &policy.subject {
            crate::Subject::Metric { dimension_names: Some(names), .. } => Some(names.clone()),
            _ => names,
        };
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let cover = Cover { is_event, namespace, dimension_names, what };
        if !own.contains(&cover) {
            own.push(cover);
        }
    }
    covers.append(&mut own);
}

fn dimensions(set: &Dimensions) -> Vec<Dimension> {
    set.iter().map(|(name, value)| Dimension { name: name.clone(), value: value.clone() }).collect()
}
