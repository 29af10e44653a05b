//! Topics and their subscribers.

use muster_core::{Error, PageRequest};

use super::*;
use crate::topic::{NewTopic, Protocol, Standing, Subscription, SubscriptionFilter, TopicFilter};

const KEY: &str = "urn:smn:region:project:night";

impl World<'_> {
    fn topic(&self, name: &str) -> String {
        let new = NewTopic {
            key: format!("urn:smn:region:project:{name}"),
            name: name.to_owned(),
            title: "Night shift".to_owned(),
            enterprise_project_id: "0".to_owned(),
        };
        self.write(move |tx, service, caller| Ok(service.create_topic(tx, caller, &new)?.0.key)).unwrap()
    }

    fn subscribe(&self, key: &str, protocol: Protocol, endpoint: &'static str) -> Result<Subscription> {
        let key = key.to_owned();
        self.write(move |tx, service, caller| service.subscribe(tx, caller, &key, (protocol, endpoint), "r"))
    }

    fn unsubscribe(&self, uid: &str) -> Result<()> {
        let uid = uid.to_owned();
        self.write(move |tx, service, caller| service.unsubscribe(tx, caller, &uid))
    }

    fn standing(&self, standing: Standing) -> Vec<String> {
        let filter = SubscriptionFilter { standing: Some(standing), ..SubscriptionFilter::default() };
        let found = self
            .store
            .db
            .read_blocking(|tx| self.service.list_subscriptions(tx, &self.caller, &filter, PageRequest::ALL));
        found.unwrap().items.into_iter().map(|subscription| subscription.endpoint).collect()
    }
}

#[test]
fn a_subscriber_is_a_contact_in_the_topics_group() {
    on_each(|store| {
        let world = World::new(store, "a");
        let topic = world.topic("night");
        assert_eq!(topic, KEY);
        assert_eq!(world.topic("night"), KEY, "a second time changes nothing");
        let mail = world.subscribe(KEY, Protocol::Mail, "alice@example.com").unwrap();
        assert_eq!(mail.standing, Standing::Unconfirmed);
        assert_eq!(world.subscribe(KEY, Protocol::Mail, "alice@example.com").unwrap(), mail);
        let hook = world.subscribe(KEY, Protocol::Webhook, "http://sink.example/in").unwrap();
        assert_eq!((hook.standing, hook.contact), (Standing::Confirmed, None));
        assert_eq!(world.group("night").unwrap().members, ["alice-at-example.com"]);
        assert_eq!(world.standing(Standing::Unconfirmed), ["alice@example.com"]);
        world
            .write(|tx, service, caller| {
                service.activate_channel(tx, caller, "alice-at-example.com", ChannelKind::Mail)
            })
            .unwrap();
        assert_eq!(world.standing(Standing::Confirmed), ["alice@example.com", "http://sink.example/in"]);
        // Whoever takes her out of the group elsewhere ends what the subscription says.
        world
            .put_group(PutContactGroup {
                name: "night".into(),
                members: Some(Vec::new()),
                ..PutContactGroup::default()
            })
            .unwrap();
        assert_eq!(world.standing(Standing::Cancelled), ["alice@example.com"]);
        for (protocol, endpoint) in [
            (Protocol::Mail, "alice"),
            (Protocol::Sms, "call me"),
            (Protocol::Webhook, "ftp://example.com"),
            (Protocol::DingTalk, ""),
        ] {
            let refused = world.subscribe(KEY, protocol, endpoint);
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{endpoint}: {refused:?}");
        }
        let missing = world.subscribe("urn:other", Protocol::Mail, "a@example.com");
        assert!(matches!(missing, Err(Error::NotFound { .. })));
    });
}

#[test]
fn who_unsubscribes_leaves_nothing_but_what_was_there_before() {
    on_each(|store| {
        let world = World::new(store, "a");
        world.put("Bob", &[(ChannelKind::Mail, "bob@example.com")]).unwrap();
        let (one, two) = (world.topic("one"), world.topic("two"));
        let bob = world.subscribe(&one, Protocol::Mail, "bob@example.com").unwrap();
        assert_eq!(bob.contact.as_deref(), Some("Bob"), "who is known is not made again");
        let in_one = world.subscribe(&one, Protocol::Mail, "eve@example.com").unwrap();
        let in_two = world.subscribe(&two, Protocol::Mail, "eve@example.com").unwrap();
        world.unsubscribe(&in_one.uid).unwrap();
        assert_eq!(world.group("one").unwrap().members, ["Bob"]);
        assert!(world.contact("eve-at-example.com").is_ok(), "she still subscribes to the other topic");
        world.unsubscribe(&in_two.uid).unwrap();
        assert!(world.contact("eve-at-example.com").is_err());
        let deleted = one.clone();
        world.write(move |tx, service, caller| service.delete_topic(tx, caller, &deleted)).unwrap();
        assert!(world.contact("Bob").is_ok());
        assert!(world.group("one").is_err());
        assert!(world.unsubscribe(&bob.uid).is_err());
        let left = world.store.db.read_blocking(|tx| {
            world.service.list_topics(tx, &world.caller, &TopicFilter::default(), PageRequest::ALL)
        });
        assert_eq!(left.unwrap().items.iter().map(|topic| topic.name.as_str()).collect::<Vec<_>>(), ["two"]);
    });
}

#[test]
fn publishing_reaches_people_and_callbacks_and_nobody_of_another_account() {
    on_each(|store| {
        let world =
            World::with(store, "a", ContactSettings { activation: false, ..ContactSettings::default() });
        let topic = world.topic("night");
        world.subscribe(&topic, Protocol::Mail, "alice@example.com").unwrap();
        world.subscribe(&topic, Protocol::Webhook, "http://sink.example/in").unwrap();
        let publish = |world: &World<'_>| {
            world.write(|tx, service, caller| {
                service.publish(tx, caller, KEY, |medium, _| Content {
                    subject: "disk".into(),
                    body: if medium == Medium::Webhook { "{}".into() } else { String::new() },
                    ..Content::default()
                })
            })
        };
        publish(&world).unwrap();
        let targets: Vec<String> = world.messages().into_iter().map(|message| message.target).collect();
        assert_eq!(targets, ["alice@example.com", "http://sink.example/in"]);
        let stranger = World::new(store, "b");
        assert!(matches!(publish(&stranger), Err(Error::NotFound { .. })));
        assert!(stranger.messages().is_empty());
    });
}
