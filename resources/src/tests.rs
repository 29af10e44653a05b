//! The rules of groups on a store.

use muster_core::{Error, PageRequest, Result};
use muster_db::Tx;
use muster_db::testing::TestStore;

use crate::*;

const OURS: Scope<'_> = Scope { account_id: "1", project_id: "p" };
const THEIRS: Scope<'_> = Scope { account_id: "2", project_id: "p" };
const OTHER_PROJECT: Scope<'_> = Scope { account_id: "1", project_id: "q" };

/// Runs a test on a new store of each kind.
fn on_each_store(test: impl Fn(&TestStore)) {
    let run = |store: &TestStore| {
        test(store);
        Ok(())
    };
    TestStore::on_each(MIGRATIONS, run).unwrap();
}

fn write<T: Send + 'static>(
    store: &TestStore,
    work: impl Fn(&mut Tx<'_>) -> Result<T> + Send + Sync + 'static,
) -> T {
    store.db.write_blocking(work).unwrap()
}

fn refused<T: Send + std::fmt::Debug + 'static>(
    store: &TestStore,
    work: impl Fn(&mut Tx<'_>) -> Result<T> + Send + Sync + 'static,
) -> Error {
    store.db.write_blocking(work).unwrap_err()
}

fn service() -> Service {
    Service::default()
}

fn manual(name: &str) -> NewGroup {
    NewGroup { name: name.to_owned(), enterprise_project_id: "0".to_owned(), ..NewGroup::default() }
}

fn host(id: &str) -> Member {
    member("SYS.ECS", &[("instance_id", id)])
}

fn member(namespace: &str, dimensions: &[(&str, &str)]) -> Member {
    Member {
        namespace: namespace.to_owned(),
        dimensions: dimensions
            .iter()
            .map(|(name, value)| Dimension { name: (*name).to_owned(), value: (*value).to_owned() })
            .collect(),
        ..Member::default()
    }
}

fn tag(key: &str, value: &str) -> TagCondition {
    TagCondition { key: key.to_owned(), operator: Operator::Equal, value: value.to_owned() }
}

fn names(tx: &mut Tx<'_>, filter: &GroupFilter, page: PageRequest) -> Result<(Vec<String>, u64)> {
    let found = service().list_groups(tx, OURS, filter, page)?;
    Ok((found.items.into_iter().map(|group| group.name).collect(), found.total))
}

#[test]
fn groups_are_listed_newest_first_and_filtered() {
    on_each_store(|store| {
        for name in ["web-1", "Web-2", "db_1", "d%1"] {
            write(store, move |tx| service().create_group(tx, OURS, manual(name)));
            store.clock.advance(1);
        }
        let (all, total) =
            write(store, |tx| names(tx, &GroupFilter::default(), PageRequest { offset: 1, limit: 2 }));
        assert_eq!((all, total), (vec!["db_1".to_owned(), "Web-2".to_owned()], 4));
        for (text, expected) in [("WEB", 2), ("b_1", 1), ("%", 1), ("_", 1), ("x", 0)] {
            let filter = GroupFilter { name_contains: Some(text.to_owned()), ..GroupFilter::default() };
            let (found, total) = write(store, move |tx| names(tx, &filter, PageRequest::ALL));
            assert_eq!((found.len() as u64, total), (expected, expected), "{text}");
        }
        for (health, expected) in [(Health::NotWatched, 4), (Health::Healthy, 0), (Health::Unhealthy, 0)] {
            let filter = GroupFilter { health: Some(health), ..GroupFilter::default() };
            assert_eq!(
                write(store, move |tx| names(tx, &filter, PageRequest::ALL)).1,
                expected,
                "{health:?}"
            );
        }
    });
}

#[test]
fn nobody_sees_another_accounts_or_projects_groups() {
    on_each_store(|store| {
        let id = write(store, |tx| service().create_group(tx, OURS, manual("ours"))).id;
        for scope in [THEIRS, OTHER_PROJECT] {
            let error = refused(store, move |tx| service().get_group(tx, scope, id));
            assert!(matches!(error, Error::NotFound { what: "resource group", .. }), "{error:?}");
            let error = refused(store, move |tx| {
                service().add_members(tx, scope, id, Level::Dimension, &[host("a")])
            });
            assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
            let deleted = write(store, move |tx| service().delete_groups(tx, scope, &[id]));
            assert!(deleted.is_empty());
            let listed = write(store, move |tx| {
                service().list_groups(tx, scope, &GroupFilter::default(), PageRequest::ALL)
            });
            assert_eq!(listed.total, 0);
        }
        assert_eq!(write(store, move |tx| service().get_group(tx, OURS, id)).name, "ours");
    });
}

#[test]
fn each_kind_needs_the_part_that_selects() {
    on_each_store(|store| {
        let of = |kind, rule| NewGroup { kind, rule, ..manual("g") };
        let tags = Rule {
            tags: vec![tag("env", "prod"), tag("env", "prod"), tag("env", "test")],
            ..Rule::default()
        };
        let projects = Rule { enterprise_projects: vec!["0".to_owned(), "0".to_owned()], ..Rule::default() };
        for kind in [Kind::Tags, Kind::EnterpriseProjects, Kind::Names, Kind::Combination] {
            let new = of(kind, Rule::default());
            let error = refused(store, move |tx| service().create_group(tx, OURS, new.clone()));
            assert!(matches!(error, Error::Invalid { .. }), "{kind:?}: {error:?}");
        }
        let new = of(Kind::EnterpriseProjects, tags.clone());
        assert!(matches!(
            refused(store, move |tx| service().create_group(tx, OURS, new.clone())),
            Error::Invalid { .. }
        ));
        let new = of(Kind::Tags, tags);
        let made = write(store, move |tx| service().create_group(tx, OURS, new.clone()));
        assert_eq!(made.rule.tags, [tag("env", "prod"), tag("env", "test")], "given twice, kept once");
        let new = of(Kind::EnterpriseProjects, projects);
        assert_eq!(
            write(store, move |tx| service().create_group(tx, OURS, new.clone())).rule.enterprise_projects,
            ["0"]
        );
        let id = made.id;
        let patch = GroupPatch { tags: Some(Vec::new()), ..GroupPatch::default() };
        let error = refused(store, move |tx| service().update_group(tx, OURS, id, patch.clone()));
        assert!(matches!(error, Error::Invalid { .. }), "{error:?}");
        let read = write(store, move |tx| service().get_group(tx, OURS, id));
        assert_eq!(read, made, "a refused change changes nothing, and what is read is what was made");
    });
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    on_each_store(|store| {
        let rule = Rule { tags: vec![tag("env", "prod")], providers: "ecs".to_owned(), ..Rule::default() };
        let new = NewGroup { kind: Kind::Tags, rule: rule.clone(), ..manual("before") };
        let made = write(store, move |tx| service().create_group(tx, OURS, new.clone()));
        store.clock.advance(1_000);
        let patch = GroupPatch { name: Some("after".to_owned()), ..GroupPatch::default() };
        let changed = write(store, move |tx| service().update_group(tx, OURS, made.id, patch.clone()));
        assert_eq!((changed.name.as_str(), &changed.rule), ("after", &rule));
        assert_eq!(changed.updated_at.since(changed.created_at), 1_000);
    });
}

fn named(name: &str) -> NewEnterpriseProject {
    NewEnterpriseProject { name: name.to_owned(), description: String::new(), kind: "prod".to_owned() }
}

#[test]
fn groups_move_between_enterprise_projects_that_exist_and_work() {
    on_each_store(|store| {
        let group = write(store, |tx| service().create_group(tx, OURS, manual("g"))).id;
        let target = write(store, |tx| service().create_enterprise_project(tx, "1", named("web"))).id;
        let to = target.clone();
        let moved = write(store, move |tx| service().move_group(tx, OURS, group, &to));
        assert_eq!(moved.enterprise_project_id, target);
        assert_eq!(write(store, move |tx| service().get_group(tx, OURS, group)), moved);
        let filter =
            OwnedGroupFilter { enterprise_project_id: Some(target.clone()), ..OwnedGroupFilter::default() };
        for (account, projects, expected) in [
            ("1", vec![], 1),
            ("1", vec!["p".to_owned(), "x".to_owned()], 1),
            ("1", vec!["x".to_owned()], 0),
            ("2", vec![], 0),
        ] {
            let filter = OwnedGroupFilter { projects, ..filter.clone() };
            let what = format!("{account} {filter:?}");
            let owned =
                write(store, move |tx| service().list_owned_groups(tx, account, &filter, PageRequest::ALL));
            assert_eq!(owned.total, expected, "{what}");
        }
        let off = target.clone();
        write(store, move |tx| service().enable_enterprise_project(tx, "1", &off, false));
        let back = write(store, move |tx| service().move_group(tx, OURS, group, "0"));
        assert_eq!(back.enterprise_project_id, "0");
        let error = refused(store, move |tx| service().move_group(tx, OURS, group, &target));
        assert!(matches!(error, Error::Conflict { what: "enterprise project is disabled", .. }), "{error:?}");
        let error = refused(store, move |tx| service().move_group(tx, OURS, group, "absent"));
        assert!(matches!(error, Error::NotFound { what: "enterprise project", .. }), "{error:?}");
    });
}

#[test]
fn enterprise_projects_have_names_of_their_own() {
    on_each_store(|store| {
        let make = |name: &'static str| {
            move |tx: &mut Tx<'_>| service().create_enterprise_project(tx, "1", named(name))
        };
        let web = write(store, make("web"));
        write(store, make("app"));
        for name in ["web", "default"] {
            let error = refused(store, make(name));
            assert!(
                matches!(error, Error::AlreadyExists { what: "enterprise project", .. }),
                "{name}: {error:?}"
            );
        }
        write(store, |tx| service().create_enterprise_project(tx, "2", named("web")));
        let list = |filter: EnterpriseProjectFilter, offset, limit| {
            let page = write(store, move |tx| {
                service().list_enterprise_projects(tx, "1", &filter, PageRequest { offset, limit })
            });
            let names: Vec<String> = page.items.into_iter().map(|project| project.name).collect();
            (names.join(" "), page.total)
        };
        let all = EnterpriseProjectFilter::default;
        assert_eq!(list(all(), 0, 10), ("default app web".to_owned(), 3));
        assert_eq!(list(all(), 0, 2), ("default app".to_owned(), 3));
        assert_eq!(list(all(), 2, 2), ("web".to_owned(), 3));
        assert_eq!(list(all(), 3, 2), (String::new(), 3));
        assert_eq!(
            list(EnterpriseProjectFilter { name_contains: Some("e".to_owned()), ..all() }, 0, 9).0,
            "default web"
        );
        assert_eq!(list(EnterpriseProjectFilter { enabled: Some(false), ..all() }, 0, 9).1, 0);
        assert_eq!(list(EnterpriseProjectFilter { id: Some("0".to_owned()), ..all() }, 0, 9).0, "default");
        let id = web.id.clone();
        let error = refused(store, move |tx| service().update_enterprise_project(tx, "1", &id, named("app")));
        assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
        let id = web.id.clone();
        let renamed = write(store, move |tx| service().update_enterprise_project(tx, "1", &id, named("www")));
        assert_eq!((renamed.name.as_str(), &renamed.id), ("www", &web.id));
        let error = refused(store, |tx| service().enable_enterprise_project(tx, "1", "0", false));
        assert!(matches!(error, Error::Conflict { what: "default enterprise project", .. }), "{error:?}");
        let error = refused(store, move |tx| service().get_enterprise_project(tx, "2", &web.id));
        assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
    });
}

#[test]
fn members_are_counted_once_whatever_the_order_of_their_dimensions() {
    on_each_store(|store| {
        let id = write(store, |tx| service().create_group(tx, OURS, manual("g"))).id;
        let disk = member("AGT.ECS", &[("instance_id", "a"), ("disk", "sda")]);
        let same = member("AGT.ECS", &[("disk", "sda"), ("instance_id", "a")]);
        let added = write(store, move |tx| {
            service().add_members(
                tx,
                OURS,
                id,
                Level::Dimension,
                &[host("a"), disk.clone(), same.clone(), host("a")],
            )
        });
        assert_eq!(added, 2);
        let again = write(store, move |tx| {
            service().add_members(tx, OURS, id, Level::Dimension, &[host("a"), host("b")])
        });
        assert_eq!(again, 1);
        let statistics = write(store, move |tx| {
            let group = service().get_group(tx, OURS, id)?;
            service().statistics(tx, OURS, &[group])
        });
        assert_eq!(statistics, [Statistics { total: 3, namespaces: 2, ..Statistics::default() }]);
        let removed = write(store, move |tx| {
            service().remove_members(tx, OURS, id, Level::Dimension, &[host("a"), host("z")])
        });
        assert_eq!(removed, 1);
        for (filter, expected) in [
            (MemberFilter::default(), 2),
            (MemberFilter { namespace: Some("SYS.ECS".to_owned()), ..MemberFilter::default() }, 1),
            (
                MemberFilter {
                    dimension_names: Some(vec!["instance_id".to_owned(), "disk".to_owned()]),
                    ..MemberFilter::default()
                },
                1,
            ),
            (MemberFilter { dimension_value: Some("sda".to_owned()), ..MemberFilter::default() }, 1),
            (MemberFilter { dimension_value: Some("sd".to_owned()), ..MemberFilter::default() }, 0),
            (MemberFilter { health: Some(Health::Unhealthy), ..MemberFilter::default() }, 0),
            (MemberFilter { enterprise_project_id: Some("0".to_owned()), ..MemberFilter::default() }, 2),
            (MemberFilter { enterprise_project_id: Some("x".to_owned()), ..MemberFilter::default() }, 0),
            (MemberFilter { tag: Some(("a".to_owned(), "b".to_owned())), ..MemberFilter::default() }, 0),
        ] {
            let what = format!("{filter:?}");
            let page =
                write(store, move |tx| service().list_members(tx, OURS, id, &filter, PageRequest::ALL));
            assert_eq!(page.total, expected, "{what}");
        }
    });
}

#[test]
fn too_many_members_add_none() {
    on_each_store(|store| {
        let id = write(store, |tx| service().create_group(tx, OURS, manual("g"))).id;
        let many: Vec<Member> = (0..1_001).map(|number| host(&number.to_string())).collect();
        let fitting = many[..1_000].to_vec();
        let error = refused(store, move |tx| service().add_members(tx, OURS, id, Level::Dimension, &many));
        assert!(matches!(error, Error::Quota { limit: 1_000, .. }), "{error:?}");
        let list = move |tx: &mut Tx<'_>| {
            service().list_members(
                tx,
                OURS,
                id,
                &MemberFilter::default(),
                PageRequest { offset: 998, limit: 10 },
            )
        };
        assert_eq!(write(store, list).total, 0);
        assert_eq!(
            write(store, move |tx| service().add_members(tx, OURS, id, Level::Dimension, &fitting)),
            1_000
        );
        let last = write(store, list);
        assert_eq!((last.items.len(), last.total), (2, 1_000));
    });
}

#[test]
fn members_go_only_into_groups_by_hand_of_their_level() {
    on_each_store(|store| {
        let new = NewGroup {
            kind: Kind::Tags,
            rule: Rule { tags: vec![tag("a", "")], ..Rule::default() },
            members: vec![host("ignored")],
            ..manual("by tag")
        };
        let by_tag = write(store, move |tx| service().create_group(tx, OURS, new.clone())).id;
        let members = write(store, move |tx| {
            service().list_members(tx, OURS, by_tag, &MemberFilter::default(), PageRequest::ALL)
        });
        assert_eq!(members.total, 0);
        let error =
            refused(store, move |tx| service().add_members(tx, OURS, by_tag, Level::Dimension, &[host("a")]));
        assert!(matches!(error, Error::Conflict { what: "resource group is not manual", .. }), "{error:?}");
        let patch = GroupPatch { members: Some(vec![host("a")]), ..GroupPatch::default() };
        let error = refused(store, move |tx| service().update_group(tx, OURS, by_tag, patch.clone()));
        assert!(matches!(error, Error::Conflict { what: "resource group is not manual", .. }), "{error:?}");
        let by_hand = write(store, |tx| service().create_group(tx, OURS, manual("by hand"))).id;
        let error =
            refused(store, move |tx| service().add_members(tx, OURS, by_hand, Level::Product, &[host("a")]));
        assert!(
            matches!(error, Error::Conflict { what: "resource group is of another level", .. }),
            "{error:?}"
        );
    });
}

#[test]
fn setting_members_counts_the_new_ones() {
    on_each_store(|store| {
        let new = NewGroup { level: Level::Product, members: vec![host("a"), host("b")], ..manual("g") };
        let id = write(store, move |tx| service().create_group(tx, OURS, new.clone())).id;
        let set = write(store, move |tx| {
            service().set_members(tx, OURS, id, Level::Product, &[host("b"), host("c"), host("d")])
        });
        assert_eq!(set, 2);
        let members = write(store, move |tx| {
            service().list_members(tx, OURS, id, &MemberFilter::default(), PageRequest::ALL)
        });
        let members: Vec<Member> = members.items.into_iter().map(|listed| listed.member).collect();
        assert_eq!(members, [host("b"), host("c"), host("d")]);
    });
}

#[test]
fn a_deleted_group_makes_room_and_leaves_no_members() {
    on_each_store(|store| {
        let narrow =
            || Service::new(Limits { groups_per_project: 2, ..Limits::default() }, Catalogue::default());
        let new = NewGroup { members: vec![host("a")], ..manual("first") };
        let first = write(store, move |tx| narrow().create_group(tx, OURS, new.clone())).id;
        write(store, move |tx| narrow().create_group(tx, OURS, manual("second")));
        let error = refused(store, move |tx| narrow().create_group(tx, OURS, manual("third")));
        assert!(matches!(error, Error::Quota { what: "resource groups", limit: 2 }), "{error:?}");
        write(store, move |tx| narrow().create_group(tx, THEIRS, manual("theirs")));
        assert_eq!(write(store, move |tx| narrow().delete_groups(tx, OURS, &[first, 7, first])), [first]);
        write(store, move |tx| narrow().create_group(tx, OURS, manual("third")));
        let left = write(store, |tx| {
            tx.query_one("SELECT COUNT(*) FROM resource_group_members", &[], |row| row.get::<i64>(0))
        });
        assert_eq!(left, 0);
    });
}
