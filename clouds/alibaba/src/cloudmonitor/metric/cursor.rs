//! `Cursor`: where an export begins.

use std::collections::BTreeMap;

use muster_core::Timestamp;
use muster_wire::{Access, Cx, Operation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::lines::Place;
use super::query::read_period;
use super::token;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, time};
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters};

/// What a cursor carries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Export {
    pub(super) namespace: String,
    pub(super) metric: String,
    pub(super) period: i64,
    pub(super) matchers: BTreeMap<String, String>,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
    /// Behind which point it goes on.
    pub(super) after: Option<Place>,
}

/// The input.
pub(in crate::cloudmonitor) struct Cursor(Export);

impl Operation<CloudMonitor> for Cursor {
    const NAME: &'static str = "Cursor";
    const PERMISSION: &'static str = "cms:Cursor";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let period = parameters.integer("Period")?.ok_or_else(|| Fault::missing("Period"))?;
        read_period(period)?;
        let start = time::instant(parameters, "StartTime")?.ok_or_else(|| Fault::missing("StartTime"))?;
        let end = time::instant(parameters, "EndTime")?;
        if end.is_some_and(|end| end <= start) {
            return Err(Refusal::illegal("StartTime", "must be before EndTime"));
        }
        let mut matchers = BTreeMap::new();
        for matcher in parameters.items("Matchers")? {
            if matcher.word("Operator").is_some_and(|operator| operator != "EQUALS") {
                return Err(Refusal::illegal("Matchers", "know the operator EQUALS only"));
            }
            let label = matcher.word("Label").ok_or_else(|| Fault::missing("Matchers.Label"))?;
            let value = matcher.text("Value").ok_or_else(|| Fault::missing("Matchers.Value"))?;
            if matchers.insert(label.to_owned(), value.to_owned()).is_some_and(|before| before != value) {
                return Err(Refusal::illegal("Matchers", "want two values of one label"));
            }
        }
        Ok(Self(Export {
            namespace: parameters.required("Namespace")?.to_owned(),
            metric: parameters.required("Metric")?.to_owned(),
            period,
            matchers,
            start,
            end,
            after: None,
        }))
    }

    fn call(&self, _: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        Ok(answer::numbered_success_with(json!({"Cursor": token::write(&self.0)})))
    }
}
