use muster_core::Result;

use super::NewServerGroup;
use crate::testing::{FIRST_PAGE, World, new_app_group, new_server_group, on_each, refusal};
use crate::{
    AppKind, Disk, DiskKind, ExtraSessions, Image, ImageSource, MountPolicy, NewAppGroup, OperatingSystem,
    RoutePolicy, ServerGroup, ServerGroupFilter, ServerGroupPatch, SessionPackage, Tag,
};

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

fn patch(world: &World<'_>, id: &str, patch: ServerGroupPatch) -> Result<ServerGroup> {
    let id = id.to_owned();
    world.run(move |service, tx, caller| service.update_server_group(tx, caller, &id, &patch))
}

fn delete(world: &World<'_>, id: &str) -> Result<bool> {
    let id = id.to_owned();
    world.run(move |service, tx, caller| service.delete_server_group(tx, caller, &id))
}

fn names(world: &World<'_>, filter: ServerGroupFilter) -> Vec<String> {
    let page = world
        .run(move |service, tx, caller| service.list_server_groups(tx, caller, &filter, FIRST_PAGE))
        .unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items.into_iter().map(|group| group.name).collect()
}

fn standby(name: &str, primary: &ServerGroup) -> NewServerGroup {
    NewServerGroup { primary_id: Some(primary.id.clone()), ..new_server_group(name) }
}

/// A server group with a value in every field.
fn full(name: &str) -> NewServerGroup {
    let mut new = new_server_group(name);
    new.description = "第一组".to_owned();
    new.kind = Some(AppKind::SharedDesktop);
    new.virtual_ip = Some(true);
    new.enabled = false;
    new.enterprise_project_id = "4d6e1f".to_owned();
    new.tags = vec![tag("team", "办公"), tag("env", "")];
    new.plan.flavor_id = Some("general.xlarge.2".to_owned());
    new.plan.image =
        Image { id: "img".to_owned(), source: ImageSource::Market, product_id: Some("offer-1".to_owned()) };
    new.plan.zone = Some("az1".to_owned());
    new.plan.cluster_id = Some("pool".to_owned());
    new.plan.organizational_unit = "OU=Apps".to_owned();
    new.plan.route_policy = Some(RoutePolicy {
        max_sessions: Some(1024),
        cpu_percent: Some(80),
        memory_percent: Some(1),
        gpu_percent: None,
    });
    new.plan.extra_sessions = Some(ExtraSessions { package: SessionPackage::Cpu, count: 40 });
    new
}

#[test]
fn a_group_comes_back_as_it_was_made() {
    on_each(|world| {
        let new = full("全部");
        let made = world.add_server_group(new.clone()).unwrap();
        assert_eq!(made.plan, new.plan);
        assert_eq!(made.tags, [tag("env", ""), tag("team", "办公")]);
        assert_eq!(made.mount_policy, MountPolicy::Any);
        assert_eq!(world.server_group(&made.id).unwrap(), made);
        let plain = world.add_server_group(new_server_group("plain")).unwrap();
        assert_eq!(world.server_group(&plain.id).unwrap(), plain);
    });
}

#[test]
fn values_outside_their_domains_are_refused() {
    type Spoil = fn(&mut NewServerGroup);
    let cases: [(&str, Spoil); 16] = [
        ("name", |new| new.name = "a b".to_owned()),
        ("description", |new| new.description = "x".repeat(256)),
        ("product", |new| new.plan.product_id.clear()),
        ("VPC", |new| new.plan.vpc_id = "x".repeat(129)),
        ("subnet", |new| new.plan.subnet_id.clear()),
        ("image", |new| new.plan.image.id = "a b".to_owned()),
        ("image product", |new| new.plan.image.product_id = None),
        ("system disk", |new| new.plan.disk.gib = 9),
        ("system disk", |new| new.plan.disk.gib = 32_769),
        ("organizational unit", |new| new.plan.organizational_unit = "x".repeat(256)),
        ("sessions on a server", |new| {
            new.plan.route_policy = Some(RoutePolicy { max_sessions: Some(1025), ..Default::default() });
        }),
        ("graphics threshold", |new| {
            new.plan.route_policy = Some(RoutePolicy { gpu_percent: Some(0), ..Default::default() });
        }),
        // The product has four processors.
        ("extra sessions", |new| {
            new.plan.extra_sessions = Some(ExtraSessions { package: SessionPackage::Gpu, count: 41 });
        }),
        ("extra sessions", |new| new.single_session = true),
        ("tag key", |new| new.tags = vec![tag("a", "1"), tag("a", "2")]),
        ("tags", |new| new.tags = (0..4).map(|n| tag(&format!("k{n}"), "")).collect()),
    ];
    on_each(|world| {
        for (field, spoil) in cases {
            let mut new = full("a");
            spoil(&mut new);
            assert_eq!(refusal(world.add_server_group(new)), format!("invalid: {field}"));
        }
        assert_eq!(names(world, ServerGroupFilter::default()), Vec::<String>::new());
        // A product of another catalogue is allowed; how many processors it has is not known.
        let mut foreign = full("a");
        foreign.plan.product_id = "somewhere.else".to_owned();
        foreign.plan.extra_sessions = Some(ExtraSessions { package: SessionPackage::Gpu, count: 5000 });
        world.add_server_group(foreign).unwrap();
    });
}

#[test]
fn names_are_unique_in_a_project_and_there_is_a_quota() {
    on_each(|world| {
        for name in ["a", "b", "c"] {
            world.add_server_group(new_server_group(name)).unwrap();
        }
        assert_eq!(refusal(world.add_server_group(new_server_group("a"))), "exists: server group");
        world.add_server_group(new_server_group("d")).unwrap();
        assert_eq!(refusal(world.add_server_group(new_server_group("e"))), "quota: server groups 4");
        world.seen_by("acme", "p2").add_server_group(new_server_group("a")).unwrap();
    });
}

#[test]
fn a_standby_agrees_with_its_primary() {
    on_each(|world| {
        let primary = world.add_server_group(full("primary")).unwrap();
        let twin = NewServerGroup { virtual_ip: Some(true), ..standby("standby", &primary) };
        let cases = [
            NewServerGroup { os: OperatingSystem::Linux, ..twin.clone() },
            NewServerGroup { single_session: true, ..twin.clone() },
            NewServerGroup { kind: Some(AppKind::Apps), ..twin.clone() },
            NewServerGroup { virtual_ip: None, ..twin.clone() },
        ];
        for case in cases {
            assert_eq!(refusal(world.add_server_group(case)), "conflict: standby differs");
        }
        let nowhere = NewServerGroup { primary_id: Some("nowhere".to_owned()), ..twin.clone() };
        assert_eq!(refusal(world.add_server_group(nowhere)), "not found: server group");

        let made = world.add_server_group(twin.clone()).unwrap();
        assert_eq!(made.kind, AppKind::SharedDesktop);
        assert_eq!(world.server_group(&primary.id).unwrap().standby_ids, std::slice::from_ref(&made.id));
        let second_row = NewServerGroup { primary_id: Some(made.id.clone()), ..twin };
        assert_eq!(refusal(world.add_server_group(second_row)), "conflict: standby differs");

        assert_eq!(refusal(delete(world, &primary.id)), "conflict: server group in use");
        assert!(delete(world, &made.id).unwrap());
        assert!(delete(world, &primary.id).unwrap());
    });
}

#[test]
fn a_patch_changes_what_it_names() {
    on_each(|world| {
        let before = world.add_server_group(full("a")).unwrap();
        world.later();
        let after = patch(
            world,
            &before.id,
            ServerGroupPatch {
                name: Some("b".to_owned()),
                description: Some(String::new()),
                enabled: Some(true),
                route_policy: Some(RoutePolicy { max_sessions: Some(7), ..Default::default() }),
                image_id: Some("img2".to_owned()),
                image_source: Some(ImageSource::Private),
                disk_kind: Some(DiskKind::Ssd),
                disk_gib: Some(100),
                organizational_unit: Some("OU=B".to_owned()),
                ..Default::default()
            },
        )
        .unwrap();
        let mut expected = before.clone();
        expected.name = "b".to_owned();
        expected.description = String::new();
        expected.enabled = true;
        expected.plan.route_policy = Some(RoutePolicy { max_sessions: Some(7), ..Default::default() });
        expected.plan.image.id = "img2".to_owned();
        expected.plan.image.source = ImageSource::Private;
        expected.plan.disk = Disk { kind: DiskKind::Ssd, gib: 100 };
        expected.plan.organizational_unit = "OU=B".to_owned();
        expected.updated_at = before.updated_at.plus_ms(1_000);
        assert_eq!(after, expected);
        assert_eq!(world.server_group(&before.id).unwrap(), expected);
    });
}

#[test]
fn a_refused_patch_changes_nothing() {
    on_each(|world| {
        let group = world.add_server_group(new_server_group("a")).unwrap();
        world.add_server_group(new_server_group("b")).unwrap();
        world.later();
        let cases = [
            ("invalid: name", ServerGroupPatch { name: Some(String::new()), ..Default::default() }),
            ("invalid: system disk", ServerGroupPatch { disk_gib: Some(0), ..Default::default() }),
            ("exists: server group", ServerGroupPatch { name: Some("b".to_owned()), ..Default::default() }),
            (
                "invalid: image product",
                ServerGroupPatch { image_source: Some(ImageSource::Market), ..Default::default() },
            ),
        ];
        for (expected, case) in cases {
            assert_eq!(refusal(patch(world, &group.id, case)), expected);
        }
        assert_eq!(refusal(patch(world, "nowhere", ServerGroupPatch::default())), "not found: server group");
        assert_eq!(world.server_group(&group.id).unwrap(), group);
    });
}

#[test]
fn standbys_follow_their_primary() {
    on_each(|world| {
        let primary = world.add_server_group(new_server_group("p")).unwrap();
        let follower = world.add_server_group(standby("s", &primary)).unwrap();
        let desktop = ServerGroupPatch {
            kind: Some(AppKind::SharedDesktop),
            mount_policy: Some(MountPolicy::Shared),
            ..Default::default()
        };
        assert_eq!(refusal(patch(world, &follower.id, desktop.clone())), "conflict: standby differs");
        patch(world, &primary.id, desktop).unwrap();
        let follower = world.server_group(&follower.id).unwrap();
        assert_eq!((follower.kind, follower.mount_policy), (AppKind::SharedDesktop, MountPolicy::Shared));
    });
}

#[test]
fn a_group_with_app_groups_keeps_its_kind_and_its_life() {
    on_each(|world| {
        let group = world.add_server_group(new_server_group("s")).unwrap();
        let bound = NewAppGroup { server_group_id: Some(group.id.clone()), ..new_app_group("a") };
        let app_group = world.add_app_group(bound).unwrap();
        let desktop = ServerGroupPatch { kind: Some(AppKind::SharedDesktop), ..Default::default() };
        assert_eq!(refusal(patch(world, &group.id, desktop.clone())), "conflict: server group in use");
        assert_eq!(refusal(delete(world, &group.id)), "conflict: server group in use");
        // Joined views show the new name at once.
        patch(world, &group.id, ServerGroupPatch { name: Some("t".to_owned()), ..Default::default() })
            .unwrap();
        assert_eq!(world.app_group(&app_group.id).unwrap().server_group.unwrap().name, "t");
        let ids = vec![app_group.id];
        world.run(move |service, tx, caller| service.delete_app_groups(tx, caller, &ids)).unwrap();
        patch(world, &group.id, desktop).unwrap();
        assert!(delete(world, &group.id).unwrap());
        assert!(!delete(world, &group.id).unwrap());
    });
}

#[test]
fn lists_are_filtered_and_complete() {
    on_each(|world| {
        let first = world.add_server_group(full("web-1")).unwrap();
        world.later();
        let second = world.add_server_group(new_server_group("web-2")).unwrap();
        world.later();
        world.add_server_group(standby("db", &second)).unwrap();
        world
            .add_app_group(NewAppGroup { server_group_id: Some(second.id.clone()), ..new_app_group("a") })
            .unwrap();
        let by = |change: fn(&mut ServerGroupFilter)| {
            let mut filter = ServerGroupFilter::default();
            change(&mut filter);
            names(world, filter)
        };
        assert_eq!(by(|_| ()), ["db", "web-2", "web-1"]);
        assert_eq!(by(|filter| filter.name_contains = Some("web".to_owned())), ["web-2", "web-1"]);
        assert_eq!(by(|filter| filter.kind = Some(AppKind::SharedDesktop)), ["web-1"]);
        assert_eq!(by(|filter| filter.standby = Some(true)), ["db"]);
        assert_eq!(by(|filter| filter.standby = Some(false)), ["web-2", "web-1"]);
        assert_eq!(by(|filter| filter.enterprise_project_id = Some("4d6e1f".to_owned())), ["web-1"]);
        assert_eq!(by(|filter| filter.tags = vec![tag("team", "办公"), tag("env", "")]), ["web-1"]);
        assert_eq!(
            by(|filter| filter.tags = vec![tag("team", "办公"), tag("env", "x")]),
            Vec::<String>::new()
        );
        let page = world
            .run(|service, tx, caller| {
                service.list_server_groups(tx, caller, &ServerGroupFilter::default(), FIRST_PAGE)
            })
            .unwrap();
        assert_eq!(page.items[2], first);
        assert_eq!(page.items[1], world.server_group(&second.id).unwrap());
        assert_eq!(page.items[1].app_group_count, 1);
        assert_eq!(names(&world.seen_by("other", "p1"), ServerGroupFilter::default()), Vec::<String>::new());
    });
}

#[test]
fn a_foreign_group_is_a_missing_one() {
    on_each(|world| {
        let group = world.add_server_group(new_server_group("a")).unwrap();
        let other = world.seen_by("other", "p1");
        assert_eq!(refusal(other.server_group(&group.id)), "not found: server group");
        assert_eq!(refusal(patch(&other, &group.id, ServerGroupPatch::default())), "not found: server group");
        assert!(!delete(&other, &group.id).unwrap());
        assert_eq!(refusal(other.add_server_group(standby("s", &group))), "not found: server group");
        world.server_group(&group.id).unwrap();
    });
}
