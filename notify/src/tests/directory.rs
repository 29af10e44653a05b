//! Contacts, groups, and the activation of channels.

use muster_core::{Engine, Error, PageRequest};

use super::*;
use crate::engine::Prune;

fn opened() -> Opened {
    Opened { source_ip: std::net::Ipv4Addr::new(192, 0, 2, 7).into(), request_id: muster_core::Uuid::nil() }
}

#[test]
fn channels_are_replaced_as_a_set() {
    on_each(|store| {
        use ChannelKind::{AliIm, DingTalk, Mail};
        use ChannelState::{Active, Pending};
        let world = World::new(store, "a");
        world
            .put("Alice", &[(Mail, "a@example.com"), (DingTalk, "http://h/robot"), (AliIm, "alice")])
            .unwrap();
        let first = world.contact("Alice").unwrap();
        assert_eq!(
            states(&first),
            [
                (Mail, "a@example.com", Pending),
                (DingTalk, "http://h/robot", Active),
                (AliIm, "alice", Active)
            ]
        );
        store.clock.advance(1_000);
        world.put("Alice", &[(DingTalk, "http://h/other")]).unwrap();
        let second = world.contact("Alice").unwrap();
        assert_eq!(states(&second), [(DingTalk, "http://h/other", Active)]);
        assert_eq!(
            (second.id, second.created_at, second.updated_at.since(first.updated_at)),
            (first.id, first.created_at, 1_000)
        );
        let withdrawn = &world.messages()[0];
        assert_eq!((withdrawn.state, withdrawn.purpose.as_str()), (MessageState::Cancelled, "activation"));
    });
}

#[test]
fn a_contact_needs_one_good_channel_and_a_good_name() {
    on_each(|store| {
        let world = World::new(store, "a");
        for (name, channels) in [
            ("Alice", vec![]),
            ("Alice", vec![(ChannelKind::Mail, "nobody")]),
            ("Alice", vec![(ChannelKind::Mail, "a@example.com"), (ChannelKind::Mail, "b@example.com")]),
            ("a,b", vec![(ChannelKind::Mail, "a@example.com")]),
        ] {
            assert!(matches!(world.put(name, &channels), Err(Error::Invalid { .. })), "{name} {channels:?}");
        }
        assert!(matches!(world.contact("Alice"), Err(Error::NotFound { what: "contact", .. })));
        assert!(world.messages().is_empty());
    });
}

#[test]
fn an_opened_link_activates_once() {
    on_each(|store| {
        let world = World::new(store, "a");
        world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        let token = token(&world.messages()[0]);
        let looked = store.db.read_blocking(|tx| Service::activation(tx, &token)).unwrap().unwrap();
        assert_eq!((looked.contact.as_str(), looked.value.as_str()), ("Alice", "a@example.com"));
        assert_eq!(world.contact("Alice").unwrap().channels[0].state, ChannelState::Pending);
        let confirm = |token: &str| {
            let token = token.to_owned();
            store.db.write_blocking(move |tx| Service::confirm_activation(tx, &token, &opened())).unwrap()
        };
        assert_eq!(confirm(&"0".repeat(48)), None);
        assert!(confirm(&token).is_some());
        assert_eq!(world.contact("Alice").unwrap().channels[0].state, ChannelState::Active);
        assert_eq!(confirm(&token), None);
        let filter = muster_identity::audit::AuditFilter::default();
        let audit = store
            .db
            .read_blocking(|tx| muster_identity::audit::list(tx, &world.caller.account_id, &filter, 9));
        let rows: Vec<_> =
            audit.unwrap().into_iter().map(|row| (row.operation, row.subject_id, row.source_ip)).collect();
        assert_eq!(rows, [("ActivateChannel".to_owned(), Some("Alice".to_owned()), "192.0.2.7".to_owned())]);
        world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        assert_eq!(world.contact("Alice").unwrap().channels[0].state, ChannelState::Active);
        assert_eq!(world.messages().len(), 1);
    });
}

#[test]
fn links_die_with_age_and_with_their_address() {
    on_each(|store| {
        let world = World::new(store, "a");
        let live =
            |token: &str| store.db.read_blocking(|tx| Service::activation(tx, token)).unwrap().is_some();
        world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        let first = token(&world.messages()[0]);
        store.clock.advance(24 * 60 * MINUTE_MS - 1);
        assert!(live(&first));
        store.clock.advance(1);
        assert!(!live(&first));
        world.put("Alice", &[(ChannelKind::Mail, "b@example.com")]).unwrap();
        let second = token(&world.messages()[0]);
        assert!(live(&second));
        world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        assert!(!live(&second));
        let third = token(&world.messages()[0]);
        assert!(live(&third));
        world.write(|tx, service, caller| service.delete_contact(tx, caller, "Alice")).unwrap();
        assert!(!live(&third));
        Prune::new(store.db.clone(), 0).run().unwrap();
    });
}

#[test]
fn the_same_waiting_address_is_asked_again_once_a_minute() {
    on_each(|store| {
        let world = World::new(store, "a");
        let put = || world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        put();
        put();
        assert_eq!(world.messages().len(), 1);
        store.clock.advance(MINUTE_MS);
        put();
        put();
        assert_eq!(world.messages().len(), 2);
    });
}

#[test]
fn without_activation_channels_work_at_once() {
    on_each(|store| {
        let pending = World::new(store, "a");
        pending.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        let settings = ContactSettings { activation: false, ..ContactSettings::default() };
        let world = World::with(store, "a", settings);
        world
            .put("Alice", &[(ChannelKind::Mail, "a@example.com"), (ChannelKind::Sms, "13800000000")])
            .unwrap();
        let contact = world.contact("Alice").unwrap();
        assert!(contact.channels.iter().all(|channel| channel.state == ChannelState::Active));
        assert_eq!(world.messages().len(), 1, "only the one from before");
    });
}

#[test]
fn an_administrator_can_vouch_for_a_channel() {
    on_each(|store| {
        let world = World::new(store, "a");
        world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        let activate = |kind| {
            world.write(move |tx, service, caller| service.activate_channel(tx, caller, "Alice", kind))
        };
        assert!(matches!(activate(ChannelKind::Sms), Err(Error::NotFound { what: "channel", .. })));
        activate(ChannelKind::Mail).unwrap();
        assert_eq!(world.contact("Alice").unwrap().channels[0].state, ChannelState::Active);
    });
}

#[test]
fn groups_keep_what_is_absent() {
    on_each(|store| {
        let world = World::new(store, "a");
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let put = |description: Option<&str>, subscribed, members| {
            world
                .put_group(PutContactGroup {
                    name: "g".into(),
                    description: description.map(str::to_owned),
                    subscribed,
                    members,
                })
                .unwrap();
            let group = world.group("g").unwrap();
            (group.description, group.subscribed, group.members)
        };
        assert_eq!(put(None, None, None), (String::new(), false, vec![]));
        assert_eq!(
            put(Some("d"), Some(true), names(&["x", "y", "x"])),
            ("d".into(), true, names(&["x", "y"]).unwrap())
        );
        store.clock.advance(5);
        assert_eq!(put(Some(""), None, None), (String::new(), true, names(&["x", "y"]).unwrap()));
        assert_eq!(put(None, None, names(&["z"])), (String::new(), true, names(&["z"]).unwrap()));
        assert_eq!(put(None, Some(false), names(&[])), (String::new(), false, vec![]));
        let group = world.group("g").unwrap();
        assert_eq!(group.updated_at.since(group.created_at), 5);
    });
}

#[test]
fn a_member_counts_from_when_its_contact_is_made() {
    on_each(|store| {
        let world = World::new(store, "a");
        let members = Some(vec!["late".to_owned(), "Alice".to_owned()]);
        world.put_group(PutContactGroup { name: "g".into(), members, ..PutContactGroup::default() }).unwrap();
        let live = || {
            let contacts =
                store.db.read_blocking(|tx| world.service.contacts_of_group(tx, &world.caller, "g"));
            contacts.unwrap().into_iter().map(|contact| contact.name).collect::<Vec<_>>()
        };
        assert!(live().is_empty());
        world.put("Alice", &[(ChannelKind::AliIm, "alice")]).unwrap();
        world.put("late", &[(ChannelKind::AliIm, "late")]).unwrap();
        assert_eq!(live(), ["late", "Alice"]);
        assert_eq!(world.contact("late").unwrap().groups, ["g"]);
        world.write(|tx, service, caller| service.delete_contact(tx, caller, "late")).unwrap();
        assert_eq!(world.group("g").unwrap().members, ["Alice"]);
        world.write(|tx, service, caller| service.delete_contact_group(tx, caller, "g")).unwrap();
        assert!(world.contact("Alice").unwrap().groups.is_empty());
        let again = world.write(|tx, service, caller| service.delete_contact_group(tx, caller, "g"));
        assert!(matches!(again, Err(Error::NotFound { what: "contact group", .. })));
    });
}

#[test]
fn a_strict_directory_refuses_unknown_members() {
    on_each(|store| {
        let settings = ContactSettings { strict: true, ..ContactSettings::default() };
        let world = World::with(store, "a", settings);
        let put = PutContactGroup {
            name: "g".into(),
            members: Some(vec!["x".into()]),
            ..PutContactGroup::default()
        };
        assert!(matches!(world.put_group(put), Err(Error::NotFound { what: "contact", id }) if id == "x"));
        assert!(world.group("g").is_err());
    });
}

#[test]
fn contacts_can_be_named_before_they_have_an_address() {
    on_each(|store| {
        let world = World::new(store, "a");
        let ensure = |name: &'static str| {
            world.write(move |tx, service, caller| service.ensure_contact(tx, caller, name))
        };
        assert!(ensure("Rita Vance").unwrap());
        assert!(!ensure("Rita Vance").unwrap());
        assert!(ensure("a/b").is_err());
        assert!(world.contact("Rita Vance").unwrap().channels.is_empty());
        let group =
            || world.write(|tx, service, caller| service.ensure_contact_group(tx, caller, "night-shift"));
        assert!(group().unwrap());
        assert!(!group().unwrap());
    });
}

#[test]
fn accounts_do_not_see_each_other() {
    on_each(|store| {
        let (ours, theirs) = (World::new(store, "a"), World::new(store, "b"));
        for world in [&ours, &theirs] {
            world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
            let members = Some(vec!["Alice".to_owned()]);
            world
                .put_group(PutContactGroup { name: "g".into(), members, ..PutContactGroup::default() })
                .unwrap();
        }
        ours.write(|tx, service, caller| service.delete_contact(tx, caller, "Alice")).unwrap();
        assert!(ours.contact("Alice").is_err());
        assert_eq!(theirs.contact("Alice").unwrap().groups, ["g"]);
        assert_eq!(theirs.group("g").unwrap().members, ["Alice"]);
        assert!(ours.group("g").unwrap().members.is_empty());
        assert_eq!(theirs.messages()[0].state, MessageState::Queued);
        let id = theirs.messages()[0].id;
        let peek = store.db.read_blocking(|tx| ours.service.get_message(tx, &ours.caller, id));
        assert!(matches!(peek, Err(Error::NotFound { what: "message", .. })));
    });
}

#[test]
fn lists_are_stable_pages_newest_first() {
    on_each(|store| {
        let world = World::new(store, "a");
        for number in 0..7 {
            if number % 2 == 0 {
                store.clock.advance(1);
            }
            let channels: &[_] = if number < 3 {
                &[(ChannelKind::Mail, "a@example.com")]
            } else {
                &[(ChannelKind::AliIm, "x")]
            };
            world.put(&format!("c{number}"), channels).unwrap();
        }
        let list = |filter: &ContactFilter, number, size| {
            let page = PageRequest::numbered(number, size);
            let page = store
                .db
                .read_blocking(|tx| world.service.list_contacts(tx, &world.caller, filter, page))
                .unwrap();
            (page.items.into_iter().map(|contact| contact.name).collect::<Vec<_>>(), page.total)
        };
        let all = ContactFilter::default();
        assert_eq!(list(&all, 1, 4), (["c6", "c4", "c5", "c2"].map(str::to_owned).to_vec(), 7));
        assert_eq!(list(&all, 2, 4), (["c3", "c0", "c1"].map(str::to_owned).to_vec(), 7));
        assert_eq!(list(&all, 3, 4), (vec![], 7));
        assert_eq!(list(&all, u64::MAX, 4), (vec![], 7));
        let by = |name: Option<&str>, channel, value: Option<&str>| {
            let filter = ContactFilter {
                name: name.map(str::to_owned),
                channel,
                channel_value: value.map(str::to_owned),
                name_prefix: None,
            };
            list(&filter, 1, 10).1
        };
        assert_eq!(by(Some("c1"), None, None), 1);
        assert_eq!(by(Some("C1"), None, None), 0);
        assert_eq!(by(None, Some(ChannelKind::Mail), None), 3);
        assert_eq!(by(None, Some(ChannelKind::Mail), Some("a@example.com")), 3);
        assert_eq!(by(None, Some(ChannelKind::Mail), Some("b@example.com")), 0);
        assert_eq!(by(None, None, Some("x")), 4);
        assert_eq!(by(Some("c5"), Some(ChannelKind::Mail), None), 0);
        assert_eq!(list(&ContactFilter { name_prefix: Some("c".into()), ..all.clone() }, 1, 1).1, 7);
        assert_eq!(list(&ContactFilter { name_prefix: Some("c_".into()), ..all }, 1, 1).1, 0);
    });
}
