//! Telling people, and what becomes of messages.

use std::io::{Read, Write};

use muster_core::Engine;

use super::*;
use crate::engine::Prune;

#[test]
fn telling_reaches_each_person_once_on_usable_channels() {
    on_each(|store| {
        let world = World::new(store, "a");
        world
            .put("Alice", &[(ChannelKind::Mail, "a@example.com"), (ChannelKind::DingTalk, "http://h/r")])
            .unwrap();
        world.put("Bob", &[(ChannelKind::Mail, "b@example.com")]).unwrap();
        for (group, members) in [("g", vec!["Alice", "Bob"]), ("h", vec!["Alice", "nobody"])] {
            let members = Some(members.into_iter().map(str::to_owned).collect());
            world
                .put_group(PutContactGroup { name: group.into(), members, ..PutContactGroup::default() })
                .unwrap();
        }
        let tell = |key: &'static str| {
            let recipients = Recipients {
                groups: ["g", "h", "i"].map(str::to_owned).to_vec(),
                contacts: vec!["Alice".into(), "Carol".into()],
                topics: Vec::new(),
            };
            world
                .write(move |tx, _, caller| {
                    let media = [Medium::Mail, Medium::Sms, Medium::DingTalk];
                    let notice = Notice { key, purpose: "alarm", media: &media, silenced: &[] };
                    let content =
                        |lang: Lang, _| Content { subject: lang.as_str().into(), ..Content::default() };
                    Service::tell(tx, &caller.account_id, &recipients, &notice, content)
                })
                .unwrap()
        };
        let first = tell("alarm/1");
        assert_eq!(first.messages.len(), 1);
        assert_eq!(first.unreachable, ["Bob"]);
        assert_eq!(first.unknown, ["i", "Carol"]);
        assert!(tell("alarm/1").messages.is_empty(), "the same key tells nobody twice");
        assert_eq!(tell("alarm/2").messages.len(), 1);
        let alarm = world.messages().into_iter().find(|message| message.purpose == "alarm").unwrap();
        assert_eq!(
            (alarm.medium, alarm.target.as_str(), alarm.content.subject.as_str()),
            (Medium::DingTalk, "http://h/r", "en")
        );
    });
}

#[test]
fn a_notice_has_its_own_messages_and_no_others() {
    on_each(|store| {
        let world = World::new(store, "a");
        world.put("Alice", &[(ChannelKind::DingTalk, "http://h/r"), (ChannelKind::AliIm, "a")]).unwrap();
        let tell = |key: &'static str| {
            let recipients = Recipients { contacts: vec!["Alice".into()], ..Recipients::default() };
            let told = world.write(move |tx, _, caller| {
                let notice = Notice { key, purpose: "alarm", media: &[Medium::DingTalk], silenced: &[] };
                Service::tell(tx, &caller.account_id, &recipients, &notice, |_, _| Content::default())
            });
            told.unwrap().messages
        };
        let (first, _) = (tell("alarm/1"), (tell("alarm/10"), tell("alarm/2"), tell("alarm/1-x")));
        world.engine_on_loopback().run().unwrap();
        let of = |world: &World<'_>, key: &str| {
            let read = |tx: &mut muster_db::Tx<'_>| world.service.messages_of_notice(tx, &world.caller, key);
            store.db.read_blocking(read).unwrap()
        };
        let found = of(&world, "alarm/1");
        assert_eq!(found.iter().map(|(message, _)| message.id).collect::<Vec<_>>(), first);
        assert_eq!((found[0].0.target.as_str(), found[0].1.len()), ("http://h/r", 1));
        assert!(of(&World::new(store, "b"), "alarm/1").is_empty());
    });
}

#[test]
fn what_a_rule_silences_is_noted_and_never_sent() {
    on_each(|store| {
        let world = World::new(store, "a");
        world.put("Alice", &[(ChannelKind::DingTalk, "http://h/r")]).unwrap();
        let told = world
            .write(|tx, _, caller| {
                let silenced = [(Medium::DingTalk, "outside of the hours of policy nights".to_owned())];
                let notice = Notice {
                    key: "alarm/1",
                    purpose: "alarm",
                    media: &[Medium::DingTalk, Medium::Mail],
                    silenced: &silenced,
                };
                let recipients = Recipients { contacts: vec!["Alice".into()], ..Recipients::default() };
                Service::tell(tx, &caller.account_id, &recipients, &notice, |_, _| Content::default())
            })
            .unwrap();
        assert_eq!((told.messages.len(), told.silenced, told.unreachable.len()), (0, 1, 0));
        world.engine(SmtpSettings::default()).run().unwrap();
        let message = &world.messages()[0];
        assert_eq!((message.state, message.attempts), (MessageState::Silenced, 0));
        assert_eq!(message.detail, "outside of the hours of policy nights");
        assert!(message.finished_at.is_some());
    });
}

#[test]
fn mails_become_files_without_a_gateway() {
    on_each(|store| {
        let world = World::new(store, "a");
        world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        world.engine(SmtpSettings::default()).run().unwrap();
        let message = &world.messages()[0];
        assert_eq!(message.state, MessageState::Written);
        assert!(message.detail.contains("no mail gateway is configured"), "{}", message.detail);
        let files: Vec<_> =
            std::fs::read_dir(world.outbox()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files, [format!("{}.eml", message.id).as_str()]);
        let attempts = world.attempts(message.id);
        assert_eq!((attempts.len(), attempts[0].number, attempts[0].outcome.as_str()), (1, 1, "written"));
        assert!(attempts[0].finished_at.is_some());
    });
}

#[test]
fn an_unreachable_gateway_is_tried_again_and_given_up() {
    on_each(|store| {
        let world = World::new(store, "a");
        world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        // A port that was free a moment ago: nobody answers there.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let smtp = SmtpSettings {
            host: Some("127.0.0.1".into()),
            port: Some(port),
            security: SmtpSecurity::None,
            ..SmtpSettings::default()
        };
        let engine = world.engine(smtp);
        let id = world.messages()[0].id;
        for (number, wait_ms) in [(1, MINUTE_MS), (2, 3 * MINUTE_MS)] {
            engine.run().unwrap();
            let message = &world.messages()[0];
            assert_eq!((message.state, message.attempts), (MessageState::Queued, number));
            assert_eq!(message.next_attempt_at.since(muster_core::Clock::now(&*store.clock)), wait_ms);
            store.clock.advance(wait_ms - 1);
            engine.run().unwrap();
            assert_eq!(world.messages()[0].attempts, number, "not before it is due");
            store.clock.advance(1);
        }
        engine.run().unwrap();
        assert_eq!(world.messages()[0].state, MessageState::Failed);
        let outcomes: Vec<_> = world.attempts(id).into_iter().map(|attempt| attempt.outcome).collect();
        assert_eq!(outcomes, ["retry", "retry", "failed"]);
        store.clock.advance(100 * MINUTE_MS);
        engine.run().unwrap();
        assert_eq!(world.attempts(id).len(), 3);
    });
}

#[test]
fn what_a_crash_left_is_sent_again_and_says_so() {
    on_each(|store| {
        let world = World::new(store, "a");
        world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        let lease_ms = 100 * MINUTE_MS;
        let claimed =
            store.db.write_blocking(move |tx| crate::store::messages::claim(tx, 1, lease_ms)).unwrap();
        let id = claimed[0].id;
        assert_eq!(world.messages()[0].state, MessageState::Sending);
        if store.db.dialect() == muster_db::Dialect::Postgres {
            // Another node may be sending it: its lease is waited for.
            world.engine(SmtpSettings::default()).run().unwrap();
            assert_eq!(world.messages()[0].state, MessageState::Sending);
            store.clock.advance(lease_ms);
        }
        world.engine(SmtpSettings::default()).run().unwrap();
        let outcomes: Vec<_> = world.attempts(id).into_iter().map(|attempt| attempt.outcome).collect();
        assert_eq!(outcomes, ["interrupted", "written"]);
        assert_eq!(world.messages()[0].state, MessageState::Written);
    });
}

#[test]
fn a_refused_target_fails_with_the_reason() {
    on_each(|store| {
        let world = World::new(store, "a");
        world
            .put("Alice", &[(ChannelKind::DingTalk, "http://10.1.2.3/robot"), (ChannelKind::AliIm, "x")])
            .unwrap();
        let told = world.write(|tx, service, caller| service.test_contact(tx, caller, "Alice")).unwrap();
        assert_eq!(told.messages.len(), 1);
        world.engine(SmtpSettings::default()).run().unwrap();
        let message = &world.messages()[0];
        assert_eq!(message.state, MessageState::Failed);
        assert!(message.detail.contains("outbound.allow"), "{}", message.detail);
    });
}

#[test]
fn old_messages_go_with_their_attempts_and_open_ones_stay() {
    on_each(|store| {
        let world = World::new(store, "a");
        world.put("Alice", &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        world.engine(SmtpSettings::default()).run().unwrap();
        let prune = Prune::new(store.db.clone(), MINUTE_MS);
        prune.run().unwrap();
        assert_eq!(world.messages().len(), 1);
        store.clock.advance(MINUTE_MS + 1);
        world.put("Bob", &[(ChannelKind::Mail, "b@example.com")]).unwrap();
        prune.run().unwrap();
        let left = world.messages();
        assert_eq!((left.len(), left[0].state), (1, MessageState::Queued));
        let attempts = store.db.read_blocking(|tx| {
            tx.query_one("SELECT COUNT(*) FROM notify_attempts", &[], |row| row.get::<i64>(0usize))
        });
        assert_eq!(attempts.unwrap(), 0);
    });
}

/// A server on loopback that answers each request with the next of `answers`; the requests as they came.
fn sink(answers: &'static [(u16, &'static str)]) -> (u16, std::thread::JoinHandle<Vec<String>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        let mut requests = Vec::new();
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            requests.push(read_request(&mut stream));
            let length = body.len();
            let head =
                format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(body.as_bytes()).unwrap();
        }
        requests
    };
    (port, std::thread::spawn(serve))
}

fn read_request(stream: &mut std::net::TcpStream) -> String {
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&seen);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return text.into_owned();
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "the request ended early");
        seen.extend_from_slice(&buffer[..read]);
    }
}

#[test]
fn a_robot_is_told_with_its_signature_and_keyword() {
    on_each(|store| {
        let world = World::new(store, "a");
        let (port, sink) = sink(&[
            (200, r#"{"errcode":130101,"errmsg":"send too fast"}"#),
            (200, r#"{"errcode":0,"errmsg":"ok"}"#),
            (200, r#"{"errcode":310000,"errmsg":"sign not match"}"#),
        ]);
        let secret = "SECmuster0000000000000000000000000000000000000000000000000000";
        let url = format!("http://127.0.0.1:{port}/robot/send?access_token=t&secret={secret}");
        world.put("Alice", &[(ChannelKind::DingTalk, url.as_str())]).unwrap();
        let test = || world.write(|tx, service, caller| service.test_contact(tx, caller, "Alice")).unwrap();
        let engine = world.engine_on_loopback();
        test();
        engine.run().unwrap();
        assert_eq!(world.messages()[0].detail, "errcode 130101: send too fast");
        store.clock.advance(MINUTE_MS);
        engine.run().unwrap();
        assert_eq!(world.messages()[0].state, MessageState::Delivered);
        test();
        engine.run().unwrap();
        let failed = &world.messages()[0];
        assert_eq!(
            (failed.state, failed.detail.as_str()),
            (MessageState::Failed, "errcode 310000: sign not match")
        );

        let requests = sink.join().unwrap();
        assert!(requests.iter().all(|request| !request.contains("SEC")), "the secret stays here");
        let (line, body) =
            (requests[0].lines().next().unwrap(), requests[0].split_once("\r\n\r\n").unwrap().1);
        let signed = "/robot/send?access_token=t&timestamp=1768465800000&sign=UXiUCPGowzC%2BJqXqx3RC0IVrKWb%2Fmt0bqGFuW7tUiAU%3D";
        assert_eq!(line, format!("POST {signed} HTTP/1.1"));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["msgtype"], "markdown");
        assert!(body["markdown"]["text"].as_str().unwrap().ends_with("\n\nCloudMonitor"), "{body}");
    });
}

#[test]
fn a_webhook_gets_its_body_as_it_stands_and_a_key_for_repeats() {
    on_each(|store| {
        let world = World::new(store, "a");
        let (port, sink) = sink(&[(503, ""), (204, ""), (404, "")]);
        let message = move |key: &str| NewMessage {
            key: key.to_owned(),
            purpose: "callback",
            contact: None,
            medium: Medium::Webhook,
            target: format!("http://127.0.0.1:{port}/hook?a=b"),
            content: Content {
                body: "state=ALERT&level=CRITICAL".into(),
                content_type: "application/x-www-form-urlencoded; charset=UTF-8".into(),
                ..Content::default()
            },
        };
        let enqueue = |key: &'static str| {
            world.write(move |tx, _, caller| Service::enqueue(tx, &caller.account_id, &message(key))).unwrap()
        };
        let engine = world.engine_on_loopback();
        let first = enqueue("rule 组/1").unwrap();
        assert_eq!(enqueue("rule 组/1"), None, "the same key is queued once");
        engine.run().unwrap();
        assert_eq!(world.messages()[0].state, MessageState::Queued);
        store.clock.advance(MINUTE_MS);
        engine.run().unwrap();
        assert_eq!(world.messages()[0].state, MessageState::Delivered);
        assert_eq!(world.attempts(first).len(), 2);
        enqueue("rule 组/2").unwrap();
        engine.run().unwrap();
        assert_eq!(world.messages()[0].state, MessageState::Failed);

        let requests = sink.join().unwrap();
        for (request, key) in requests.iter().zip(["1", "1", "2"]) {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let head = head.to_ascii_lowercase();
            assert!(head.starts_with("post /hook?a=b http/1.1\r\n"), "{head}");
            assert!(
                head.contains("content-type: application/x-www-form-urlencoded; charset=utf-8"),
                "{head}"
            );
            assert!(head.contains(&format!("idempotency-key: rule%20%e7%bb%84/{key}")), "{head}");
            assert_eq!(body, "state=ALERT&level=CRITICAL");
        }
    });
}

#[test]
fn a_backlog_is_sent_whole_and_each_message_once() {
    on_each(|store| {
        let world = World::new(store, "a");
        for number in 0..200 {
            world.put(&format!("c{number}"), &[(ChannelKind::Mail, "a@example.com")]).unwrap();
        }
        world.engine(SmtpSettings::default()).run().unwrap();
        assert_eq!(std::fs::read_dir(world.outbox()).unwrap().count(), 200);
        let attempts = store.db.read_blocking(|tx| {
            tx.query_one("SELECT COUNT(*) FROM notify_attempts", &[], |row| row.get::<i64>(0usize))
        });
        assert_eq!(attempts.unwrap(), 200);
    });
}

#[test]
fn two_nodes_share_the_work_and_send_nothing_twice() {
    let Some(store) = TestStore::postgres(&migrations()).unwrap() else { return };
    let world = World::new(&store, "a");
    for number in 0..200 {
        world.put(&format!("c{number}"), &[(ChannelKind::Mail, "a@example.com")]).unwrap();
    }
    let nodes = [world.engine(SmtpSettings::default()), world.engine(SmtpSettings::default())];
    std::thread::scope(|scope| {
        for node in &nodes {
            scope.spawn(|| node.run().unwrap());
        }
    });
    assert_eq!(std::fs::read_dir(world.outbox()).unwrap().count(), 200);
    let attempts = store.db.read_blocking(|tx| {
        tx.query_one("SELECT COUNT(*) FROM notify_attempts WHERE outcome = 'written'", &[], |row| {
            row.get::<i64>(0usize)
        })
    });
    assert_eq!(attempts.unwrap(), 200);
}
