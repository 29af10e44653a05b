//! `DescribeProjectMeta`: which namespaces there are.

use muster_core::PageRequest;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{catalogue, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 30;

/// The input.
pub(in crate::cloudmonitor) struct DescribeProjectMeta {
    labels: Vec<(String, String)>,
    page: PageRequest,
    number: i64,
}

impl Operation<CloudMonitor> for DescribeProjectMeta {
    const NAME: &'static str = "DescribeProjectMeta";
    const PERMISSION: &'static str = "cms:DescribeProjectMeta";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self {
            labels: catalogue::read_labels(parameters)?,
            page: paging::read(parameters, DEFAULT_SIZE)?,
            number: parameters.integer("PageNumber")?.unwrap_or(1),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let metrics = catalogue::metrics(cx.tx, &cx.services.metrics, scope(cx.caller), None)?;
        let mut namespaces: Vec<String> = metrics.into_iter().map(|known| known.namespace).collect();
        namespaces.dedup();
        namespaces.retain(|namespace| catalogue::has_labels(namespace, &self.labels));
        let total = namespaces.len();
        let resources: Vec<Value> = paging::cut(namespaces, self.page)
            .map(|namespace| {
                json!({
                    "Namespace": namespace,
                    "Description": catalogue::about(&namespace).0,
                    "Labels": catalogue::labels_text(&namespace),
                })
            })
            .collect();
        Ok(answer::success_with(json!({
            "Total": total.to_string(),
            "PageNumber": self.number.to_string(),
            "PageSize": self.page.limit.to_string(),
            "Resources": {"Resource": resources},
        })))
    }
}
