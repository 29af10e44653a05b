//! Accounts, users, projects, policies, groups: what administrators do.

use muster_core::{Error, Result};

use super::world::{HERE, World};
use crate::{
    AccountName, Caller, NewAccount, NewPolicy, NewProject, NewUser, PolicyName, Proof, SignInName, Target,
    audit,
};

impl World {
    fn create_user(&self, caller: &Caller, name: &str) -> Result<crate::User> {
        let new = NewUser { name: name.to_owned(), description: String::new(), password: None };
        let caller = caller.clone();
        self.write(move |service, tx| service.create_user(tx, &caller, &new))
    }
}

#[test]
fn an_account_comes_with_root_user_and_project_and_sees_nothing_of_the_others() {
    World::on_each(|world| {
        let root = world.root();
        let password = world.service.hash_password_blocking(&Proof::Plain("tenant password".into())).unwrap();
        let new = NewAccount { name: "acme".into(), password };
        let make = move |service: &crate::Service, tx: &mut muster_db::Tx<'_>| {
            service.create_account(tx, &root, &new)
        };
        let (account, user, project) = world.write(make.clone()).unwrap();
        assert_eq!((project.name.as_str(), project.is_default), ("cn-hangzhou", true));
        assert_eq!((user.id.as_str(), user.number.as_str()), (account.uuid.as_str(), account.id.as_str()));
        assert!(matches!(world.write(make), Err(Error::AlreadyExists { what: "account", .. })));

        let tenant = world.service.act_as_root(&AccountName::Name("acme".into()), world.origin()).unwrap();
        assert!(!tenant.sees_all_accounts);
        let theirs = world.create_user(&tenant, "eve").unwrap();
        let (root, other) = (world.root(), tenant.clone());
        world
            .write(move |service, tx| {
                assert!(matches!(service.user(tx, &root, &theirs.id), Err(Error::NotFound { .. })));
                assert!(matches!(service.delete_user(tx, &root, "eve"), Err(Error::NotFound { .. })));
                assert_eq!(service.users(tx, &other)?.len(), 2);
                assert_eq!(service.accounts(tx, &other)?.len(), 1);
                assert_eq!(service.accounts(tx, &root)?.len(), 2);
                let foreign = service.access_keys(tx, &root, None)?.remove(0).id;
                assert!(matches!(service.access_key(tx, &other, &foreign), Err(Error::NotFound { .. })));
                let refused = service.set_account_enabled(tx, &other, &other.account_id, false);
                assert!(matches!(refused, Err(Error::Forbidden { .. })));
                Ok(())
            })
            .unwrap();

        let name = SignInName::Root(AccountName::Name("acme".into()));
        let sign_in = || world.service.sign_in_blocking(&name, &Proof::Plain("tenant password".into()), HERE);
        assert!(sign_in().is_ok());
        let (root, id) = (world.root(), account.id.clone());
        world.write(move |service, tx| service.set_account_enabled(tx, &root, &id, false)).unwrap();
        assert!(matches!(sign_in(), Err(Error::Unauthenticated { .. })));
        let (root, first) = (world.root(), world.first.account_id.clone());
        let refused = world.write(move |service, tx| service.set_account_enabled(tx, &root, &first, false));
        assert!(matches!(refused, Err(Error::Conflict { what: "first account", .. })));
    });
}

#[test]
fn names_are_unique_and_well_formed() {
    let world = World::new();
    let root = world.root();
    let user = world.create_user(&root, "eve").unwrap();
    assert_eq!((user.id.len(), user.number.len()), (32, 13));
    assert!(matches!(world.create_user(&root, "eve"), Err(Error::AlreadyExists { what: "user", .. })));
    for name in ["", "a/b", &"x".repeat(65)] {
        assert!(matches!(world.create_user(&root, name), Err(Error::Invalid { .. })), "{name}");
    }
    for name in ["eve", user.id.as_str(), user.number.as_str()] {
        let (root, name) = (root.clone(), name.to_owned());
        let found = world.write(move |service, tx| service.user(tx, &root, &name)).unwrap();
        assert_eq!(found, user);
    }
}

#[test]
fn the_root_user_stays_and_only_it_changes_itself() {
    let world = World::new();
    let root = world.root();
    let manager = world.user_with("manager", &[], &["AdministratorAccess"]);
    let hash = world.service.hash_password_blocking(&Proof::Plain("stolen password".into())).unwrap();
    world
        .write(move |service, tx| {
            let refused = service.set_user_enabled(tx, &root, "admin", false);
            assert!(matches!(refused, Err(Error::Conflict { what: "root user", .. })));
            assert!(matches!(service.delete_user(tx, &root, "admin"), Err(Error::Conflict { .. })));
            let attach = service.attach_policy(
                tx,
                &root,
                &PolicyName::any("ReadOnlyAccess"),
                &Target::User("admin".into()),
            );
            assert!(matches!(attach, Err(Error::Conflict { what: "root user", .. })));
            let refused = service.set_password(tx, &manager, "admin", &hash);
            assert!(matches!(refused, Err(Error::Forbidden { .. })));
            assert!(service.set_password(tx, &root, "manager", &hash).is_ok());
            Ok(())
        })
        .unwrap();
    assert!(world.sign_in("manager", "stolen password").is_ok());
}

#[test]
fn who_has_no_policy_administers_nothing() {
    let world = World::new();
    let eve = world.user_with("eve", &[], &[]);
    world
        .write(move |service, tx| {
            let forbidden = [
                service.users(tx, &eve).err(),
                service.user(tx, &eve, "admin").err(),
                service.delete_user(tx, &eve, "eve").err(),
                service.access_keys(tx, &eve, None).err(),
                service.policies(tx, &eve).err(),
                service.roles(tx, &eve).err(),
                service.user_groups(tx, &eve).err(),
                service.projects(tx, &eve).err(),
                service.create_user_group(tx, &eve, "g", "").err(),
                service
                    .create_project(tx, &eve, &NewProject { name: "p".into(), description: String::new() })
                    .err(),
            ];
            for (place, error) in forbidden.iter().enumerate() {
                assert!(matches!(error, Some(Error::Forbidden { .. })), "{place} {error:?}");
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn projects() {
    World::on_each(|world| {
        let root = world.root();
        let made = world
            .write(move |service, tx| {
                let new = NewProject { name: "shop".into(), description: "the web shop".into() };
                let made = service.create_project(tx, &root, &new)?;
                let again = tx.attempt(|tx| service.create_project(tx, &root, &new));
                assert!(matches!(again, Err(Error::AlreadyExists { what: "project", .. })));
                let default = &service.projects(tx, &root)?[0];
                let refused = service.set_project_enabled(tx, &root, &default.id, false);
                assert!(matches!(refused, Err(Error::Conflict { what: "default project", .. })));
                Ok(made)
            })
            .unwrap();
        let caller = world.root().in_project(&made.id).unwrap();
        assert_eq!((caller.project_id.as_str(), caller.project_name.as_str()), (made.id.as_str(), "shop"));
        let root = world.root();
        let id = made.id.clone();
        world.write(move |service, tx| service.set_project_enabled(tx, &root, &id, false)).unwrap();
        assert!(matches!(world.root().in_project(&made.id), Err(Error::Forbidden { .. })));
    });
}

#[test]
fn a_policy_cannot_go_while_it_is_attached() {
    World::on_each(|world| {
        let root = world.root();
        world
            .write(move |service, tx| {
                let new = NewPolicy {
                    name: "ops".into(),
                    description: String::new(),
                    document:
                        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"cms:*","Resource":"*"}]}"#
                            .into(),
                };
                service.create_policy(tx, &root, &new)?;
                let bad = NewPolicy { name: "bad".into(), document: "{}".into(), ..new.clone() };
                assert!(matches!(service.create_policy(tx, &root, &bad), Err(Error::Invalid { .. })));
                assert!(matches!(
                    service.update_policy(tx, &root, "ReadOnlyAccess", &new.document),
                    Err(Error::NotFound { .. })
                ));
                service.create_user_group(tx, &root, "night", "")?;
                let (name, night) = (PolicyName::any("ops"), Target::Group("night".into()));
                service.attach_policy(tx, &root, &name, &night)?;
                assert!(matches!(
                    service.attach_policy(tx, &root, &name, &night),
                    Err(Error::AlreadyExists { what: "policy attachment", .. })
                ));
                let refused = service.delete_policy(tx, &root, "ops");
                assert!(matches!(refused, Err(Error::Conflict { what: "attached policy", .. })));
                let attached = service.attached_policies(tx, &root, &night)?;
                assert_eq!((attached[0].name.as_str(), attached[0].is_system), ("ops", Some(false)));
                service.detach_policy(tx, &root, &name, &night)?;
                assert!(matches!(
                    service.detach_policy(tx, &root, &name, &night),
                    Err(Error::NotFound { what: "policy attachment", .. })
                ));
                service.delete_policy(tx, &root, "ops")
            })
            .unwrap();
    });
}

#[test]
fn the_audit_log_pages_backwards_and_filters() {
    World::on_each(|world| {
        let root = world.root();
        world
            .write(move |_, tx| {
                for number in 0..5 {
                    let id = number.to_string();
                    let subject = Some(("contact", id.as_str()));
                    let outcome = audit::recorded(tx, &root, ("cms", "PutContact"), subject, |_| {
                        if number == 3 { Err(Error::invalid("name", "empty")) } else { Ok(()) }
                    })?;
                    assert_eq!(outcome.is_err(), number == 3);
                }
                let subjects = |rows: &[audit::AuditRow]| -> Vec<String> {
                    rows.iter().filter_map(|row| row.subject_id.clone()).collect()
                };
                let account = &root.account_id;
                let first = audit::list(tx, account, &audit::AuditFilter::default(), 2)?;
                assert_eq!(subjects(&first), ["4", "3"]);
                assert_eq!(first[0].principal, root.arn());
                let next = audit::AuditFilter { before: Some(first[1].id), ..Default::default() };
                assert_eq!(subjects(&audit::list(tx, account, &next, 2)?), ["2", "1"]);
                let refused = audit::AuditFilter { refused_only: true, ..Default::default() };
                let rows = audit::list(tx, account, &refused, 10)?;
                assert_eq!(
                    (subjects(&rows), rows[0].refusal.as_deref()),
                    (vec!["3".to_owned()], Some("invalid"))
                );
                let one = audit::AuditFilter { subject_id: Some("2".into()), ..Default::default() };
                assert_eq!(subjects(&audit::list(tx, account, &one, 10)?), ["2"]);
                assert!(audit::list(tx, "1000000000000009", &audit::AuditFilter::default(), 10)?.is_empty());
                Ok(())
            })
            .unwrap();
    });
}
