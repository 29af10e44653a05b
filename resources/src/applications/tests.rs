//! Applications and their founders on a store.

use std::sync::Arc;

use muster_core::{Engine, Error, PageRequest, Result};
use muster_db::Tx;
use muster_db::testing::TestStore;

use crate::*;

const OURS: Scope<'_> = Scope { account_id: "1", project_id: "p" };
const THEIRS: Scope<'_> = Scope { account_id: "2", project_id: "p" };
const NAMESPACE: &str = "acs_ecs_dashboard";

const CATALOGUE: Catalogue =
    Catalogue { kinds: &[], products: &[], custom: "custom", naming: &["instanceId"] };

struct World<'s> {
    store: &'s TestStore,
    service: Arc<Service>,
    engine: FoundGroups,
}

/// Runs a test on a new store of each kind.
fn on_each_store(test: impl Fn(&World<'_>)) {
    let run = |store: &TestStore| {
        let service = Arc::new(Service::new(Limits::default(), CATALOGUE));
        let engine = FoundGroups::new(store.db.clone(), Arc::clone(&service));
        test(&World { store, service, engine });
        Ok(())
    };
    TestStore::on_each(MIGRATIONS, run).unwrap();
}

impl World<'_> {
    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Service, &mut Tx<'_>) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let service = Arc::clone(&self.service);
        self.store.db.write_blocking(move |tx| work(&service, tx))
    }

    fn read<T>(&self, question: impl Fn(&Service, &mut Tx<'_>) -> Result<T>) -> T {
        self.store.db.read_blocking(|tx| question(&self.service, tx)).unwrap()
    }

    fn application(&self, name: &str) -> i64 {
        let new = NewApplication { name: name.to_owned(), ..NewApplication::default() };
        self.write(move |service, tx| service.create_application(tx, OURS, new.clone())).unwrap().group.id
    }

    fn list(&self, filter: &ApplicationFilter) -> Vec<String> {
        let found = self.read(|service, tx| service.list_applications(tx, OURS, filter, PageRequest::ALL));
        assert_eq!(found.total, found.items.len() as u64);
        let mut names: Vec<String> = found.items.into_iter().map(|one| one.group.name).collect();
        names.sort();
        names
    }

    fn members(&self, id: i64) -> Vec<String> {
        let found = self.read(|service, tx| {
            let group = service.get_application(tx, OURS, id)?.group;
            let all = MemberFilter::default();
            let counted = service.statistics(tx, OURS, std::slice::from_ref(&group))?[0].total;
            let by_namespace: u64 =
                service.members_by_namespace(tx, OURS, &group)?.into_iter().map(|(_, count)| count).sum();
            let found = service.members_of_group(tx, OURS, &group, &all, PageRequest::ALL)?;
            assert_eq!((counted, by_namespace), (found.total, found.total));
            Ok(found)
        });
        found.items.into_iter().map(|one| one.member.dimensions[0].value.clone()).collect()
    }

    fn tag(&self, id: &'static str, key: &'static str, value: &'static str) {
        self.write(move |service, tx| {
            service.sight(tx, OURS, &[Sighting { facet: host(id), name: None }])?;
            let tag = Tag { key: key.to_owned(), value: value.to_owned() };
            service.tag(tx, OURS, one(id), &[tag])
        })
        .unwrap();
    }

    fn untag(&self, id: &'static str, key: &'static str) {
        let pattern = TagPattern { key: key.to_owned(), value: None };
        self.write(move |service, tx| service.untag(tx, OURS, one(id), std::slice::from_ref(&pattern)))
            .unwrap();
    }

    fn found(&self, key: &'static str, conditions: &[TagCondition]) -> String {
        let spec = FounderSpec {
            contact_groups: vec!["ops".to_owned()],
            conditions: conditions.to_vec(),
            joined: Joined::All,
            declined: Vec::new(),
        };
        self.write(move |service, tx| service.create_founder(tx, OURS, key, "here", spec.clone())).unwrap().id
    }

    /// What a signal would start, until it has nothing more to do.
    fn settle(&self) {
        self.engine.run().unwrap();
        self.engine.run().unwrap();
        assert!(self.read(|_, tx| super::store::founders_behind(tx)).is_empty(), "two runs are enough");
    }
}

fn one(id: &str) -> ResourceRef<'_> {
    ResourceRef { kind: "custom", external_id: id }
}

fn host(id: &str) -> Facet {
    let dimension = Dimension { name: "instanceId".to_owned(), value: id.to_owned() };
    Facet { namespace: NAMESPACE.to_owned(), dimensions: vec![dimension] }
}

fn instance(id: &str, name: &str) -> Member {
    Member {
        product: Some(format!("{NAMESPACE},instanceId")),
        resource_name: Some(name.to_owned()),
        region: Some("cn-hangzhou".to_owned()),
        ..host(id).as_member()
    }
}

fn names_with(text: &str) -> NameRule {
    NameRule {
        product: format!("{NAMESPACE},instanceId"),
        joined: Joined::Any,
        patterns: vec![NamePattern {
            text: text.to_owned(),
            operator: Operator::StartsWith,
            ignore_case: false,
        }],
    }
}

#[test]
fn members_are_those_by_hand_and_those_that_follow_names() {
    on_each_store(|world| {
        let id = world.application("shop");
        world
            .write(move |service, tx| {
                service.add_to_application(tx, OURS, id, &[instance("i-1", "web-1"), instance("i-2", "db-1")])
            })
            .unwrap();
        let other = world.application("other");
        world
            .write(move |service, tx| {
                service.add_to_application(tx, OURS, other, &[instance("i-3", "web-3")])
            })
            .unwrap();
        assert_eq!(world.members(id), ["i-1", "i-2"]);
        world.write(move |service, tx| service.follow_names(tx, OURS, id, vec![names_with("web")])).unwrap();
        assert_eq!(world.members(id), ["i-1", "i-2", "i-3"], "web-1 counts once");
        let groups = |resource: &'static str| {
            world.read(|service, tx| {
                let groups = service.groups_of_resource(tx, OURS, one(resource))?;
                Ok(groups.into_iter().map(|group| group.id).collect::<Vec<_>>())
            })
        };
        assert_eq!((groups("i-2"), groups("i-3")), (vec![id], vec![id, other]));
        let holds = world.read(|service, tx| {
            let group = service.find_group(tx, OURS, id)?.unwrap();
            [host("i-2"), host("i-3"), host("i-4")]
                .iter()
                .map(|facet| service.holds(tx, OURS, &group, facet))
                .collect::<Result<Vec<_>>>()
        });
        assert_eq!(holds, [true, true, false]);
        let filter = ApplicationFilter { holding: Some("i-3".to_owned()), ..ApplicationFilter::default() };
        assert_eq!(world.list(&filter), ["other", "shop"]);

        // Who is added again is renamed; a new name may be one that is followed.
        world
            .write(move |service, tx| service.add_to_application(tx, OURS, other, &[instance("i-3", "db-3")]))
            .unwrap();
        assert_eq!(world.members(id), ["i-1", "i-2"]);
        let product = names_with("").product;
        world.write(move |service, tx| service.unfollow_names(tx, OURS, id, &product)).unwrap();
        world
            .write(move |service, tx| {
                service.set_members_of_application(tx, OURS, id, &[instance("i-9", "x")])
            })
            .unwrap();
        assert_eq!(world.members(id), ["i-9"]);
    });
}

#[test]
fn each_api_sees_its_own_groups_and_each_tenant_its_own() {
    on_each_store(|world| {
        let id = world.application("shop");
        let ours = NewGroup { name: "plain".to_owned(), ..NewGroup::default() };
        let plain = world.write(move |service, tx| service.create_group(tx, OURS, ours.clone())).unwrap().id;
        let listed = world
            .read(|service, tx| service.list_groups(tx, OURS, &GroupFilter::default(), PageRequest::ALL));
        assert_eq!(listed.items.iter().map(|group| group.id).collect::<Vec<_>>(), [plain]);
        let counts = world.read(|service, tx| {
            Ok([
                service.count_groups(tx, OURS, Origin::CloudEye)?,
                service.count_groups(tx, OURS, Origin::CloudMonitor)?,
            ])
        });
        assert_eq!(counts, [1, 1]);
        assert_eq!(world.list(&ApplicationFilter::default()), ["shop"]);
        let refusals = [
            world.write(move |service, tx| service.get_group(tx, OURS, id).map(drop)),
            world.write(move |service, tx| service.get_application(tx, OURS, plain).map(drop)),
            world.write(move |service, tx| service.get_application(tx, THEIRS, id).map(drop)),
            world.write(move |service, tx| service.delete_application(tx, THEIRS, id).map(drop)),
            world.write(move |service, tx| service.add_to_application(tx, OURS, plain, &[])),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Err(Error::NotFound { .. })), "{refusal:?}");
        }
        let deleted = world.write(move |service, tx| service.delete_groups(tx, OURS, &[id])).unwrap();
        assert!(deleted.is_empty());
        assert_eq!(
            world.write(move |service, tx| service.delete_application(tx, OURS, id)).unwrap().group.id,
            id
        );
        assert!(world.list(&ApplicationFilter::default()).is_empty());
    });
}

#[test]
fn an_application_follows_an_enterprise_project_as_the_only_one() {
    on_each_store(|world| {
        world.tag("i-1", "env", "prod");
        let new = NewApplication {
            name: "all".to_owned(),
            enterprise_project_id: Some(DEFAULT_ENTERPRISE_PROJECT.to_owned()),
            ..NewApplication::default()
        };
        let again = new.clone();
        let made = world.write(move |service, tx| service.create_application(tx, OURS, new.clone())).unwrap();
        assert_eq!(world.members(made.group.id), ["i-1"]);
        let refusal = world.write(move |service, tx| service.create_application(tx, OURS, again.clone()));
        assert!(matches!(refusal, Err(Error::AlreadyExists { .. })), "{refusal:?}");
        let refusal = world.write(move |service, tx| {
            service.add_to_application(tx, OURS, made.group.id, &[instance("i-2", "x")])
        });
        assert!(matches!(refusal, Err(Error::Conflict { .. })), "{refusal:?}");
    });
}

#[test]
fn a_founder_keeps_step_with_the_values_of_its_tag() {
    on_each_store(|world| {
        world.tag("i-1", "env", "prod");
        world.tag("i-2", "env", "test");
        let founder = world.found("env", &[]);
        let settled = || {
            let id = founder.clone();
            world.read(|service, tx| service.get_founder(tx, OURS, &id)).settled
        };
        assert!(!settled());
        world.settle();
        assert!(settled());
        let all = ApplicationFilter::default();
        assert_eq!(world.list(&all), ["env:prod", "env:test"]);
        world.settle();
        assert_eq!(world.list(&all).len(), 2, "a second run makes nothing twice");

        let prod = ApplicationFilter { founder_value: Some("prod".to_owned()), ..all.clone() };
        let made = world.read(|service, tx| service.list_applications(tx, OURS, &prod, PageRequest::ALL));
        let id = made.items[0].group.id;
        assert_eq!(
            (made.items[0].source, &made.items[0].contact_groups[..]),
            (Source::Founder, &["ops".to_owned()][..])
        );
        assert_eq!(world.members(id), ["i-1"]);
        world.tag("i-3", "env", "prod");
        assert_eq!(world.members(id), ["i-1", "i-3"], "members follow without the engine");

        world.tag("i-2", "env", "prod");
        world.tag("i-4", "env", "stage");
        world.settle();
        assert_eq!(world.list(&all), ["env:prod", "env:stage"]);
        world.untag("i-4", "env");
        world.settle();
        assert_eq!(world.list(&all), ["env:prod"]);

        // What somebody deleted is not made again.
        world.write(move |service, tx| service.delete_application(tx, OURS, id)).unwrap();
        world.tag("i-5", "env", "prod");
        world.settle();
        assert!(world.list(&all).is_empty());

        // A value that only an application has is a value.
        let by_hand = world.application("shop");
        let tag = Tag { key: "env".to_owned(), value: "blue".to_owned() };
        world
            .write(move |service, tx| {
                service.tag_applications(tx, OURS, &[by_hand], std::slice::from_ref(&tag))
            })
            .unwrap();
        world.settle();
        assert_eq!(world.list(&all), ["env:blue", "shop"]);
        world.write(move |service, tx| service.delete_founder(tx, OURS, &founder)).unwrap();
        world.settle();
        assert_eq!(world.list(&all), ["shop"]);
    });
}

#[test]
fn a_founders_other_conditions_narrow_what_it_makes() {
    on_each_store(|world| {
        world.tag("i-1", "env", "prod");
        world.tag("i-1", "team", "shop");
        world.tag("i-2", "env", "prod");
        world.tag("i-3", "env", "test");
        let shop =
            TagCondition { key: "team".to_owned(), operator: Operator::Equal, value: "shop".to_owned() };
        world.found("env", &[shop]);
        world.settle();
        let all = ApplicationFilter::default();
        assert_eq!(world.list(&all), ["env:prod"]);
        let made = world.read(|service, tx| service.list_applications(tx, OURS, &all, PageRequest::ALL));
        assert_eq!(world.members(made.items[0].group.id), ["i-1"]);
        world.tag("i-3", "team", "shop");
        world.settle();
        assert_eq!(world.list(&all), ["env:prod", "env:test"]);
    });
}

#[test]
fn tags_of_applications_are_kept_listed_and_searched() {
    on_each_store(|world| {
        let (first, second) = (world.application("one"), world.application("two"));
        world.tag("i-1", "zone", "a");
        let tags = ["prod", "test"].map(|value| Tag { key: "env".to_owned(), value: value.to_owned() });
        let [prod, test] = tags;
        world
            .write(move |service, tx| {
                service.tag_applications(tx, OURS, &[first, second], std::slice::from_ref(&prod))?;
                service.tag_applications(tx, OURS, &[second], std::slice::from_ref(&test))
            })
            .unwrap();
        let tagged = |value: Option<&str>| {
            let tags = vec![("env".to_owned(), value.map(str::to_owned))];
            world.list(&ApplicationFilter { tags, ..ApplicationFilter::default() })
        };
        assert_eq!(
            (tagged(Some("prod")), tagged(None)),
            (vec!["one".to_owned()], vec!["one".to_owned(), "two".to_owned()])
        );
        let page = PageRequest::ALL;
        assert_eq!(world.read(|service, tx| service.list_tag_keys(tx, "1", page)), ["env", "zone"]);
        assert_eq!(world.read(|service, tx| service.list_tag_values(tx, "1", "env", page)), ["prod", "test"]);
        assert!(world.read(|service, tx| service.list_tag_keys(tx, "2", page)).is_empty());
        let gone = world
            .write(move |service, tx| {
                let wrong = ("env".to_owned(), Some("prod".to_owned()));
                service.untag_applications(tx, OURS, &[second], &[wrong, ("none".to_owned(), None)])
            })
            .unwrap();
        assert!(gone.is_empty());
        let gone = world
            .write(move |service, tx| {
                service.untag_applications(tx, OURS, &[first, second], &[("env".to_owned(), None)])
            })
            .unwrap();
        assert_eq!(gone, ["env"]);
        assert!(tagged(None).is_empty());
    });
}
