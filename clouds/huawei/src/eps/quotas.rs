//! How many enterprise projects an account has and may have.

use muster_core::PageRequest;
use muster_resources::EnterpriseProjectFilter;
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::{Eps, Refused};
use crate::reply::Reply;
use crate::request::Request;

pub(super) struct ShowEnterpriseProjectQuota;

impl Operation<Eps> for ShowEnterpriseProjectQuota {
    const NAME: &'static str = "ShowEnterpriseProjectQuota";
    const PERMISSION: &'static str = "eps:enterpriseProjects:list";
    const ACCESS: Access = Access::Read;

    fn decode(_request: &Request) -> Result<Self, Refused> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Eps>) -> Result<Reply, Refused> {
        let (resources, account) = (&cx.services.resources, &cx.caller.account_id);
        let count = PageRequest { offset: 0, limit: 0 };
        let all =
            resources.list_enterprise_projects(cx.tx, account, &EnterpriseProjectFilter::default(), count)?;
        // The default one costs nothing.
        let (used, quota) = (all.total - 1, resources.limits.enterprise_projects_per_account);
        let resources = json!([{"type": "enterprise_project", "used": used, "quota": quota}]);
        Ok(Reply::ok(json!({"quotas": {"resources": resources}})))
    }
}
