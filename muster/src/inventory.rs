//! What ties the inventory to other features: a series is a sign of a resource, and as long as it is reported the
//! resource is there; what belongs to a group goes with it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use muster_alarms::{Owner, RuleFilter, masks};
use muster_core::{PageRequest, Result};
use muster_db::Tx;
use muster_metrics::{SeriesName, SeriesObserver};
use muster_resources::{Dimension, Facet, GroupObserver, Origin, Sighting, Witness};

/// Enters the resources of series that appear.
pub(crate) struct EnterFromSeries(pub(crate) Arc<muster_resources::Service>);

impl SeriesObserver for EnterFromSeries {
    fn appeared(
        &self,
        tx: &mut Tx<'_>,
        scope: muster_metrics::Scope<'_>,
        series: &[&SeriesName],
    ) -> Result<()> {
        let mut sightings: Vec<Sighting> = Vec::new();
        for name in series {
            let facet = Facet {
                namespace: name.namespace().to_owned(),
                dimensions: name
                    .dimensions()
                    .into_iter()
                    .map(|(name, value)| Dimension { name, value })
                    .collect(),
            };
            // A resource has many metrics, which come together.
            let known = sightings.last().is_some_and(|last| last.facet == facet);
            if !facet.dimensions.is_empty() && !known {
                sightings.push(Sighting { facet, name: None });
            }
        }
        let scope = muster_resources::Scope { account_id: scope.account_id, project_id: scope.project_id };
        self.0.sight(tx, scope, &sightings)
    }
}

/// Knows by the metrics store which resources are there.
pub(crate) struct SeenInSeries(pub(crate) Arc<muster_metrics::Service>);

impl Witness for SeenInSeries {
    fn sees(&self, tx: &mut Tx<'_>, scope: muster_resources::Scope<'_>, facet: &Facet) -> Result<bool> {
        let scope = muster_metrics::Scope { account_id: scope.account_id, project_id: scope.project_id };
        let dimensions = facet
            .dimensions
            .iter()
            .map(|one| (Cow::from(one.name.as_str()), Cow::from(one.value.as_str())))
            .collect();
        self.0.is_reported(tx, scope, &facet.namespace, dimensions)
    }
}

/// Deletes what belongs to groups of CloudMonitor that go: their rules and pauses. Rules on groups of Cloud Eye stay
/// without anything to watch, as its contract says.
pub(crate) struct ForgetGroups {
    pub(crate) alarms: muster_alarms::Service,
    pub(crate) masks: Arc<masks::Service>,
}

impl fmt::Debug for ForgetGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForgetGroups")
    }
}

impl GroupObserver for ForgetGroups {
    fn gone(
        &self,
        tx: &mut Tx<'_>,
        scope: muster_resources::Scope<'_>,
        origin: Origin,
        ids: &[i64],
    ) -> Result<()> {
        if origin != Origin::CloudMonitor {
            return Ok(());
        }
        let owner = Owner {
            origin: muster_alarms::Origin::CloudMonitor,
            account_id: scope.account_id,
            project_id: scope.project_id,
        };
        // Pauses are the account's, whatever project a group's members are in.
        let of_account = muster_metrics::Scope { account_id: scope.account_id, project_id: "" };
        for id in ids {
            for pause in self.masks.naming(tx, of_account, masks::Kind::Pause, masks::Target::Group(*id))? {
                self.masks.delete(tx, of_account, masks::Kind::Pause, &pause.key)?;
            }
            let filter = RuleFilter { group_id: Some(*id), ..RuleFilter::default() };
            let rules = self.alarms.list(tx, owner, &filter, PageRequest::ALL)?.items;
            let keys: Vec<String> = rules.into_iter().map(|rule| rule.key).collect();
            self.alarms.delete(tx, owner, &keys)?;
        }
        Ok(())
    }
}
