//! Rules, their targets, and what became of each match.

use jiff::tz::TimeZone;
use muster_core::{Engine, Error};
use muster_identity::testing::root_caller;
use muster_notify::{
    Bridges, ChannelKind, ContactSettings, Message, MessageFilter, PutContact, PutContactGroup,
};

use serde_json::json;

use super::*;
use crate::rules::{
    Aim, Match, MatchFilter, OneOf, Outcome, Pattern, Reach, RuleFilter, RuleSpec, Target, Tell,
};

fn any() -> Pattern {
    Pattern {
        source: None,
        categories: OneOf::Unsaid,
        levels: OneOf::Unsaid,
        names: OneOf::Unsaid,
        states: OneOf::Unsaid,
        keyword: String::new(),
        condition: String::new(),
    }
}

fn spec(patterns: Vec<Pattern>) -> RuleSpec {
    RuleSpec {
        description: String::new(),
        kind: Kind::Custom,
        enabled: true,
        group_id: None,
        silence_ms: 0,
        patterns,
    }
}

fn people(group: &str) -> Target {
    let aim = Aim::ContactGroup { name: group.to_owned(), reach: Reach::Text };
    Target { list: "contacts".to_owned(), id: "1".to_owned(), aim }
}

impl World<'_> {
    fn put(&self, name: &str, spec: RuleSpec) -> Result<()> {
        let (service, name) = (Arc::clone(&self.service), name.to_owned());
        self.store.db.write_blocking(move |tx| service.put_rule(tx, "1000", &name, &spec))
    }

    fn put_targets(&self, name: &str, targets: Vec<Target>) -> Result<()> {
        let (service, name) = (Arc::clone(&self.service), name.to_owned());
        self.store.db.write_blocking(move |tx| service.put_targets(tx, "1000", &name, &targets))
    }

    /// A contact group with one member, who is reached by mail and text message.
    fn people(&self, group: &str) -> Result<()> {
        let settings = ContactSettings { activation: false, ..ContactSettings::default() };
        let notify = muster_notify::Service::new(settings, "http://127.0.0.1:8080");
        let group = group.to_owned();
        self.store.db.write_blocking(move |tx| {
            let caller = root_caller("1000");
            let channels = vec![
                (ChannelKind::Mail, "eve@example.com".to_owned()),
                (ChannelKind::Sms, "86-13900000000".to_owned()),
            ];
            let contact = PutContact { name: "eve".to_owned(), channels, ..PutContact::default() };
            notify.put_contact(tx, &caller, &contact)?;
            let members = Some(vec!["eve".to_owned()]);
            let group = PutContactGroup { name: group.clone(), members, ..PutContactGroup::default() };
            notify.put_contact_group(tx, &caller, &group).map(drop)
        })
    }

    fn tell(&self) -> Result<()> {
        let bridges = Bridges::new(&["acs:mns:=http://h/mns".to_owned()])?;
        Tell::new(self.store.db.clone(), Arc::new(Plain), bridges, TimeZone::UTC, "http://h/").run()
    }

    /// What became of matches, the oldest first.
    fn matches(&self) -> Result<Vec<Match>> {
        let filter = MatchFilter { limit: 100, ..MatchFilter::default() };
        let mut found =
            self.store.db.read_blocking(|tx| self.service.list_matches(tx, MINE.account_id, &filter))?;
        found.reverse();
        Ok(found)
    }

    fn messages(&self) -> Result<Vec<Message>> {
        let notify = muster_notify::Service::new(ContactSettings::default(), "http://127.0.0.1:8080");
        self.store.db.read_blocking(|tx| {
            notify.list_messages(tx, &root_caller("1000"), &MessageFilter::default(), 100)
        })
    }
}

#[test]
fn each_part_of_a_pattern_must_fit() {
    let these = |word: &str| OneOf::These(vec![word.to_owned(), "other".to_owned()]);
    on_each(|world| {
        let patterns = [
            ("any", any(), true),
            ("source", Pattern { source: Some("MINE.APP".to_owned()), ..any() }, true),
            ("other source", Pattern { source: Some("ECS".to_owned()), ..any() }, false),
            ("name", Pattern { names: these("full"), ..any() }, true),
            ("other name", Pattern { names: these("slow"), ..any() }, false),
            ("all names", Pattern { names: OneOf::Any, ..any() }, true),
            ("minor is major", Pattern { levels: OneOf::These(vec![Level::Major]), ..any() }, true),
            ("level", Pattern { levels: OneOf::These(vec![Level::Critical, Level::Info]), ..any() }, false),
            (
                "no category",
                Pattern { categories: OneOf::These(vec![crate::Category::Exception]), ..any() },
                true,
            ),
            ("state", Pattern { states: these("warning"), ..any() }, true),
            ("other state", Pattern { states: these("normal"), ..any() }, false),
            ("keyword", Pattern { keyword: "free".to_owned(), ..any() }, true),
            ("other keyword", Pattern { keyword: "busy".to_owned(), ..any() }, false),
            ("condition", Pattern { condition: "name: full and free < 4".to_owned(), ..any() }, true),
            ("other condition", Pattern { condition: "free > 4".to_owned(), ..any() }, false),
        ];
        let mut expected = Vec::new();
        for (name, pattern, fits) in patterns {
            world.put(name, spec(vec![Pattern { names: these("never"), ..any() }, pattern]))?;
            expected.extend(fits.then_some(name));
        }
        world.put("disabled", RuleSpec { enabled: false, ..spec(vec![any()]) })?;
        world.put("system", RuleSpec { kind: Kind::System, ..spec(vec![any()]) })?;
        world.put("group", RuleSpec { group_id: Some(7), ..spec(vec![any()]) })?;
        world.put("other group", RuleSpec { group_id: Some(8), ..spec(vec![any()]) })?;
        expected.push("group");
        let event = Facts { level: Some(Level::Minor), group_id: Some(7), ..facts("full", world.now()) };
        world.report(MINE, &[event], Repeats::Same)?;
        world.report(THEIRS, &[facts("full", world.now())], Repeats::Same)?;
        let matches = world.matches()?;
        assert_eq!(matches.iter().map(|one| one.rule_name.as_str()).collect::<Vec<_>>(), expected);
        assert!(matches.iter().all(|one| one.outcome == Outcome::Pending));
        Ok(())
    });
}

#[test]
fn a_match_reaches_people_and_addresses() {
    on_each(|world| {
        world.people("ops")?;
        world.put("disks", spec(vec![any()]))?;
        let hook = |id: &str, get| Target {
            list: "hooks".to_owned(),
            id: id.to_owned(),
            aim: Aim::Webhook { url: "http://h/hook".to_owned(), get },
        };
        let bridge = |id: &str, address: &str| Target {
            list: "queues".to_owned(),
            id: id.to_owned(),
            aim: Aim::Bridge { address: address.to_owned(), kept_for_wire: json!({"Queue": "q"}) },
        };
        let again = Target { id: "2".to_owned(), ..people("ops") };
        let targets = vec![
            people("ops"),
            again,
            hook("post", false),
            hook("get", true),
            bridge("1", "acs:mns:cn:1:/queues/q/message"),
            bridge("2", "acs:fc:cn:1:services/s/functions/f"),
        ];
        world.put_targets("disks", targets.clone())?;
        let kept = world.store.db.read_blocking(|tx| world.service.list_targets(tx, "1000", "disks"))?;
        assert_eq!(kept, targets);
        world.report(MINE, &[facts("full", world.now())], Repeats::Same)?;
        world.tell()?;
        let matches = world.matches()?;
        assert_eq!(matches[0].outcome, Outcome::Told);
        let told: Vec<_> = matches[0]
            .told
            .iter()
            .map(|told| (told.id.as_str(), told.messages.len(), told.note.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("1", 2, ""),
                ("2", 0, "nobody who is not told already"),
                ("post", 1, ""),
                ("get", 1, ""),
                ("1", 1, ""),
                ("2", 0, "no bridge leads to acs:fc:cn:1:services/s/functions/f"),
            ]
        );
        let document = r#"{"rule":"disks","source":"MINE.APP","name":"full","content":{"free":3}}"#;
        let messages = world.messages()?;
        let sent = |target: &str| messages.iter().find(|message| message.target == target).unwrap();
        let post = sent("http://h/hook");
        assert_eq!(
            (post.content.body.as_str(), post.content.content_type.as_str()),
            (document, "application/json")
        );
        let get = sent("http://h/hook?rule=disks&source=MINE.APP&name=full&content=%7B%22free%22%3A3%7D");
        assert!(get.content.get && get.content.body.is_empty());
        assert_eq!(sent("http://h/mns").content.body, document);
        let mail = sent("eve@example.com");
        assert_eq!(mail.content.subject, "Warning Event \"full\" of the disk");
        assert!(mail.content.text.contains("Rule: disks\nSource: MINE.APP\n"), "{}", mail.content.text);
        assert!(mail.content.text.contains("/console/events/"), "{}", mail.content.text);
        world.tell()?;
        assert_eq!((world.matches()?, world.messages()?.len()), (matches, messages.len()));
        Ok(())
    });
}

#[test]
fn nobody_is_told_twice_within_the_silence() {
    on_each(|world| {
        world.people("ops")?;
        world.put("disks", RuleSpec { silence_ms: 60_000, ..spec(vec![any()]) })?;
        world.put_targets("disks", vec![people("ops")])?;
        let other = |at| Facts { resource_id: "disk-2".to_owned(), ..facts("full", at) };
        for step_ms in [0, 59_999, 1] {
            world.store.clock.advance(step_ms);
            let now = world.now();
            world.report(MINE, &[facts("full", now), other(now)], Repeats::Same)?;
        }
        world.tell()?;
        let outcomes: Vec<_> = world.matches()?.iter().map(|one| one.outcome).collect();
        let (told, silenced) = (Outcome::Told, Outcome::Silenced);
        assert_eq!(outcomes, [told, told, silenced, silenced, told, told]);
        assert!(world.matches()?[2].told[0].note.starts_with("silent until 2026-01-15T08:31:00"));
        Ok(())
    });
}

#[test]
fn a_match_that_reaches_nobody_says_why() {
    on_each(|world| {
        world.put("nowhere", spec(vec![any()]))?;
        world.put("nobody", spec(vec![any()]))?;
        world.put("gone", spec(vec![any()]))?;
        world.put_targets("nobody", vec![people("strangers")])?;
        world.report(MINE, &[facts("full", world.now())], Repeats::Same)?;
        let service = Arc::clone(&world.service);
        world.store.db.write_blocking(move |tx| service.delete_rules(tx, "1000", &["gone".to_owned()]))?;
        world.tell()?;
        let matches = world.matches()?;
        let said: Vec<_> = matches.iter().map(|one| (one.outcome, one.told[0].note.as_str())).collect();
        assert_eq!(
            said,
            [
                (Outcome::Nobody, "the rule has no targets"),
                (Outcome::Nobody, "there is no contact group strangers"),
                (Outcome::Nobody, "the rule was deleted"),
            ]
        );
        Ok(())
    });
}

#[test]
fn rules_are_put_listed_switched_and_deleted() {
    on_each(|world| {
        let service = &world.service;
        world.put("web_1", spec(vec![any()]))?;
        world.store.clock.advance(1);
        world.put("web%2", RuleSpec { group_id: Some(7), ..spec(vec![any()]) })?;
        let changed = RuleSpec { description: "d".to_owned(), enabled: false, ..spec(vec![any(), any()]) };
        world.put("web_1", changed.clone())?;
        let list = |filter: RuleFilter| -> Result<Vec<String>> {
            let page = world
                .store
                .db
                .read_blocking(|tx| service.list_rules(tx, "1000", &filter, PageRequest::ALL))?;
            assert_eq!(page.total, page.items.len() as u64);
            Ok(page.items.into_iter().map(|rule| rule.name).collect())
        };
        assert_eq!(list(RuleFilter::default())?, ["web%2", "web_1"]);
        assert_eq!(
            list(RuleFilter { name_prefix: Some("web_".to_owned()), ..RuleFilter::default() })?,
            ["web_1"]
        );
        assert_eq!(list(RuleFilter { enabled: Some(true), ..RuleFilter::default() })?, ["web%2"]);
        assert_eq!(list(RuleFilter { group_id: Some(7), ..RuleFilter::default() })?, ["web%2"]);
        let rule = world.store.db.read_blocking(|tx| service.get_rule(tx, "1000", "web_1"))?;
        assert_eq!(rule.spec, changed);
        assert!(world.store.db.read_blocking(|tx| service.get_rule(tx, "2000", "web_1")).is_err());
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (both, none) = (names(&["web_1", "nothing"]), names(&["nothing"]));
        let act = |act: fn(&Service, &mut Tx<'_>, &[String]) -> Result<()>, names: &[String]| {
            let (service, names) = (Arc::clone(&world.service), names.to_vec());
            world.store.db.write_blocking(move |tx| act(&service, tx, &names))
        };
        act(|service, tx, names| service.switch_rules(tx, "1000", names, true), &both)?;
        assert_eq!(list(RuleFilter { enabled: Some(true), ..RuleFilter::default() })?.len(), 2);
        let missing = act(|service, tx, names| service.switch_rules(tx, "1000", names, true), &none);
        assert!(matches!(missing, Err(Error::NotFound { what: "event rule", .. })));
        let foreign = act(|service, tx, names| service.delete_rules(tx, "2000", names), &both);
        assert!(matches!(foreign, Err(Error::NotFound { what: "event rule", .. })));
        world.put_targets("web_1", vec![people("ops"), Target { id: "2".to_owned(), ..people("dba") }])?;
        world.put_targets("web_1", vec![people("dba")])?;
        act(|service, tx, ids| service.delete_targets(tx, "1000", "web_1", ids), &names(&["2", "3"]))?;
        let targets = world.store.db.read_blocking(|tx| service.list_targets(tx, "1000", "web_1"))?;
        assert_eq!(targets, [people("dba")]);
        let many = (0..6).map(|id| Target { id: id.to_string(), ..people("ops") }).collect();
        assert!(matches!(world.put_targets("web_1", many), Err(Error::Quota { limit: 5, .. })));
        assert!(matches!(world.put_targets("nothing", vec![]), Err(Error::NotFound { .. })));
        act(|service, tx, names| service.delete_rules(tx, "1000", names), &both)?;
        assert_eq!(list(RuleFilter::default())?, ["web%2"]);
        Ok(())
    });
}

#[test]
fn what_a_rule_cannot_be_is_named() {
    on_each(|world| {
        let long = "x".repeat(129);
        for (name, wrong, field) in [
            ("", spec(vec![any()]), "event rule name"),
            (&long, spec(vec![any()]), "event rule name"),
            ("a\nb", spec(vec![any()]), "event rule name"),
            ("a", spec(vec![]), "patterns"),
            ("a", RuleSpec { silence_ms: -1, ..spec(vec![any()]) }, "silence"),
            ("a", RuleSpec { description: "x".repeat(1_025), ..spec(vec![any()]) }, "description"),
            ("a", spec(vec![Pattern { condition: "level:".to_owned(), ..any() }]), "condition"),
        ] {
            let refused = world.put(name, wrong);
            assert!(matches!(&refused, Err(Error::Invalid { field: f, .. }) if f == field), "{refused:?}");
        }
        Ok(())
    });
}
