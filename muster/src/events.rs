//! What ties events to the inventory and to the alarm rules.

use std::sync::Arc;

use muster_alarms::events::{Happening, happened};
use muster_alarms::telling::Teller;
use muster_core::Result;
use muster_db::Tx;
use muster_events::{Event, Kind, Observer, Scope};
use muster_huawei::cloudeye;
use muster_resources::{Dimension, Facet, Sighting};

/// Enters the resources that events are about. What a user says of the cloud's own services is not believed.
pub(crate) struct EnterFromEvents(pub(crate) Arc<muster_resources::Service>);

impl Observer for EnterFromEvents {
    fn happened(&self, tx: &mut Tx<'_>, scope: Scope<'_>, events: &[Event]) -> Result<()> {
        let mut sightings: Vec<Sighting> = Vec::new();
        for Event { facts, .. } in events {
            let is_believed = facts.kind == Kind::System || !cloudeye::is_reserved(&facts.source);
            if facts.dimensions.is_empty() || facts.drill || !is_believed {
                continue;
            }
            let dimension =
                |(name, value): &(String, String)| Dimension { name: name.clone(), value: value.clone() };
            let dimensions = facts.dimensions.iter().map(dimension).collect();
            let facet = Facet { namespace: facts.source.clone(), dimensions };
            let name = Some(facts.resource_name.clone()).filter(|name| !name.is_empty());
            if !sightings.iter().any(|known| known.facet == facet && known.name == name) {
                sightings.push(Sighting { facet, name });
            }
        }
        let scope = muster_resources::Scope { account_id: scope.account_id, project_id: scope.project_id };
        self.0.sight(tx, scope, &sightings)
    }
}

/// Raises the alarms that events mean.
pub(crate) struct RaiseAlarms {
    pub(crate) resources: Arc<muster_resources::Service>,
    pub(crate) teller: Teller,
}

impl Observer for RaiseAlarms {
    fn happened(&self, tx: &mut Tx<'_>, scope: Scope<'_>, events: &[Event]) -> Result<()> {
        for Event { id, facts, .. } in events {
            let is_believed = facts.kind == Kind::System || !cloudeye::is_reserved(&facts.source);
            if facts.drill || !is_believed {
                continue;
            }
            // CloudMonitor's rules know custom events by the group that they are put in, 0 for none.
            let sources = [facts.source.clone(), facts.group_id.unwrap_or(0).to_string()];
            let groups: Vec<i64> = facts.group_id.into_iter().collect();
            let event = Happening {
                id: *id,
                account_id: scope.account_id,
                project_id: scope.project_id,
                sources: &sources,
                name: &facts.name,
                dimensions: &facts.dimensions,
                groups: &groups,
                at: facts.at,
                is_all_clear: facts.is_all_clear(),
            };
            happened(tx, &self.teller, &self.resources, &event)?;
        }
        Ok(())
    }
}
