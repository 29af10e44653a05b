//! What attached policies, groups and grants allow a caller.

use muster_core::Error;

use super::world::World;
use crate::policy::Decision;
use crate::{Caller, Grant, NewRole, PolicyName, Target, app_group_resource};

const CMS: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"cms:*","Resource":"*"}]}"#;
const NO_DELETE: &str =
    r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"*:Delete*","Resource":"*"}]}"#;
const OFFICE: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",
    "Condition":{"IpAddress":{"acs:SourceIp":"10.0.0.0/8"}}}]}"#;
const UNTIL: &str = r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["ces:*:*"],
    "Condition":{"DateLessThan":{"g:CurrentTime":["2026-01-15T08:31:00Z"]},"StringEquals":{"g:UserName":["eve"]}}}]}"#;

#[test]
fn documents_of_all_dialects_count_together() {
    World::on_each(|world| {
        let eve = world.user_with("eve", &[CMS, NO_DELETE, OFFICE, UNTIL], &["SchedulerFullAccess"]);
        let table = [
            ("cms:PutContact", Decision::Allowed),
            ("cms:DeleteContact", Decision::DeniedExplicitly),
            ("ces:alarms:create", Decision::Allowed),
            ("zstack:CreateSchedulerJob", Decision::Allowed),
            ("workspace:appGroup:create", Decision::DeniedImplicitly),
        ];
        for (action, expected) in table {
            assert_eq!(eve.decide(action, "*", &[]), expected, "{action}");
        }
        let office = Caller { source_ip: [10, 9, 8, 7].into(), ..eve.clone() };
        office.require("workspace:appGroup:create", "*").unwrap();
        let late = Caller { at: eve.at.plus_ms(60_000), ..eve.clone() };
        assert!(matches!(late.require("ces:alarms:create", "*"), Err(Error::Forbidden { .. })));
    });
}

#[test]
fn a_condition_on_the_resource_is_answered_by_the_operation() {
    let world = World::new();
    let document = r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["ces:*:*"],
        "Condition":{"StringEquals":{"g:EnterpriseProjectId":["0"]}}}]}"#;
    let eve = world.user_with("eve", &[document], &[]);
    let action = "ces:resourceGroups:create";
    eve.require_with(action, "*", &[("g:EnterpriseProjectId", "0")]).unwrap();
    assert!(eve.require_with(action, "*", &[("g:EnterpriseProjectId", "1")]).is_err());
    assert!(eve.require(action, "*").is_err());
}

#[test]
fn a_group_gives_its_policies_to_its_members_at_once() {
    World::on_each(|world| {
        let eve = world.user_with("eve", &[], &[]);
        assert!(eve.require("cms:DescribeContactList", "*").is_err());
        let root = world.root();
        world
            .write(move |service, tx| {
                service.create_user_group(tx, &root, "night", "")?;
                let night = Target::Group("night".into());
                service.attach_policy(
                    tx,
                    &root,
                    &PolicyName::any("AliyunCloudMonitorReadOnlyAccess"),
                    &night,
                )?;
                service.add_to_user_group(tx, &root, "night", "eve")?;
                assert_eq!(service.user_group_members(tx, &root, "night")?.len(), 1);
                Ok(())
            })
            .unwrap();
        let key = world.key_of("eve");
        world.caller_of(&key).require("cms:DescribeContactList", "*").unwrap();
        let root = world.root();
        world.write(move |service, tx| service.remove_from_user_group(tx, &root, "night", "eve")).unwrap();
        assert!(world.caller_of(&key).require("cms:DescribeContactList", "*").is_err());
    });
}

#[test]
fn a_grant_allows_what_happens_in_its_app_group() {
    World::on_each(|world| {
        let resource = app_group_resource("ns", "shop");
        let eve = world.user_with("eve", &[], &[]);
        let bob = world.user_with("bob", &[], &[]);
        let grant = |to: &Caller, can_grant: bool| Grant {
            resource: app_group_resource("ns", "shop"),
            user_id: to.principal_number().to_owned(),
            user_name: "somebody".into(),
            can_grant,
            created_at: muster_core::Timestamp::default(),
        };
        let action = "edas:ManageSchedulerxJobModify";
        let put = |caller: &Caller, grant: Grant| {
            let caller = caller.clone();
            world.write(move |service, tx| service.put_grant(tx, &caller, action, &grant))
        };
        assert!(eve.require(action, &resource).is_err());
        assert!(matches!(put(&eve, grant(&bob, false)), Err(Error::Forbidden { .. })));
        put(&world.root(), grant(&eve, false)).unwrap();
        let eve = world.caller_of(&world.key_of("eve"));
        eve.require(action, &resource).unwrap();
        assert!(eve.require(action, &app_group_resource("ns", "other")).is_err());
        assert!(eve.require("cms:PutContact", &resource).is_err());
        assert_eq!(eve.granted_resources().collect::<Vec<_>>(), [resource.as_str()]);
        assert!(
            matches!(put(&eve, grant(&bob, false)), Err(Error::Forbidden { .. })),
            "it may not pass it on"
        );
        put(&world.root(), grant(&eve, true)).unwrap();
        put(&eve, grant(&bob, false)).unwrap();
        world.caller_of(&world.key_of("bob")).require(action, &resource).unwrap();

        let (root, wanted) = (world.root(), resource.clone());
        let left = world.write(move |service, tx| {
            service.revoke_grant(tx, &root, action, &wanted, bob.principal_number())?;
            let left = service.grants(tx, &root, &wanted)?.len();
            service.drop_grants(tx, &root, &wanted)?;
            Ok((left, service.grants(tx, &root, &wanted)?.len()))
        });
        assert_eq!(left.unwrap(), (1, 0));
        assert!(world.caller_of(&world.key_of("eve")).require(action, &resource).is_err());
    });
}

#[test]
fn a_policy_that_denies_wins_over_a_grant() {
    let world = World::new();
    let deny = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"edas:Manage*","Resource":"*"}]}"#;
    let eve = world.user_with("eve", &[deny], &[]);
    let (root, resource) = (world.root(), app_group_resource("ns", "shop"));
    let grant = Grant {
        resource: resource.clone(),
        user_id: eve.user_id().to_owned(),
        user_name: String::new(),
        can_grant: false,
        created_at: muster_core::Timestamp::default(),
    };
    world.write(move |service, tx| service.put_grant(tx, &root, "edas:GrantPermission", &grant)).unwrap();
    let eve = world.caller_of(&world.key_of("eve"));
    eve.require("edas:ReadSchedulerxAppGroupQuery", &resource).unwrap();
    assert_eq!(eve.decide("edas:ManageSchedulerxJobModify", &resource, &[]), Decision::DeniedExplicitly);
}

#[test]
fn who_is_named_otherwise_is_still_who_the_policy_names() {
    let world = World::new();
    let documents = [
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":"*"}]}"#,
        r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"ram:*","Resource":"acs:ram:*:*:user/boss"}]}"#,
    ];
    let eve = world.user_with("eve", &documents, &[]);
    let boss = world.user_with("boss", &[], &[]);
    let key = world.key_of("boss");
    for name in ["boss", boss.user_id(), boss.principal_number()] {
        let (eve, name) = (eve.clone(), name.to_owned());
        let refused = world.write(move |service, tx| {
            let looked_up = service.user(tx, &eve, &name);
            assert!(matches!(looked_up, Err(Error::Forbidden { .. })), "{name}");
            service.delete_user(tx, &eve, &name)
        });
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    }
    let deleted = world.write({
        let eve = eve.clone();
        move |service, tx| service.delete_access_key(tx, &eve, &key)
    });
    assert!(matches!(deleted, Err(Error::Forbidden { .. })), "{deleted:?}");
}

#[test]
fn a_group_or_a_role_named_by_id_is_still_the_one_the_policy_names() {
    let world = World::new();
    let documents = [
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":"*"}]}"#,
        r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"ram:*",
            "Resource":["acs:ram:*:*:group/chiefs","acs:ram:*:*:role/chief"]}]}"#,
    ];
    let eve = world.user_with("eve", &documents, &[]);
    let root = world.root();
    let (group, role) = world
        .write(move |service, tx| {
            let trust = format!(
                r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
                    "Principal":{{"RAM":["acs:ram::{}:root"]}}}}]}}"#,
                root.account_id
            );
            let new =
                NewRole { name: "chief".into(), description: String::new(), trust, max_session_s: None };
            let role = service.create_role(tx, &root, &new)?;
            Ok((service.create_user_group(tx, &root, "chiefs", "")?, role))
        })
        .unwrap();
    for (group, role) in [("chiefs", "chief"), (group.id.as_str(), role.id.as_str())] {
        let (eve, group, role) = (eve.clone(), group.to_owned(), role.to_owned());
        let refused = world.write(move |service, tx| {
            Ok([
                service.delete_role(tx, &eve, &role),
                service.add_to_user_group(tx, &eve, &group, "eve"),
                service.remove_from_user_group(tx, &eve, &group, "eve"),
                service.user_group_members(tx, &eve, &group).map(drop),
                service.delete_user_group(tx, &eve, &group),
            ])
        });
        for (place, outcome) in refused.unwrap().iter().enumerate() {
            assert!(matches!(outcome, Err(Error::Forbidden { .. })), "{place} {outcome:?}");
        }
    }
}
