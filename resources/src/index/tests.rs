//! The index against the plain rules: whatever happens to resources and groups, both say the same.

use std::sync::Arc;

use muster_core::{Engine, PageRequest, Random, Result};
use muster_db::Tx;
use muster_db::testing::TestStore;

use crate::*;

const OURS: Scope<'_> = Scope { account_id: "1", project_id: "p" };

const CATALOGUE: Catalogue = Catalogue {
    kinds: &[
        ResourceKind { name: "ecs", provider: "ecs", provider_type: "cloudservers", title: "Servers" },
        ResourceKind { name: "rds", provider: "rds", provider_type: "instances", title: "Databases" },
    ],
    products: &[
        Product { namespace: "SYS.ECS", dimension: "instance_id", kind: "ecs", id_follows: None },
        Product { namespace: "AGT.ECS", dimension: "instance_id", kind: "ecs", id_follows: None },
        Product { namespace: "SYS.RDS", dimension: "rds_cluster_id", kind: "rds", id_follows: None },
    ],
    custom: "custom",
    naming: &[],
};

/// Draws small numbers, texts and rules, the same from the same seed.
struct Dice(Random);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        usize::from(u16::from_le_bytes(self.0.bytes())) % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn operator(&mut self) -> Operator {
        use Operator::*;
        [Equal, Contains, StartsWith, EndsWith, NotContains, Any][self.below(6)]
    }

    fn joined(&mut self) -> Joined {
        [Joined::All, Joined::Any][self.below(2)]
    }

    fn tag(&mut self) -> TagCondition {
        TagCondition {
            key: self.one(&["env", "team", "tier", "nobody"]).to_owned(),
            operator: self.operator(),
            value: self.one(&["", "prod", "test", "pro", "st", "shop"]).to_owned(),
        }
    }

    fn name(&mut self) -> NamePattern {
        NamePattern {
            text: self.one(&["web", "db", "1", "Web-2", ""]).to_owned(),
            operator: self.operator(),
            ignore_case: self.below(2) == 0,
        }
    }

    fn project(&mut self) -> String {
        self.one(&["0", "shop", "bank"]).to_owned()
    }

    fn condition(&mut self) -> Condition {
        Condition {
            enterprise_project_id: (self.below(3) == 0).then(|| self.project()),
            name: (self.below(3) == 0).then(|| self.name()),
            tag: (self.below(2) == 0).then(|| self.tag()),
        }
    }

    fn group(&mut self) -> (Kind, Rule) {
        let kind = [Kind::Tags, Kind::EnterpriseProjects, Kind::Names, Kind::Combination, Kind::Mixed]
            [self.below(5)];
        let tagged = (self.below(4) == 0).then(|| self.tag());
        let mut rule = Rule { tagged, ..Rule::default() };
        for _ in 0..=self.below(3) {
            rule.tags.push(self.tag());
            rule.enterprise_projects.push(self.project());
            let product =
                self.one(&["SYS.ECS,instance_id", "SYS.RDS,rds_cluster_id", "SHOP.APP,app"]).to_owned();
            let patterns = (0..=self.below(2)).map(|_| self.name()).collect();
            rule.names.push(NameRule { product, joined: self.joined(), patterns });
            let tag = (self.below(2) == 0).then(|| self.tag());
            rule.projects_and_tags.push(ProjectAndTag { enterprise_project_id: self.project(), tag });
        }
        if self.below(2) == 0 {
            let conditions = (0..=self.below(2)).map(|_| self.condition()).collect();
            rule.combination = Some(Combination { joined: self.joined(), conditions });
        }
        if self.below(4) == 0 {
            rule.products = "SYS.RDS,rds_cluster_id;SHOP.APP,app".to_owned();
        }
        if self.below(4) == 0 {
            rule.providers = "ecs".to_owned();
        }
        (kind, rule)
    }

    fn resource(&mut self) -> (&'static str, String) {
        let kind = self.one(&["ecs", "ecs", "rds", "custom"]);
        (kind, format!("{kind}-{}", self.below(12)))
    }
}

/// Something happens to a resource.
fn change(service: &Service, tx: &mut Tx<'_>, dice: &mut Dice) -> Result<()> {
    let (kind, id) = dice.resource();
    let one = ResourceRef { kind, external_id: &id };
    match dice.below(6) {
        0 | 1 => {
            let (key, value) = (dice.one(&["env", "team", "tier"]), dice.one(&["prod", "test", "shop", ""]));
            service.tag(tx, OURS, one, &[Tag { key: key.to_owned(), value: value.to_owned() }])
        }
        2 => {
            let pattern = TagPattern { key: dice.one(&["env", "team"]).to_owned(), value: None };
            match service.untag(tx, OURS, one, &[pattern]) {
                Err(muster_core::Error::NotFound { .. }) => Ok(()),
                other => other,
            }
        }
        3 => {
            let project = dice.project();
            service.move_resource(tx, OURS, one, &project)
        }
        4 => {
            let name = format!("{}-{}", dice.one(&["web", "Web", "db"]), dice.below(9));
            service.rename_resource(tx, OURS, one, &name)
        }
        _ => {
            let (namespace, dimension) = match kind {
                "ecs" => ("AGT.ECS", "instance_id"),
                "rds" => ("SYS.RDS", "rds_cluster_id"),
                _ => ("SHOP.APP", "app"),
            };
            let mut dimensions = vec![Dimension { name: dimension.to_owned(), value: id.clone() }];
            if dice.below(2) == 0 {
                let disk = format!("disk{}", dice.below(3));
                dimensions.push(Dimension { name: "disk".to_owned(), value: disk });
            }
            let facet = Facet { namespace: namespace.to_owned(), dimensions };
            service.sight(tx, OURS, &[Sighting { facet, name: None }])
        }
    }
}

/// The members that the rules select, group by group, looking at one resource at a time.
fn selected_one_by_one(
    service: &Service,
    tx: &mut Tx<'_>,
    groups: &[Group],
) -> Result<Vec<Vec<(String, Facet)>>> {
    let mut selected = vec![Vec::new(); groups.len()];
    for resource in service.list_resources(tx, "1", &ResourceFilter::default(), PageRequest::ALL)?.items {
        let one = ResourceRef { kind: &resource.kind, external_id: &resource.external_id };
        let facets = service.facets(tx, OURS, one)?;
        let products: Vec<String> = facets.iter().filter_map(crate::inventory::product_of).collect();
        let subject = Subject {
            name: &resource.name,
            enterprise_project_id: &resource.enterprise_project_id,
            provider: CATALOGUE.kind(&resource.kind).map_or("", |kind| kind.provider),
            products: &products.iter().map(String::as_str).collect::<Vec<_>>(),
            tags: &resource.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect::<Vec<_>>(),
        };
        let holders = service.groups_of_resource(tx, OURS, one)?;
        for (group, selected) in groups.iter().zip(&mut selected) {
            let holds = selects(group.kind, &group.rule, &subject);
            let held = holders.iter().any(|holder| holder.id == group.id);
            assert_eq!(held, holds && !facets.is_empty(), "{resource:?} and {group:?}");
            if holds {
                selected.extend(facets.iter().map(|facet| (resource.name.clone(), facet.clone())));
            }
        }
    }
    Ok(selected)
}

fn compare(service: &Service, tx: &mut Tx<'_>) -> Result<()> {
    let groups = service.list_groups(tx, OURS, &GroupFilter::default(), PageRequest::ALL)?.items;
    let statistics = service.statistics(tx, OURS, &groups)?;
    let selected = selected_one_by_one(service, tx, &groups)?;
    for ((group, statistics), expected) in groups.iter().zip(statistics).zip(selected) {
        assert_eq!(statistics.total, expected.len() as u64, "{group:?}");
        let mut listed = Vec::new();
        // In pages, so that their seams are seen.
        for number in 1.. {
            let page = PageRequest::numbered(number, 3);
            let found = service.list_members(tx, OURS, group.id, &MemberFilter::default(), page)?;
            assert_eq!(found.total, statistics.total);
            if found.items.is_empty() {
                break;
            }
            listed.extend(found.items);
        }
        let shown: Vec<(String, Facet)> = listed
            .into_iter()
            .map(|one| {
                let facet = Facet { namespace: one.member.namespace, dimensions: one.member.dimensions };
                (one.member.resource_name.unwrap_or_default(), facet)
            })
            .collect();
        assert_eq!(shown, expected, "{group:?}");
        for (_, facet) in &expected {
            assert!(service.holds(tx, OURS, group, facet)?);
        }
    }
    Ok(())
}

#[test]
fn the_index_says_what_the_rules_say() {
    for seed in 1..=4 {
        let store = TestStore::sqlite(MIGRATIONS).unwrap();
        let service = Service::new(Limits::default(), CATALOGUE);
        let owner = service.clone();
        store
            .db
            .write_blocking(move |tx| {
                for name in ["shop", "bank"] {
                    let new = NewEnterpriseProject {
                        name: name.to_owned(),
                        description: String::new(),
                        kind: "prod".to_owned(),
                    };
                    let made = owner.create_enterprise_project(tx, "1", new)?;
                    // The dice call projects by name.
                    tx.execute(
                        "UPDATE enterprise_projects SET id = $1 WHERE id = $2",
                        muster_db::params![name, made.id],
                    )?;
                }
                Ok(())
            })
            .unwrap();
        for round in 0..12 {
            let writer = service.clone();
            store
                .db
                .write_blocking(move |tx| {
                    let mut dice = Dice(Random::from_number(seed * 1000 + round));
                    for _ in 0..15 {
                        change(&writer, tx, &mut dice)?;
                    }
                    let groups = if round % 3 == 0 { 4 } else { 0 };
                    for _ in 0..groups {
                        let (kind, rule) = dice.group();
                        let new = NewGroup { name: "g".to_owned(), kind, rule, ..NewGroup::default() };
                        writer.create_group(tx, OURS, new)?;
                    }
                    Ok(())
                })
                .unwrap();
            store.db.read_blocking(|tx| compare(&service, tx)).unwrap();
        }
        // Who reads everything anew comes to the same.
        let fresh = Service::new(Limits::default(), CATALOGUE);
        store.db.read_blocking(|tx| compare(&fresh, tx)).unwrap();
    }
}

#[test]
fn a_change_that_was_undone_is_in_no_index() {
    TestStore::on_each(MIGRATIONS, |store| {
        let service = Service::new(Limits::default(), CATALOGUE);
        let host = ResourceRef { kind: "ecs", external_id: "h1" };
        let prod = Tag { key: "env".to_owned(), value: "prod".to_owned() };
        let writer = service.clone();
        let group = store.db.write_blocking(move |tx| {
            let condition =
                TagCondition { key: "env".to_owned(), operator: Operator::Equal, value: "prod".to_owned() };
            let rule = Rule { tags: vec![condition], ..Rule::default() };
            let new = NewGroup { name: "g".to_owned(), kind: Kind::Tags, rule, ..NewGroup::default() };
            writer.create_group(tx, OURS, new)
        })?;
        let total = |service: &Service, tx: &mut Tx<'_>| -> Result<u64> {
            Ok(service.statistics(tx, OURS, std::slice::from_ref(&group))?[0].total)
        };
        assert_eq!(store.db.read_blocking(|tx| total(&service, tx))?, 0);
        let (writer, tag, own) = (service.clone(), prod.clone(), group.clone());
        let undone = store.db.write_blocking(move |tx| -> Result<()> {
            writer.tag(tx, OURS, host, std::slice::from_ref(&tag))?;
            // The answer inside is as the last reader left it.
            assert_eq!(writer.statistics(tx, OURS, std::slice::from_ref(&own))?[0].total, 0);
            Err(muster_core::Error::unavailable("something went wrong afterwards"))
        });
        assert!(undone.is_err());
        assert_eq!(store.db.read_blocking(|tx| total(&service, tx))?, 0);
        let writer = service.clone();
        store.db.write_blocking(move |tx| writer.tag(tx, OURS, host, std::slice::from_ref(&prod)))?;
        assert_eq!(store.db.read_blocking(|tx| total(&service, tx))?, 1);
        Ok(())
    })
    .unwrap();
}

#[test]
fn forgotten_rows_of_change_are_noticed() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let service = Service::new(Limits::default(), CATALOGUE);
    let tag = |service: &Service, id: &'static str| {
        let service = service.clone();
        let prod = Tag { key: "env".to_owned(), value: "prod".to_owned() };
        store
            .db
            .write_blocking(move |tx| {
                let one = ResourceRef { kind: "ecs", external_id: id };
                service.tag(tx, OURS, one, std::slice::from_ref(&prod))
            })
            .unwrap();
    };
    let any = Group {
        id: 1,
        origin: Origin::CloudEye,
        name: String::new(),
        enterprise_project_id: "0".to_owned(),
        kind: Kind::EnterpriseProjects,
        level: Level::Dimension,
        rule: Rule { enterprise_projects: vec!["0".to_owned()], ..Rule::default() },
        created_at: muster_core::Timestamp::default(),
        updated_at: muster_core::Timestamp::default(),
    };
    let total = || {
        store
            .db
            .read_blocking(|tx| Ok(service.statistics(tx, OURS, std::slice::from_ref(&any))?[0].total))
            .unwrap()
    };
    tag(&service, "h1");
    assert_eq!(total(), 1);
    tag(&service, "h2");
    tag(&service, "h3");
    store.clock.advance(2 * 60 * 60 * 1000);
    AgeOut::new(store.db.clone(), 0, Arc::new(Seen(&[]))).run().unwrap();
    assert_eq!(total(), 3);
}

/// Sees the resources of these names.
struct Seen(&'static [&'static str]);

impl Witness for Seen {
    fn sees(&self, _: &mut Tx<'_>, _: Scope<'_>, facet: &Facet) -> Result<bool> {
        Ok(self.0.contains(&facet.dimensions[0].value.as_str()))
    }
}

#[test]
fn who_is_neither_seen_nor_held_on_to_is_forgotten() {
    TestStore::on_each(MIGRATIONS, |store| {
        let service = Service::new(Limits::default(), CATALOGUE);
        let writer = service.clone();
        store.db.write_blocking(move |tx| {
            let host = |id: &str| Facet {
                namespace: "SYS.ECS".to_owned(),
                dimensions: vec![Dimension { name: "instance_id".to_owned(), value: id.to_owned() }],
            };
            for id in ["idle", "reporting", "tagged", "grouped"] {
                writer.sight(tx, OURS, &[Sighting { facet: host(id), name: None }])?;
            }
            let tag = Tag { key: "env".to_owned(), value: "prod".to_owned() };
            writer.tag(tx, OURS, ResourceRef { kind: "ecs", external_id: "tagged" }, &[tag])?;
            let member = Member {
                namespace: "SYS.ECS".to_owned(),
                dimensions: host("grouped").dimensions,
                ..Member::default()
            };
            let new = NewGroup { name: "g".to_owned(), members: vec![member], ..NewGroup::default() };
            writer.create_group(tx, OURS, new)
        })?;
        let names = || {
            let all = |tx: &mut Tx<'_>| {
                service.list_resources(tx, "1", &ResourceFilter::default(), PageRequest::ALL)
            };
            let found = store.db.read_blocking(all).unwrap();
            found.items.into_iter().map(|resource| resource.name).collect::<Vec<_>>()
        };
        let day = 24 * 60 * 60 * 1000;
        let age_out = AgeOut::new(store.db.clone(), 30 * day, Arc::new(Seen(&["reporting"])));
        store.clock.advance(29 * day);
        age_out.run()?;
        assert_eq!(names().len(), 4);
        store.clock.advance(2 * day);
        age_out.run()?;
        assert_eq!(names(), ["reporting", "tagged", "grouped"]);
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_is_gone_takes_no_room() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let service = Service::new(Limits::default(), CATALOGUE);
    let size = || {
        let ask = |tx: &mut Tx<'_>| {
            service.index.ask(tx, OURS, &CATALOGUE, |part| {
                (part.symbols.len(), part.keys.len(), part.forms.len(), part.entries.pages())
            })
        };
        store.db.read_blocking(ask).unwrap()
    };
    let host: ResourceRef<'static> = ResourceRef { kind: "ecs", external_id: "h" };
    let turn_to = |value: String| {
        let (service, tag) = (service.clone(), Tag { key: "turn".to_owned(), value });
        store.db.write_blocking(move |tx| service.tag(tx, OURS, host, std::slice::from_ref(&tag))).unwrap();
    };
    turn_to("first".to_owned());
    let before = size();
    for turn in 1..200 {
        turn_to(turn.to_string());
        let (service, name) = (service.clone(), format!("app{turn}"));
        let see = move |tx: &mut Tx<'_>| {
            let dimensions = vec![Dimension { name: name.clone(), value: name.clone() }];
            let facet = Facet { namespace: format!("SHOP.{name}"), dimensions };
            service.sight(tx, OURS, &[Sighting { facet, name: None }])
        };
        store.db.write_blocking(see).unwrap();
        size();
    }
    assert!(size() > before);
    // All but the tagged one are forgotten.
    store.clock.advance(31 * 24 * 60 * 60 * 1000);
    AgeOut::new(store.db.clone(), 30 * 24 * 60 * 60 * 1000, Arc::new(Seen(&[]))).run().unwrap();
    assert_eq!(size(), before);
}

#[test]
fn whoever_writes_does_not_wait_for_the_first_reading() {
    let store = TestStore::sqlite(MIGRATIONS).unwrap();
    let service = Service::new(Limits::default(), CATALOGUE);
    // Somebody is reading everything.
    let part = {
        let mut all = service.index.0.lock().unwrap();
        Arc::clone(all.entry(("1".to_owned(), "p".to_owned())).or_default())
    };
    let _reading = part.following.lock().unwrap();
    let writer = service.clone();
    let groups = store.db.write_blocking(move |tx| {
        let host = ResourceRef { kind: "ecs", external_id: "h1" };
        let tag = Tag { key: "env".to_owned(), value: "prod".to_owned() };
        writer.tag(tx, OURS, host, &[tag])?;
        writer.groups_of_resource(tx, OURS, host)
    });
    assert!(groups.unwrap().is_empty());
}
