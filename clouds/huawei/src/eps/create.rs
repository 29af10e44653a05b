//! Makes an enterprise project.

use muster_resources::NewEnterpriseProject;
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use super::{Eps, Refused, write};
use crate::reply::Reply;
use crate::request::{Malformed, Request, required};

pub(super) struct CreateEnterpriseProject(NewEnterpriseProject);

#[derive(Deserialize)]
struct Body {
    name: Option<String>,
    description: Option<String>,
    r#type: Option<String>,
}

/// What create and update both take.
pub(super) fn read(request: &Request) -> Result<NewEnterpriseProject, Malformed> {
    let body: Body = request.body()?;
    let name = required("name", body.name)?;
    let fits = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || ('\u{4e00}'..='\u{9fff}').contains(&c)
    };
    if !(1..=64).contains(&name.chars().count()) || !name.chars().all(fits) {
        let why = "must have 1 to 64 Chinese characters, letters, digits, _ and -";
        return Err(Malformed::field("name", why));
    }
    let description = body.description.unwrap_or_default();
    if description.chars().count() > 512 {
        return Err(Malformed::field("description", "must have at most 512 characters"));
    }
    let kind = body.r#type.unwrap_or_else(|| "prod".to_owned());
    if !matches!(kind.as_str(), "prod" | "poc") {
        return Err(Malformed::field("type", "must be prod or poc"));
    }
    Ok(NewEnterpriseProject { name, description, kind })
}

impl Operation<Eps> for CreateEnterpriseProject {
    const NAME: &'static str = "CreateEnterpriseProject";
    const PERMISSION: &'static str = "eps:enterpriseProjects:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self(read(request)?))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        let account = &cx.caller.account_id;
        let project = cx.services.resources.create_enterprise_project(cx.tx, account, self.0.clone())?;
        cx.touch("enterprise project", &project.id);
        Ok(Reply::created(json!({"enterprise_project": write(&project)})))
    }
}
