//! Roles and temporary keys.

use muster_core::{Error, Result};

use super::world::World;
use crate::{
    AccountName, AssumeRole, AssumedRole, Caller, NewAccount, NewRole, PolicyName, Proof, Target, TokenFault,
};

impl World {
    /// A role `ops` with all of CloudMonitor, trusting whoever is named.
    fn role(&self, trusted: &str) {
        let root = self.root();
        let trust = format!(
            r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"RAM":["{trusted}"]}}}}]}}"#
        );
        self.write(move |service, tx| {
            let new = NewRole {
                name: "ops".into(),
                description: String::new(),
                trust: trust.clone(),
                max_session_s: Some(7_200),
            };
            service.create_role(tx, &root, &new)?;
            let policy = PolicyName::any("AliyunCloudMonitorFullAccess");
            service.attach_policy(tx, &root, &policy, &Target::Role("ops".into()))
        })
        .unwrap();
    }

    fn ask(&self) -> AssumeRole {
        AssumeRole {
            role_arn: format!("acs:ram::{}:role/ops", self.first.account_id),
            session_name: "night-shift".into(),
            policy: None,
            duration_s: None,
            external_id: None,
        }
    }

    fn assume(&self, caller: &Caller, ask: AssumeRole) -> Result<AssumedRole> {
        let caller = caller.clone();
        self.write(move |service, tx| service.assume_role(tx, &caller, &ask))
    }
}

#[test]
fn an_assumed_role_may_what_the_role_may_until_its_keys_end() {
    World::on_each(|world| {
        world.role(&format!("acs:ram::{}:root", world.first.account_id));
        let assumed = world.assume(&world.root(), world.ask()).unwrap();
        let keys = &assumed.credentials;
        assert!(keys.access_key_id.starts_with("STS."));
        assert_eq!(keys.expires_at, world.now().plus_ms(3_600_000));
        let credential = world.service.credential_blocking(&keys.access_key_id).unwrap().unwrap();
        let token = keys.security_token.expose();
        assert_eq!(credential.check_token(None, world.now()), Err(TokenFault::Missing));
        assert_eq!(credential.check_token(Some("x"), world.now()), Err(TokenFault::Mismatch));
        assert_eq!(credential.check_token(Some(token), world.now()), Ok(()));
        assert_eq!(credential.check_token(Some(token), keys.expires_at), Err(TokenFault::Expired));
        let caller = credential.identity.caller(world.origin());
        assert_eq!(caller.arn(), assumed.arn);
        assert_eq!(caller.account_id, world.first.account_id);
        caller.require("cms:PutContact", "*").unwrap();
        assert!(caller.require("edas:ReadSchedulerxAppGroupQuery", "*").is_err());

        let root = world.root();
        world.write(move |service, tx| service.delete_role(tx, &root, "ops")).unwrap();
        assert!(world.service.credential_blocking(&keys.access_key_id).unwrap().is_none());
    });
}

#[test]
fn a_session_policy_only_narrows() {
    let world = World::new();
    world.role(&format!("acs:ram::{}:root", world.first.account_id));
    let document = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["cms:Describe*","edas:*"],"Resource":"*"}]}"#;
    let ask = AssumeRole { policy: Some(document.into()), ..world.ask() };
    let assumed = world.assume(&world.root(), ask).unwrap();
    let caller = world.caller_of(&assumed.credentials.access_key_id);
    caller.require("cms:DescribeContactList", "*").unwrap();
    assert!(caller.require("cms:PutContact", "*").is_err());
    assert!(caller.require("edas:ReadSchedulerxAppGroupQuery", "*").is_err());
}

#[test]
fn who_is_not_trusted_or_not_allowed_stays_outside() {
    let world = World::new();
    world.role(&format!("acs:ram::{}:user/eve", world.first.account_id));
    let eve = world.user_with("eve", &[], &["AliyunSTSAssumeRoleAccess"]);
    let bob = world.user_with("bob", &[], &["AliyunSTSAssumeRoleAccess"]);
    let mallory = world.user_with("mallory", &[], &[]);
    assert!(world.assume(&eve, world.ask()).is_ok());
    for caller in [&bob, &mallory] {
        assert!(matches!(world.assume(caller, world.ask()), Err(Error::Forbidden { .. })));
    }
    let root = world.root();
    let password = world.service.hash_password_blocking(&Proof::Plain("tenant password".into())).unwrap();
    let new = NewAccount { name: "acme".into(), password };
    world.write(move |service, tx| service.create_account(tx, &root, &new)).unwrap();
    let stranger = world.service.act_as_root(&AccountName::Name("acme".into()), world.origin()).unwrap();
    assert!(matches!(world.assume(&stranger, world.ask()), Err(Error::Forbidden { .. })));
    let missing = AssumeRole { role_arn: world.ask().role_arn.replace("ops", "none"), ..world.ask() };
    assert!(matches!(world.assume(&stranger, missing.clone()), Err(Error::Forbidden { .. })));
    assert!(matches!(world.assume(&eve, missing), Err(Error::NotFound { what: "role", .. })));
}

#[test]
fn ill_formed_wishes_are_refused_by_field() {
    let world = World::new();
    world.role(&format!("acs:ram::{}:root", world.first.account_id));
    let table = [
        (AssumeRole { role_arn: "ops".into(), ..world.ask() }, "role arn"),
        (AssumeRole { session_name: "a".into(), ..world.ask() }, "session name"),
        (AssumeRole { session_name: "a b".into(), ..world.ask() }, "session name"),
        (AssumeRole { policy: Some("{}".into()), ..world.ask() }, "policy"),
        (AssumeRole { duration_s: Some(899), ..world.ask() }, "duration"),
        (AssumeRole { duration_s: Some(7_201), ..world.ask() }, "duration"),
    ];
    for (ask, expected) in table {
        match world.assume(&world.root(), ask) {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn a_users_own_temporary_keys_carry_its_rights_and_end_with_its_password() {
    let world = World::new();
    let root = world.root();
    let keys = world.write(move |service, tx| service.issue_own_temporary_key(tx, &root, Some(900))).unwrap();
    assert!(world.caller_of(&keys.access_key_id).is_root());
    let caller = world.root();
    let hash = world.service.hash_password_blocking(&Proof::Plain("another one".into())).unwrap();
    world.write(move |service, tx| service.change_own_password(tx, &caller, &hash)).unwrap();
    assert!(world.service.credential_blocking(&keys.access_key_id).unwrap().is_none());
}

#[test]
fn a_temporary_key_prolongs_itself_by_no_second() {
    let world = World::new();
    let root = world.root();
    let first =
        world.write(move |service, tx| service.issue_own_temporary_key(tx, &root, Some(900))).unwrap();
    let holder = world.caller_of(&first.access_key_id);
    let next =
        world.write(move |service, tx| service.issue_own_temporary_key(tx, &holder, Some(86_400))).unwrap();
    assert_eq!(next.expires_at, first.expires_at);
    let holder = world.caller_of(&next.access_key_id);
    let last = world.write(move |service, tx| service.issue_own_temporary_key(tx, &holder, None)).unwrap();
    assert_eq!(last.expires_at, first.expires_at, "nor at a second remove");
}
