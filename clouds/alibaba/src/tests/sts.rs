//! Who am I, and keys of a role for a while.

use muster_identity::{NewPolicy, NewRole, PolicyName, Target};

use super::world::{Form, Key, SCHEDULERX, STS, World};

const EVERYTHING: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A role that the account trusts and that may do everything in SchedulerX.
fn with_role() -> (World, String) {
    let world = World::new();
    let account = world.admin().account_id;
    let trust = format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"RAM":["acs:ram::{account}:root"]}}}}]}}"#
    );
    world.write(move |identity, tx, admin| {
        let role = NewRole {
            name: "ops".into(),
            description: String::new(),
            trust: trust.clone(),
            max_session_s: None,
        };
        identity.create_role(tx, admin, &role)?;
        let document = EVERYTHING.replace(r#""Action":"*""#, r#""Action":"edas:*""#);
        identity.create_policy(
            tx,
            admin,
            &NewPolicy { name: "edas".into(), description: String::new(), document },
        )?;
        identity.attach_policy(tx, admin, &PolicyName::any("edas"), &Target::Role("ops".into()))
    });
    (world, format!("acs:ram::{account}:role/ops"))
}

fn assume(world: &World, role: &str, more: &[(&str, &str)]) -> Key {
    let pairs = [&[("RoleArn", role), ("RoleSessionName", "session-1")], more].concat();
    let answer = world.call(&world.root, STS, "AssumeRole", &pairs);
    assert_eq!(answer.status, 200, "{}", answer.text);
    let text = |name: &str| answer.json["Credentials"][name].as_str().unwrap().to_owned();
    assert!(text("AccessKeyId").starts_with("STS."));
    Key { id: text("AccessKeyId"), secret: text("AccessKeySecret"), token: Some(text("SecurityToken")) }
}

#[test]
fn everybody_may_ask_who_they_are() {
    let (world, role) = with_role();
    let account = world.admin().account_id;
    let answer = world.call(&world.root, STS, "GetCallerIdentity", &[]);
    assert_eq!(
        (&answer.json["IdentityType"], &answer.json["AccountId"]),
        (&"Account".into(), &account.clone().into())
    );
    assert_eq!(answer.json["Arn"], format!("acs:ram::{account}:root"));
    let (key, number) = world.user(
        "eve",
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"cms:Get*","Resource":"*"}]}"#,
    );
    let answer = world.call(&key, STS, "GetCallerIdentity", &[]);
    assert_eq!((&answer.json["IdentityType"], &answer.json["UserId"]), (&"RAMUser".into(), &number.into()));
    assert_eq!(answer.json["Arn"], format!("acs:ram::{account}:user/eve"));
    let session = assume(&world, &role, &[]);
    let answer = world.call(&session, STS, "GetCallerIdentity", &[]);
    assert_eq!(answer.json["IdentityType"], "AssumedRoleUser");
    assert_eq!(answer.json["Arn"], format!("acs:sts::{account}:assumed-role/ops/session-1"));
    let id = answer.json["RoleId"].as_str().unwrap();
    assert_eq!(answer.json["PrincipalId"], format!("{id}:session-1"));
}

#[test]
fn temporary_keys_work_with_their_token_in_every_form() {
    let (world, role) = with_role();
    let key = assume(&world, &role, &[]);
    for form in Form::ALL {
        let request = world.request(form, &key, SCHEDULERX, "ListNamespaces", &[("RegionId", "r")]);
        assert_eq!(world.send(request).status, 200, "{form:?}");
        let bare = Key { token: None, ..key.clone() };
        let request = world.request(form, &bare, SCHEDULERX, "ListNamespaces", &[("RegionId", "r")]);
        assert_eq!(world.send(request).refused(), (400, "MissingSecurityToken".to_owned()));
        let foreign = Key { token: Some("x+/=".into()), ..key.clone() };
        let request = world.request(form, &foreign, SCHEDULERX, "ListNamespaces", &[("RegionId", "r")]);
        assert_eq!(world.send(request).refused().1, "InvalidSecurityToken.MismatchWithAccessKey");
    }
    let lasting = Key { token: key.token.clone(), ..world.root.clone() };
    let answer = world.call(&lasting, SCHEDULERX, "ListNamespaces", &[("RegionId", "r")]);
    assert_eq!(answer.refused().1, "InvalidSecurityToken.MismatchWithAccessKey");
    world.store.clock.advance(3_600_000);
    let answer = world.call(&key, SCHEDULERX, "ListNamespaces", &[("RegionId", "r")]);
    assert_eq!(answer.refused().1, "InvalidSecurityToken.Expired");
}

#[test]
fn a_session_may_do_what_role_and_session_policy_allow() {
    let (world, role) = with_role();
    let narrow = EVERYTHING.replace(r#""Action":"*""#, r#""Action":"edas:List*""#);
    let key = assume(&world, &role, &[("Policy", &narrow), ("DurationSeconds", "900")]);
    assert_eq!(world.call(&key, SCHEDULERX, "ListNamespaces", &[("RegionId", "r")]).status, 200);
    let answer = world.call(&key, SCHEDULERX, "CreateNamespace", &[("Name", "n"), ("RegionId", "r")]);
    assert_eq!(answer.refused().0, 403);
    assert_eq!(answer.json["AccessDeniedDetail"]["AuthPrincipalType"], "AssumedRoleUser");
    let wide = assume(&world, &role, &[]);
    let answer = world.call(&wide, SCHEDULERX, "CreateNamespace", &[("Name", "n"), ("RegionId", "r")]);
    assert_eq!(answer.status, 200);
}

#[test]
fn what_assuming_refuses() {
    let (world, role) = with_role();
    let refusal = |pairs: &[(&str, &str)]| world.call(&world.root, STS, "AssumeRole", pairs).refused();
    let named = |role: &'static str, session: &'static str| [("RoleArn", role), ("RoleSessionName", session)];
    let own = |name: &str| role.replace("/ops", name);
    assert_eq!(refusal(&[("RoleArn", &role)]).1, "MissingRoleSessionName");
    assert_eq!(refusal(&named("x", "session")), (400, "InvalidParameter.RoleArn".to_owned()));
    assert_eq!(
        refusal(&[("RoleArn", &own("/none")), ("RoleSessionName", "session")]),
        (404, "EntityNotExist.Role".to_owned())
    );
    assert_eq!(
        refusal(&named("acs:ram::9999999999999999:role/ops", "session")),
        (403, "NoPermission".to_owned())
    );
    for (name, value, code) in [
        ("RoleSessionName", "!", "InvalidParameter.RoleSessionName"),
        ("DurationSeconds", "899", "InvalidParameter.DurationSeconds"),
        ("DurationSeconds", "3601", "InvalidParameter.DurationSeconds"),
        ("DurationSeconds", "x", "InvalidParameter"),
        ("Policy", "{", "InvalidParameter.PolicyGrammar"),
    ] {
        let session = if name == "RoleSessionName" { value } else { "session" };
        let pairs = [("RoleArn", role.as_str()), ("RoleSessionName", session), (name, value)];
        assert_eq!(refusal(&pairs), (400, code.to_owned()), "{name}={value}");
    }
}
