use muster_apps::{Disk, ExtraSessions, Image, NewServerGroup, ServerPlan};
use muster_identity::Caller;
use muster_wire::{Access, Operation};

use super::super::body::Body;
use super::super::tag::tags;
use super::super::words::{APP_KINDS, DISK_KINDS, IMAGE_SOURCES, OPERATING_SYSTEMS, SESSION_PACKAGES};
use super::super::{Cx, Outcome, Refusal, Reply, Request, WorkspaceApp};
use super::{DEFAULT_ENTERPRISE_PROJECT, KIND, route_policy, view};

/// Makes a server group. Servers come later, or never.
pub(crate) struct CreateServerGroup(NewServerGroup);

impl Operation<WorkspaceApp> for CreateServerGroup {
    const NAME: &'static str = "CreateServerGroup";
    const PERMISSION: &'static str = "workspace:serverGroup:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refusal> {
        let body = Body::of(request)?;
        let virtual_ip =
            body.object("ip_virtual")?.map(|object| object.flag("enable")).transpose()?.flatten();
        let enterprise_project = body.given("enterprise_project_id")?.unwrap_or(DEFAULT_ENTERPRISE_PROJECT);
        Ok(Self(NewServerGroup {
            name: body.required("name")?.to_owned(),
            description: body.text("description")?.unwrap_or_default().to_owned(),
            kind: body.word("app_type", APP_KINDS)?,
            os: required("os_type", body.word("os_type", OPERATING_SYSTEMS)?)?,
            single_session: body.flag("is_vdi")?.unwrap_or(false),
            virtual_ip,
            enabled: body.flag("server_group_status")?.unwrap_or(true),
            enterprise_project_id: enterprise_project.to_owned(),
            primary_id: body.given("primary_server_group_id")?.map(str::to_owned),
            plan: plan(&body)?,
            tags: tags(&body, "tags")?.unwrap_or_default(),
        }))
    }

    fn resource(&self, caller: &Caller) -> String {
        super::resource(caller, "*")
    }

    fn call(&self, cx: &mut Cx<'_, '_>) -> Outcome {
        let group = cx.services.create_server_group(cx.tx, cx.caller, &self.0)?;
        cx.touch(KIND, &group.id);
        Ok(Reply::ok(view::listed(&group, cx.services.catalogue(), cx.caller)))
    }
}

fn required<T>(field: &str, value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::invalid(field, "it is missing"))
}

fn plan(body: &Body) -> Result<ServerPlan, Refusal> {
    let own = |field: &str| Ok::<_, Refusal>(body.given(field)?.map(str::to_owned));
    let image = Image {
        id: body.required("image_id")?.to_owned(),
        source: required("image_type", body.word("image_type", IMAGE_SOURCES)?)?,
        product_id: own("image_product_id")?,
    };
    let disk = Disk {
        kind: required("system_disk_type", body.word("system_disk_type", DISK_KINDS)?)?,
        gib: required("system_disk_size", body.number("system_disk_size")?)?,
    };
    Ok(ServerPlan {
        product_id: body.required("product_id")?.to_owned(),
        flavor_id: own("flavor_id")?,
        image,
        disk,
        vpc_id: body.required("vpc_id")?.to_owned(),
        subnet_id: body.required("subnet_id")?.to_owned(),
        zone: own("availability_zone")?,
        cluster_id: own("cluster_id")?,
        organizational_unit: own("ou_name")?.unwrap_or_default(),
        route_policy: route_policy(body)?,
        extra_sessions: extra_sessions(body)?,
    })
}

/// A package of sessions has a type and a size, or is not there.
fn extra_sessions(body: &Body) -> Result<Option<ExtraSessions>, Refusal> {
    let package = body.word("extra_session_type", SESSION_PACKAGES)?;
    match (package, body.number("extra_session_size")?) {
        (None, None | Some(0)) => Ok(None),
        (Some(package), Some(count)) => Ok(Some(ExtraSessions { package, count })),
        (None, Some(_)) => Err(Refusal::invalid("extra_session_type", "a size needs its type")),
        (Some(_), None) => Err(Refusal::invalid("extra_session_size", "a type needs its size")),
    }
}
