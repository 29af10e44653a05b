//! `DescribeHybridMonitorNamespaceList`: the namespaces.

use muster_core::{Page, PageRequest};
use muster_metrics::Space;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::manage_namespaces::Kept;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 10;

/// The input.
pub(in crate::cloudmonitor) struct DescribeHybridMonitorNamespaceList {
    name: Option<String>,
    keyword: Option<String>,
    page: PageRequest,
    number: i64,
}

impl Operation<CloudMonitor> for DescribeHybridMonitorNamespaceList {
    const NAME: &'static str = "DescribeHybridMonitorNamespaceList";
    const PERMISSION: &'static str = "cms:DescribeHybridMonitorNamespaceList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        // Whether tasks are counted makes no difference where there are none.
        parameters.boolean("ShowTaskStatistic")?;
        Ok(Self {
            name: parameters.word("Namespace").map(str::to_owned),
            keyword: parameters.word("Keyword").map(str::to_owned),
            page: paging::read(parameters, DEFAULT_SIZE)?,
            number: parameters.integer("PageNumber")?.unwrap_or(1),
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (metrics, account) = (&cx.services.metrics, &cx.caller.account_id);
        let found = match &self.name {
            Some(name) => {
                let items: Vec<Space> = metrics.space(cx.tx, account, name)?.into_iter().collect();
                Page { total: items.len() as u64, items: paging::cut(items, self.page).collect() }
            }
            None => metrics.spaces(cx.tx, account, self.keyword.as_deref(), self.page)?,
        };
        let namespaces: Vec<Value> = found.items.iter().map(item).collect();
        Ok(answer::spelled_success_with(json!({
            "DescribeHybridMonitorNamespace": namespaces,
            "PageNumber": self.number,
            "PageSize": self.page.limit,
            "Total": found.total,
        })))
    }
}

fn item(space: &Space) -> Value {
    let kept = Kept::read(&space.kept_for_wire);
    json!({
        "Id": space.id.to_string(),
        "Namespace": space.name,
        "NamespaceType": kept.kind,
        "Description": space.description,
        "Detail": {
            "NamespaceRegion": kept.region,
            "Spec": kept.spec,
            "PrometheusInstanceId": "",
            "SLSProject": "",
        },
        "CreateTime": space.created_at.millis().to_string(),
        "ModifyTime": space.updated_at.millis().to_string(),
        "IsDelete": 0,
        "NotAliyunTaskNumber": 0,
        "AliyunProductMetricList": [],
    })
}
