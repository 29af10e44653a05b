//! Templates on both databases: what follows them, and what groups get.

use muster_core::{Error, PageRequest, Result};
use muster_db::Tx;
use muster_db::testing::TestStore;

use super::*;
use crate::{
    Comparison, Condition, Dimensions, Level, LevelCondition, MIGRATIONS, Origin, Owner, Policy, Quantity,
    RuleFilter, RuleSpec, Subject, Target, Watch,
};
use muster_metrics::Statistic;

const OWNER: Owner<'static> =
    Owner { origin: Origin::CloudEye, account_id: "1000000000000001", project_id: "p1" };
const OTHER: Owner<'static> = Owner { account_id: "1000000000000002", ..OWNER };

fn service() -> Service {
    let limits = Limits { templates_per_account: 3, pending_associations: 2 };
    Service::new(limits, crate::Service::default())
}

fn item(namespace: &str, dimension: &str, metric: &str, threshold: f64) -> TemplateItem {
    let condition = LevelCondition {
        level: Level::Major,
        quantity: Quantity::Statistic(Statistic::Average),
        comparison: Comparison::AtLeast,
        threshold,
        times: 3,
    };
    let subject = Subject::Metric { namespace: None, metric: metric.to_owned(), dimension_names: None };
    TemplateItem {
        namespace: namespace.to_owned(),
        dimension_names: Some(vec![dimension.to_owned()]),
        policy: Policy::new(subject, Watch::Each, Condition::Levels(vec![condition])),
        rule: None,
        category: String::new(),
        kept_for_wire: serde_json::Value::Null,
    }
}

fn new(name: &str, items: Vec<TemplateItem>) -> NewTemplate {
    NewTemplate { name: name.to_owned(), description: String::new(), kind: Kind::Metrics, items }
}

fn ecs() -> Vec<TemplateItem> {
    vec![
        item("SYS.ECS", "instance_id", "cpu_util", 80.0),
        item("SYS.RDS", "rds_instance_id", "cpu_util", 90.0),
        item("SYS.ECS", "instance_id", "mem_util", 70.0),
    ]
}

fn rule(template: &Template) -> RuleSpec {
    let dimensions: Dimensions = vec![("instance_id".to_owned(), "vm-1".to_owned())];
    let names = ["instance_id".to_owned()];
    RuleSpec {
        name: "r".to_owned(),
        namespace: "SYS.ECS".to_owned(),
        target: Target::Exactly(vec![dimensions]),
        policies: fitting(&template.items, "SYS.ECS", Some(&names)),
        template_id: Some(template.id),
        ..RuleSpec::default()
    }
}

fn metrics(spec: &RuleSpec) -> Vec<&str> {
    spec.policies.iter().map(|policy| policy.subject.name()).collect()
}

fn on_each(test: impl Fn(&Service, &mut Tx<'_>) -> Result<()> + Clone + Send + 'static) -> Result<()> {
    TestStore::on_each(MIGRATIONS, |store| {
        let test = test.clone();
        store.db.write_blocking(move |tx| test(&service(), tx))
    })
}

fn rules_on(service: &Service, tx: &mut Tx<'_>, group_id: i64) -> Result<Vec<crate::Rule>> {
    let filter = RuleFilter { group_id: Some(group_id), oldest_first: true, ..RuleFilter::default() };
    Ok(service.rules.list(tx, OWNER, &filter, PageRequest::ALL)?.items)
}

fn key_of(id: i64) -> String {
    format!("al{id}")
}

fn settle(service: &Service, tx: &mut Tx<'_>) -> Result<()> {
    while service.make_next(tx, key_of)? {}
    Ok(())
}

#[test]
fn names_are_unique_among_their_owners_own() -> Result<()> {
    on_each(|service, tx| {
        let first = service.create(tx, OWNER, new("web", ecs()))?;
        let again = tx.attempt(|tx| service.create(tx, OWNER, new("web", ecs())));
        assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
        service.create(tx, OTHER, new("web", ecs()))?;
        let second = service.create(tx, OWNER, new("db", ecs()))?;
        let patch = TemplatePatch { name: Some("web".to_owned()), ..TemplatePatch::default() };
        let taken = service.update(tx, OWNER, second.id, patch);
        assert!(matches!(taken, Err(Error::AlreadyExists { .. })), "{taken:?}");
        assert_eq!(service.named(tx, OWNER, "web")?, Some(first.clone()));
        let foreign = service.get(tx, OTHER, first.id);
        assert!(matches!(foreign, Err(Error::NotFound { .. })), "{foreign:?}");
        service.create(tx, OWNER, new("c", ecs()))?;
        let many = tx.attempt(|tx| service.create(tx, OWNER, new("d", ecs())));
        assert!(matches!(many, Err(Error::Quota { .. })), "{many:?}");
        Ok(())
    })
}

#[test]
fn lists_find_templates_by_what_they_are_about() -> Result<()> {
    on_each(|service, tx| {
        let web = service.create(tx, OWNER, new("Web", ecs()))?;
        let disk = service.create(tx, OWNER, new("disk", vec![item("SYS.EVS", "disk_name", "iops", 1.0)]))?;
        let events = NewTemplate { kind: Kind::Events, ..new("events", Vec::new()) };
        let events = service.create(tx, OWNER, events)?;
        let found = |tx: &mut Tx<'_>, filter: TemplateFilter| {
            let page = service.list(tx, OWNER, &filter, PageRequest::ALL)?;
            assert_eq!(page.total, page.items.len() as u64);
            Ok::<_, Error>(page.items.into_iter().map(|template| template.id).collect::<Vec<_>>())
        };
        let all = TemplateFilter::default;
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(found(tx, all())?, [events.id, disk.id, web.id]);
        assert_eq!(found(tx, TemplateFilter { oldest_first: true, ..all() })?, [web.id, disk.id, events.id]);
        assert_eq!(found(tx, TemplateFilter { kind: Some(Kind::Events), ..all() })?, [events.id]);
        assert_eq!(found(tx, TemplateFilter { name_contains: text("WE"), ..all() })?, [web.id]);
        assert_eq!(found(tx, TemplateFilter { namespace: text("SYS.RDS"), ..all() })?, [web.id]);
        assert!(found(tx, TemplateFilter { namespace: text("SYS.R"), ..all() })?.is_empty());
        let names = Some(vec!["disk_name".to_owned()]);
        assert_eq!(found(tx, TemplateFilter { dimension_names: names.clone(), ..all() })?, [disk.id]);
        let both = TemplateFilter { dimension_names: names, namespace: text("SYS.ECS"), ..all() };
        assert!(found(tx, both)?.is_empty());
        Ok(())
    })
}

#[test]
fn rules_change_with_their_template_and_stay_or_go_with_it() -> Result<()> {
    on_each(|service, tx| {
        let template = service.create(tx, OWNER, new("web", ecs()))?;
        let made = service.rules.create(tx, OWNER, "al1", true, rule(&template))?;
        assert_eq!(metrics(&made.spec), ["cpu_util", "mem_util"]);
        let names = ["instance_id".to_owned()];
        let fitting = service.policies_for(tx, OWNER, template.id, "SYS.RDS", Some(&names));
        assert!(matches!(fitting, Err(Error::Invalid { .. })), "{fitting:?}");

        let items = vec![
            item("SYS.ECS", "instance_id", "mem_util", 70.0),
            item("SYS.ECS", "instance_id", "load", 1.0),
        ];
        let patch = TemplatePatch { items: Some(items), version: Some(1), ..TemplatePatch::default() };
        let changed = service.update(tx, OWNER, template.id, patch.clone())?;
        assert_eq!(changed.version, 2);
        let rule = service.rules.get(tx, OWNER, "al1")?;
        assert_eq!(metrics(&rule.spec), ["mem_util", "load"]);
        // What did not change keeps its number, and with it its state.
        assert_eq!(rule.spec.policies[0].id, made.spec.policies[1].id);
        let stale = service.update(tx, OWNER, template.id, patch);
        assert!(matches!(stale, Err(Error::Conflict { .. })), "{stale:?}");
        assert_eq!(service.followers(tx, OWNER, template.id, PageRequest::ALL)?.total, 1);

        service.delete(tx, OWNER, template.id, false)?;
        let rule = service.rules.get(tx, OWNER, "al1")?;
        assert_eq!((rule.spec.template_id, metrics(&rule.spec)), (None, vec!["mem_util", "load"]));

        let template = service.create(tx, OWNER, new("web", ecs()))?;
        service.rules.create(tx, OWNER, "al2", true, self::rule(&template))?;
        service.delete(tx, OWNER, template.id, true)?;
        assert_eq!(service.rules.find(tx, OWNER, "al2")?, None);
        let gone = service.delete(tx, OWNER, template.id, true);
        assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
        Ok(())
    })
}

#[test]
fn a_group_gets_a_rule_for_each_part_of_its_templates() -> Result<()> {
    on_each(|service, tx| {
        let web = service.create(tx, OWNER, new("web", ecs()))?;
        let disk = service.create(tx, OWNER, new("disk", vec![item("SYS.EVS", "disk_name", "iops", 1.0)]))?;
        let common = RuleSpec { enterprise_project_id: "0".to_owned(), ..RuleSpec::default() };
        let wanted = |templates: &[i64]| Association { templates: templates.to_vec(), rule: common.clone() };
        service.associate(tx, OWNER, 7, &wanted(&[web.id, disk.id]))?;
        let twice = service.associate(tx, OWNER, 7, &wanted(&[web.id]));
        assert!(matches!(twice, Err(Error::Conflict { .. })), "{twice:?}");
        service.associate(tx, OWNER, 8, &wanted(&[web.id]))?;
        let many = service.associate(tx, OWNER, 9, &wanted(&[web.id]));
        assert!(matches!(many, Err(Error::Quota { .. })), "{many:?}");
        assert!(rules_on(service, tx, 7)?.is_empty());

        settle(service, tx)?;
        let rules = rules_on(service, tx, 7)?;
        let parts: Vec<_> =
            rules.iter().map(|rule| (rule.spec.namespace.as_str(), metrics(&rule.spec))).collect();
        assert_eq!(
            parts,
            [
                ("SYS.ECS", vec!["cpu_util", "mem_util"]),
                ("SYS.RDS", vec!["cpu_util"]),
                ("SYS.EVS", vec!["iops"])
            ]
        );
        assert!(rules.iter().all(|rule| rule.enabled && rule.spec.enterprise_project_id == "0"));
        let names: Vec<_> = service.of_group(tx, OWNER, 7)?.into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["web", "disk"]);
        assert!(service.of_group(tx, OTHER, 7)?.is_empty());

        // Run again, the engine finds nothing to do; a rule that its owner deleted comes back with the next change.
        settle(service, tx)?;
        assert_eq!(rules_on(service, tx, 7)?, rules);
        service.rules.delete(tx, OWNER, &[rules[1].key.clone()])?;

        // The template loses one part and gains another: the rule that stays keeps its id.
        let items = vec![
            item("SYS.ECS", "instance_id", "cpu_util", 85.0),
            item("AGT.ECS", "instance_id", "load", 1.0),
        ];
        service.update(
            tx,
            OWNER,
            web.id,
            TemplatePatch { items: Some(items), ..TemplatePatch::default() },
        )?;
        settle(service, tx)?;
        let changed = rules_on(service, tx, 7)?;
        let parts: Vec<_> =
            changed.iter().map(|rule| (rule.spec.namespace.as_str(), metrics(&rule.spec))).collect();
        assert_eq!(
            parts,
            [("SYS.ECS", vec!["cpu_util"]), ("SYS.EVS", vec!["iops"]), ("AGT.ECS", vec!["load"])]
        );
        assert_eq!(changed[0].key, rules[0].key);

        // Another set takes its place; none at all undoes everything.
        service.associate(tx, OWNER, 7, &wanted(&[disk.id]))?;
        settle(service, tx)?;
        let left: Vec<_> = rules_on(service, tx, 7)?.into_iter().map(|rule| rule.key).collect();
        assert_eq!(left, [changed[1].key.clone()]);
        service.associate(tx, OWNER, 7, &wanted(&[]))?;
        settle(service, tx)?;
        assert!(rules_on(service, tx, 7)?.is_empty());
        assert_eq!(rules_on(service, tx, 8)?.len(), 2);
        Ok(())
    })
}

#[test]
fn a_deleted_template_leaves_its_groups() -> Result<()> {
    on_each(|service, tx| {
        let web = service.create(tx, OWNER, new("web", ecs()))?;
        let wanted = Association { templates: vec![web.id], rule: RuleSpec::default() };
        service.associate(tx, OWNER, 7, &wanted)?;
        settle(service, tx)?;
        service.delete(tx, OWNER, web.id, false)?;
        settle(service, tx)?;
        assert!(service.of_group(tx, OWNER, 7)?.is_empty());
        let rules = rules_on(service, tx, 7)?;
        assert_eq!(rules.iter().map(|rule| rule.spec.template_id).collect::<Vec<_>>(), [None, None]);
        let unknown = service.associate(tx, OWNER, 7, &wanted);
        assert!(matches!(unknown, Err(Error::NotFound { .. })), "{unknown:?}");
        Ok(())
    })
}

#[test]
fn applications_are_remembered_by_group() -> Result<()> {
    on_each(|service, tx| {
        let web = service.create(tx, OWNER, new("web", ecs()))?;
        for group in [(1, "a"), (2, "b"), (1, "c")] {
            service.note_applied(tx, OWNER, web.id, group)?;
        }
        let found = service.applications(tx, OWNER, web.id)?;
        let groups: Vec<_> = found.iter().map(|(id, name, _)| (*id, name.as_str())).collect();
        assert_eq!(groups, [(2, "b"), (1, "c")]);
        assert!(matches!(service.applications(tx, OTHER, web.id), Err(Error::NotFound { .. })));
        Ok(())
    })
}
