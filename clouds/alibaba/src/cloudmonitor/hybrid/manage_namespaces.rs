//! Makes, changes and deletes namespaces.

use muster_core::Error;
use muster_wire::{Access, Cx, Operation};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{kept_namespace, read_name, scope};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// What is kept for the wire: how the vendor's own cloud stores a namespace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) kind: String,
    pub(super) region: String,
    pub(super) spec: String,
}

impl Kept {
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn spec(parameters: &Parameters) -> Result<Option<String>, Refusal> {
    const SPECS: [&str; 3] = ["cms.s1.large", "cms.s1.xlarge", "cms.s1.2xlarge"];
    match parameters.word("Spec") {
        Some(spec) if !SPECS.contains(&spec) => {
            Err(Refusal::illegal("Spec", "must be cms.s1.large, cms.s1.xlarge or cms.s1.2xlarge"))
        }
        spec => Ok(spec.map(str::to_owned)),
    }
}

/// The input.
pub(in crate::cloudmonitor) struct CreateHybridMonitorNamespace {
    name: String,
    description: String,
    kept: Kept,
}

impl Operation<CloudMonitor> for CreateHybridMonitorNamespace {
    const NAME: &'static str = "CreateHybridMonitorNamespace";
    const PERMISSION: &'static str = "cms:CreateHybridMonitorNamespace";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let text = |name, default: &str| parameters.word(name).unwrap_or(default).to_owned();
        let kept = Kept {
            kind: text("NamespaceType", "m_prometheus"),
            region: text("NamespaceRegion", "cn-hangzhou"),
            spec: spec(parameters)?.unwrap_or_else(|| "cms.s1.large".to_owned()),
        };
        if !matches!(kept.kind.as_str(), "m_prometheus" | "aliyun") {
            return Err(Refusal::illegal("NamespaceType", "must be m_prometheus or aliyun"));
        }
        Ok(Self { name: read_name(parameters)?, description: text("Description", ""), kept })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let Self { name, description, kept } = self;
        let account = &cx.caller.account_id;
        cx.services.metrics.create_space(cx.tx, account, name, description, &kept.text())?;
        Ok(answer::spelled_success_with(Value::Null))
    }
}

/// The input.
pub(in crate::cloudmonitor) struct ModifyHybridMonitorNamespace {
    name: String,
    description: Option<String>,
    spec: Option<String>,
}

impl Operation<CloudMonitor> for ModifyHybridMonitorNamespace {
    const NAME: &'static str = "ModifyHybridMonitorNamespace";
    const PERMISSION: &'static str = "cms:ModifyHybridMonitorNamespace";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let description = parameters.text("Description").map(str::to_owned);
        Ok(Self { name: read_name(parameters)?, description, spec: spec(parameters)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (metrics, account) = (&cx.services.metrics, &cx.caller.account_id);
        let space = metrics.space(cx.tx, account, &self.name)?;
        let mut space = space.ok_or_else(|| Error::not_found("metric space", &self.name))?;
        if let Some(description) = &self.description {
            space.description.clone_from(description);
        }
        if let Some(spec) = &self.spec {
            space.kept_for_wire = Kept { spec: spec.clone(), ..Kept::read(&space.kept_for_wire) }.text();
        }
        metrics.change_space(cx.tx, account, &space)?;
        Ok(answer::spelled_success_with(Value::Null))
    }
}

/// The input.
pub(in crate::cloudmonitor) struct DeleteHybridMonitorNamespace(String);

impl Operation<CloudMonitor> for DeleteHybridMonitorNamespace {
    const NAME: &'static str = "DeleteHybridMonitorNamespace";
    const PERMISSION: &'static str = "cms:DeleteHybridMonitorNamespace";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        read_name(parameters).map(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (name, scope) = (&self.0, scope(cx.caller));
        cx.services.metrics.remove_space(cx.tx, scope, name, &kept_namespace(name))?;
        Ok(answer::spelled_success_with(Value::Null))
    }
}
