//! `UpdateJobScript` and `ListJobScriptHistory`: the script of a job and its former versions.

use muster_identity::Caller;
use muster_jobs::job::ScriptText;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::rpc::Call;
use crate::rpc::envelope::Document;
use crate::schedulerx::job::Target;
use crate::schedulerx::{Refusal, SchedulerX, answer};

/// The input.
pub(in crate::schedulerx) struct UpdateJobScript {
    target: Target,
    content: String,
    description: String,
}

impl Operation<SchedulerX> for UpdateJobScript {
    const NAME: &'static str = "UpdateJobScript";
    const PERMISSION: &'static str = "edas:UpdateJobScript";
    const ACCESS: Access = Access::Write;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        let target = Target::decode(parameters)?;
        let text = |name: &str| parameters.text(name).unwrap_or_default().to_owned();
        Ok(Self { target, content: text("ScriptContent"), description: text("VersionDescription") })
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.target.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { group, id } = &self.target;
        let script = ScriptText { content: &self.content, description: &self.description };
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        let updated = cx.services.jobs.update_script(cx.tx, cx.caller, namespace, group_id, *id, &script);
        updated.map_err(|error| self.target.refusal(error))?;
        cx.touch("job", *id);
        Ok(answer::success())
    }
}

/// The input.
pub(in crate::schedulerx) struct ListJobScriptHistory(Target);

impl Operation<SchedulerX> for ListJobScriptHistory {
    const NAME: &'static str = "ListJobScriptHistory";
    const PERMISSION: &'static str = "edas:ListJobScriptHistory";
    const ACCESS: Access = Access::Read;

    fn decode(Call { parameters, .. }: &Call) -> Result<Self, Refusal> {
        Target::decode(parameters).map(Self)
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.group.resource()
    }

    fn call(&self, cx: &mut Cx<'_, '_, SchedulerX>) -> Result<Document, Refusal> {
        let Target { group, id } = &self.0;
        let found = cx.services.jobs.scripts(cx.tx, cx.caller, &group.namespace, &group.group_id, *id);
        let found = found.map_err(|error| self.0.refusal(error))?;
        let rows: Vec<Value> = found
            .iter()
            .map(|version| {
                json!({
                    "CreateTime": answer::local_time(version.created_at, &cx.services.zone),
                    "Creator": version.creator,
                    "ScriptContent": version.content,
                    // The vendor's spelling.
                    "VersionesDescription": version.description,
                })
            })
            .collect();
        Ok(answer::success_with(json!({"JobScriptHistoryInfos": rows})))
    }
}
