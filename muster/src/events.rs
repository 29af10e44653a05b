//! What ties events to the inventory and to the alarm rules.

use std::sync::Arc;

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
