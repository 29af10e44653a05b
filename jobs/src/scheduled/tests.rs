//! The rules, over a store.

use std::collections::BTreeMap;

use muster_core::{Error, PageRequest, Result, Timestamp};
use muster_db::Tx;
use muster_db::testing::TestStore;

use super::query::{Comparison, Condition, Operand, Query, Test};
use super::{
    GroupPatch, Job, JobKind, JobPatch, Limits, MIGRATIONS, NewGroup, NewJob, NewTag, NewTagPattern,
    NewTrigger, RuleKind, Scope, Service, Settings, TagSource, TaggedKind, Trigger, TriggerPatch,
};
use crate::trigger::{Rule, Timing, Window};

const OWN: &str = "1000000000000001";
const OTHER: &str = "1000000000000002";
const TARGET: &str = "0123456789abcdef0123456789abcdef";

/// Runs `work` in one transaction, on SQLite and, where it is installed, on PostgreSQL.
fn in_store(work: fn(&Service, &mut Tx<'_>) -> Result<()>) {
    TestStore::on_each(MIGRATIONS, |store| store.db.write_blocking(move |tx| work(&Service::default(), tx)))
        .unwrap();
}

fn new_job(name: &str, kind: JobKind) -> NewJob {
    NewJob {
        id: None,
        name: name.to_owned(),
        description: None,
        kind,
        target: TARGET.to_owned(),
        settings: Settings::new(),
    }
}

fn new_group(kind: JobKind, settings: Settings) -> NewGroup {
    NewGroup { id: None, name: "nightly".to_owned(), description: None, kind, settings }
}

fn new_trigger(name: &str, rule: Rule, start: Option<Timestamp>) -> NewTrigger {
    let window = Window { not_before: start, not_after: None };
    NewTrigger { id: None, name: name.to_owned(), description: None, timing: Timing { rule, window } }
}

fn daily(name: &str) -> NewTrigger {
    new_trigger(name, Rule::Cron { expression: "0 0 3 * * ?".to_owned() }, None)
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn kind_of<T>(outcome: Result<T>) -> &'static str {
    outcome.err().map_or("done", |error| error.kind())
}

#[test]
fn a_group_hands_its_settings_to_its_jobs() {
    in_store(|service, tx| {
        let own = Scope::Account(OWN);
        let group = service.create_group(tx, OWN, new_group(JobKind::VmBackup, Settings::new()))?;
        let job = service.create_job(tx, OWN, new_job("a", JobKind::VmBackup))?;
        let stranger = service.create_job(tx, OWN, new_job("b", JobKind::StopVm))?;
        service.add_members(tx, own, &group.id, &[(job.id.clone(), 5)])?;
        assert_eq!(kind_of(service.add_members(tx, own, &group.id, &[(stranger.id, 0)])), "invalid");
        assert_eq!(
            kind_of(service.add_members(tx, own, &group.id, &[(job.id.clone(), 0)])),
            "already_exists"
        );
        assert_eq!(kind_of(service.add_members(tx, own, &group.id, &[])), "invalid");

        let count = settings(&[("retentionType", "Count"), ("retentionValue", "3")]);
        let patch = GroupPatch { settings: count.clone(), ..GroupPatch::default() };
        service.update_group(tx, own, &group.id, patch)?;
        assert_eq!(service.get_job(tx, own, &job.id)?.settings, count);
        let half = GroupPatch { settings: settings(&[("retentionValue", "")]), ..GroupPatch::default() };
        assert_eq!(kind_of(service.update_group(tx, own, &group.id, half)), "invalid");

        service.remove_members(tx, own, &group.id, std::slice::from_ref(&job.id))?;
        assert!(service.get_group(tx, own, &group.id)?.job_ids.is_empty());
        assert!(service.get_job(tx, own, &job.id)?.group_ids.is_empty());
        Ok(())
    });
}

#[test]
fn deleting_a_group_keeps_its_jobs() {
    in_store(|service, tx| {
        let own = Scope::Account(OWN);
        let group = service.create_group(tx, OWN, new_group(JobKind::StopVm, Settings::new()))?;
        let job = service.create_job(tx, OWN, new_job("a", JobKind::StopVm))?;
        let trigger = service.create_trigger(tx, OWN, daily("t"))?;
        service.add_members(tx, own, &group.id, &[(job.id.clone(), 0)])?;
        service.attach_group(tx, own, &group.id, &trigger.id)?;
        service.delete_group(tx, own, &group.id)?;
        assert_eq!(kind_of(service.get_group(tx, own, &group.id)), "not_found");
        assert!(service.get_job(tx, own, &job.id)?.group_ids.is_empty());
        assert!(service.get_trigger(tx, own, &trigger.id)?.group_ids.is_empty());

        let thorough = Service { delete_jobs_with_group: true, ..Service::default() };
        let group = service.create_group(tx, OWN, new_group(JobKind::StopVm, Settings::new()))?;
        service.add_members(tx, own, &group.id, &[(job.id.clone(), 0)])?;
        thorough.delete_group(tx, own, &group.id)?;
        assert_eq!(kind_of(service.get_job(tx, own, &job.id)), "not_found");
        Ok(())
    });
}

#[test]
fn accounts_do_not_see_each_other() {
    in_store(|service, tx| {
        let other = Scope::Account(OTHER);
        let job = service.create_job(tx, OWN, new_job("mine", JobKind::StopVm))?;
        let group = service.create_group(tx, OWN, new_group(JobKind::StopVm, Settings::new()))?;
        let trigger = service.create_trigger(tx, OWN, daily("t"))?;
        let theirs = service.create_job(tx, OTHER, new_job("theirs", JobKind::StopVm))?;
        assert_eq!(kind_of(service.get_job(tx, other, &job.id)), "not_found");
        assert_eq!(kind_of(service.update_job(tx, other, &job.id, JobPatch::default())), "not_found");
        assert_eq!(kind_of(service.delete_job(tx, other, &job.id)), "not_found");
        assert_eq!(kind_of(service.delete_group(tx, other, &group.id)), "not_found");
        assert_eq!(kind_of(service.delete_trigger(tx, other, &trigger.id)), "not_found");
        assert_eq!(kind_of(service.attach_job(tx, other, &theirs.id, &trigger.id)), "not_found");
        assert_eq!(service.count::<Job>(tx, other, &Query::default())?, 1);
        assert_eq!(service.count::<Job>(tx, Scope::Everything, &Query::default())?, 2);
        Ok(())
    });
}

#[test]
fn a_job_is_tied_to_a_trigger_once_and_not_to_a_spent_one() {
    TestStore::on_each(MIGRATIONS, |store| {
        let (job_id, once_id) = store.db.write_blocking(|tx| {
            let service = Service::default();
            let job = service.create_job(tx, OWN, new_job("a", JobKind::StopVm))?;
            let simple = Rule::Simple { interval_s: None, repeat: 1 };
            let start = tx.now();
            let once = service.create_trigger(tx, OWN, new_trigger("once", simple, Some(start)))?;
            Ok((job.id, once.id))
        })?;
        store.clock.advance(60_000);
        store.db.write_blocking(move |tx| {
            let limits = Limits { triggers_per_owner: 1, ..Limits::default() };
            let service = Service { limits, ..Service::default() };
            let own = Scope::Account(OWN);
            assert_eq!(kind_of(service.attach_job(tx, own, &job_id, &once_id)), "conflict");
            let daily_id = service.create_trigger(tx, OWN, daily("t"))?.id;
            service.attach_job(tx, own, &job_id, &daily_id)?;
            assert_eq!(kind_of(service.attach_job(tx, own, &job_id, &daily_id)), "already_exists");
            let second = service.create_trigger(tx, OWN, daily("u"))?.id;
            assert_eq!(kind_of(service.attach_job(tx, own, &job_id, &second)), "quota");
            assert_eq!(service.get_job(tx, own, &job_id)?.trigger_ids, vec![daily_id.clone()]);
            service.detach_job(tx, own, &job_id, &daily_id)?;
            service.detach_job(tx, own, &job_id, &daily_id)?;
            assert!(service.get_trigger(tx, own, &daily_id)?.job_ids.is_empty());
            Ok(())
        })
    })
    .unwrap();
}

#[test]
fn a_changed_trigger_is_checked_as_a_whole() {
    in_store(|service, tx| {
        let own = Scope::Account(OWN);
        let start = tx.now();
        let simple = Rule::Simple { interval_s: Some(10), repeat: 3 };
        let id = service.create_trigger(tx, OWN, new_trigger("t", simple, Some(start)))?.id;
        let patch = TriggerPatch { repeat: Some(5), ..TriggerPatch::default() };
        let changed = service.update_trigger(tx, own, &id, patch)?;
        assert_eq!(changed.timing.ends_at(), Some(start.plus_ms(40_000)));
        assert_eq!(changed.timing.window.not_before, Some(start));

        let foreign = TriggerPatch { cron: Some("0 0 3 * * ?".to_owned()), ..TriggerPatch::default() };
        assert_eq!(kind_of(service.update_trigger(tx, own, &id, foreign.clone())), "invalid");
        let switch = TriggerPatch { rule: Some(RuleKind::Cron), ..foreign };
        let changed = service.update_trigger(tx, own, &id, switch)?;
        assert_eq!(changed.timing.rule, Rule::Cron { expression: "0 0 3 * * ?".to_owned() });
        assert_eq!(changed.timing.window, Window::default());
        assert_eq!(service.get_trigger(tx, own, &id)?, changed);
        let never = TriggerPatch { cron: Some("0 0 0 31 2 ?".to_owned()), ..TriggerPatch::default() };
        assert_eq!(kind_of(service.update_trigger(tx, own, &id, never)), "invalid");
        Ok(())
    });
}

#[test]
fn searches_follow_relations_and_ignore_case() {
    in_store(|service, tx| {
        let own = Scope::Account(OWN);
        let first = service.create_job(tx, OWN, new_job("Ärger A", JobKind::StopVm))?;
        let second = service.create_job(tx, OWN, new_job("b_100%", JobKind::StartVm))?;
        let trigger = service.create_trigger(tx, OWN, daily("Nightly"))?;
        service.attach_job(tx, own, &first.id, &trigger.id)?;
        let tag = NewTag {
            source: TagSource::User,
            kind: TaggedKind::Job,
            resource_id: first.id.clone(),
            tag: "Team::Blue".to_owned(),
        };
        service.create_tag(tx, own, tag.clone())?;
        assert_eq!(kind_of(service.create_tag(tx, own, tag)), "already_exists");

        let mut found = |conditions: Vec<Condition>| {
            let query = Query { conditions, ..Query::default() };
            let jobs: Vec<Job> = service.find(tx, own, &query).unwrap();
            jobs.into_iter().map(|job| job.name).collect::<Vec<_>>()
        };
        let like = |pattern: &str, negated| {
            Condition::own("name", Test::Like { pattern: pattern.to_owned(), negated })
        };
        let at = |path: &[&'static str], condition: Condition| Condition { path: path.to_vec(), ..condition };
        assert_eq!(found(vec![Condition::is("name", "äRGER a")]), ["Ärger A"]);
        assert_eq!(found(vec![like("%R__A", false)]), Vec::<String>::new());
        assert_eq!(found(vec![like("%r A", false)]), ["Ärger A"]);
        assert_eq!(found(vec![like("%\\%", false)]), ["b_100%"]);
        assert_eq!(found(vec![like("%\\", false)]), Vec::<String>::new());
        assert_eq!(found(vec![like("%A", true)]), ["b_100%"]);
        assert_eq!(
            found(vec![at(&["trigger links", "trigger"], Condition::is("name", "nightly"))]),
            ["Ärger A"]
        );
        assert_eq!(found(vec![Condition::none_at(&["trigger links"], "id")]), ["b_100%"]);
        assert_eq!(found(vec![at(&["tags"], Condition::is("tag", "team::blue"))]), ["Ärger A"]);
        let not_blue = Condition { holds: false, ..at(&["tags"], Condition::is("tag", "team::blue")) };
        assert_eq!(found(vec![not_blue]), ["b_100%"]);
        let enabled = Test::Compare(Comparison::Equal, Operand::Number(1));
        assert_eq!(found(vec![Condition::own("enabled", enabled)]).len(), 2);
        let none = Test::In { values: Vec::new(), negated: false };
        assert_eq!(found(vec![Condition::own("kind", none)]).len(), 0);
        let all = Test::In { values: Vec::new(), negated: true };
        assert_eq!(found(vec![Condition::own("kind", all)]).len(), 2);

        let unknown = Query { conditions: vec![Condition::is("colour", "x")], ..Query::default() };
        assert_eq!(kind_of(service.find::<Job>(tx, own, &unknown)), "invalid");
        let misfit = Query { conditions: vec![Condition::is("enabled", "x")], ..Query::default() };
        assert_eq!(kind_of(service.find::<Job>(tx, own, &misfit)), "invalid");

        let page = PageRequest { offset: 0, limit: 1 };
        let sorted = Query { order: Some(("name", true)), page, ..Query::default() };
        assert_eq!(service.find::<Job>(tx, own, &sorted)?[0].id, first.id);
        assert_eq!(service.count::<Job>(tx, own, &sorted)?, 2);
        service.delete_job(tx, own, &second.id)?;
        assert_eq!(service.count::<Job>(tx, own, &sorted)?, 1);
        Ok(())
    });
}

#[test]
fn patterns_put_the_same_tag_on_many_records() {
    in_store(|service, tx| {
        let own = Scope::Account(OWN);
        let new = NewTagPattern {
            id: None,
            name: "team".to_owned(),
            value: "team::blue".to_owned(),
            description: None,
            color: Some("#4A9EFF".to_owned()),
            takes_tokens: false,
        };
        let pattern = service.create_tag_pattern(tx, OWN, new)?;
        let job = service.create_job(tx, OWN, new_job("a", JobKind::StopVm))?;
        let trigger = service.create_trigger(tx, OWN, daily("t"))?;
        let none = BTreeMap::new();
        for id in [&job.id, &trigger.id] {
            let tag = service.attach_tag_pattern(tx, own, &pattern.id, id, &none)?;
            assert_eq!((tag.tag.as_str(), tag.pattern_id.as_ref()), ("team::blue", Some(&pattern.id)));
        }
        let again = service.attach_tag_pattern(tx, own, &pattern.id, &job.id, &none);
        assert_eq!(kind_of(again), "already_exists");
        let other = Scope::Account(OTHER);
        assert_eq!(kind_of(service.attach_tag_pattern(tx, other, &pattern.id, &job.id, &none)), "not_found");
        let by_pattern = Condition { path: vec!["tags"], ..Condition::is("pattern", pattern.id.as_str()) };
        let query = Query { conditions: vec![by_pattern], ..Query::default() };
        assert_eq!(service.count::<Job>(tx, own, &query)?, 1);
        service.detach_tag_pattern(tx, own, &pattern.id, &job.id)?;
        assert_eq!(service.count::<Job>(tx, own, &query)?, 0);
        service.delete_tag_pattern(tx, own, &pattern.id)?;
        assert_eq!(service.count::<super::Tag>(tx, own, &Query::default())?, 0);
        Ok(())
    });
}

#[test]
fn ids_and_quotas() {
    in_store(|service, tx| {
        let wanted = "0123456789ab4cde8f0123456789abcd";
        let named = NewJob { id: Some(wanted.to_owned()), ..new_job("a", JobKind::StopVm) };
        assert_eq!(service.create_job(tx, OWN, named.clone())?.id, wanted);
        assert_eq!(kind_of(service.create_job(tx, OTHER, named)), "already_exists");
        let taken = NewTrigger { id: Some(wanted.to_owned()), ..daily("t") };
        assert_eq!(kind_of(service.create_trigger(tx, OWN, taken)), "already_exists");
        let small = Service { limits: Limits { jobs: 1, ..Limits::default() }, ..Service::default() };
        let refused = tx.attempt(|tx| small.create_job(tx, OWN, new_job("b", JobKind::StopVm)));
        assert_eq!(kind_of(refused), "quota");
        service.delete_job(tx, Scope::Account(OWN), wanted)?;
        assert_eq!(kind_of(small.create_job(tx, OWN, new_job("b", JobKind::StopVm))), "done");
        assert_eq!(kind_of(small.create_job(tx, OTHER, new_job("b", JobKind::StopVm))), "done");
        let nowhere = NewJob { target: "vm-1".to_owned(), ..new_job("c", JobKind::StopVm) };
        assert!(matches!(
            service.create_job(tx, OWN, nowhere),
            Err(Error::Invalid { field, .. }) if field == "target"
        ));
        let triggers: Vec<Trigger> = service.find(tx, Scope::Everything, &Query::default())?;
        assert!(triggers.is_empty());
        Ok(())
    });
}
