//! What ties the metrics store to the inventory: a series is a sign of a resource, and as long as it is reported the
//! resource is there.

use std::borrow::Cow;
use std::sync::Arc;

use muster_core::Result;
use muster_db::Tx;
use muster_metrics::{SeriesName, SeriesObserver};
use muster_resources::{Dimension, Facet, Sighting, Witness};

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
