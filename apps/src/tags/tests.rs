use muster_core::Result;

use super::{Tag, TagChange, TagValues, check_set};
use crate::Service;
use crate::testing::{World, new_server_group, on_each, refusal};

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

fn change(id: &str, tags: &[(&str, &str)]) -> TagChange {
    TagChange {
        server_group_id: id.to_owned(),
        tags: tags.iter().map(|(key, value)| tag(key, value)).collect(),
    }
}

fn put(world: &World<'_>, changes: Vec<TagChange>) -> Result<()> {
    world.run(move |service, tx, caller| service.tag_server_groups(tx, caller, &changes))
}

fn take(world: &World<'_>, changes: Vec<TagChange>) -> Result<()> {
    world.run(move |service, tx, caller| service.untag_server_groups(tx, caller, &changes))
}

fn tags(world: &World<'_>, id: &str) -> Vec<Tag> {
    world.server_group(id).unwrap().tags
}

#[test]
fn the_rule_for_keys_and_values() {
    let key = "é".repeat(128);
    let value = "值".repeat(255);
    for good in [tag("团队", "办公/一"), tag("a b_.:=+-@1", ""), tag(&key, &value), tag("x_sys_", "_sys_")]
    {
        check_set(std::slice::from_ref(&good), 1..=1).unwrap();
    }
    let longer_key = "k".repeat(129);
    let longer_value = "v".repeat(256);
    for bad in [
        tag("", "v"),
        tag(&longer_key, "v"),
        tag("k", &longer_value),
        tag("a/b", "v"),
        tag("k", "🚀"),
        tag("🚀", "v"),
        tag("a ", "v"),
        tag(" a", "v"),
        tag("_sys_x", "v"),
        tag("a\nb", "v"),
        tag("k", "a,b"),
    ] {
        assert!(check_set(std::slice::from_ref(&bad), 1..=1).is_err(), "{bad:?}");
    }
}

#[test]
fn tags_are_put_overwritten_and_taken() {
    on_each(|world| {
        let id = world.add_server_group(new_server_group("a")).unwrap().id;
        put(world, vec![change(&id, &[("env", "test"), ("team", "办公")])]).unwrap();
        put(world, vec![change(&id, &[("env", "live")])]).unwrap();
        assert_eq!(tags(world, &id), [tag("env", "live"), tag("team", "办公")]);
        // A key is enough to take a tag; characters that no key has are passed over.
        take(world, vec![change(&id, &[("env", "whatever"), ("never/there", "")])]).unwrap();
        take(world, vec![change(&id, &[("env", "")])]).unwrap();
        assert_eq!(tags(world, &id), [tag("team", "办公")]);
    });
}

#[test]
fn a_group_holds_only_so_many() {
    on_each(|world| {
        let id = world.add_server_group(new_server_group("a")).unwrap().id;
        put(world, vec![change(&id, &[("a", ""), ("b", ""), ("c", "")])]).unwrap();
        put(world, vec![change(&id, &[("c", "again")])]).unwrap();
        assert_eq!(refusal(put(world, vec![change(&id, &[("d", "")])])), "quota: tags 3");
        assert_eq!(tags(world, &id).len(), 3);
    });
}

#[test]
fn a_batch_is_done_whole_or_not_at_all() {
    on_each(|world| {
        let one = world.add_server_group(new_server_group("one")).unwrap().id;
        let two = world.add_server_group(new_server_group("two")).unwrap().id;
        let tagged = |id: &str| change(id, &[("k", "v")]);
        assert_eq!(refusal(put(world, vec![tagged(&one), tagged("nowhere")])), "not found: server group");
        assert_eq!(refusal(put(world, vec![tagged(&one), change(&two, &[])])), "invalid: tags");
        assert_eq!(
            refusal(put(world, vec![tagged(&one), change(&two, &[("k", ""), ("k", "")])])),
            "invalid: tag key"
        );
        assert_eq!(tags(world, &one), []);
        put(world, vec![tagged(&one), tagged(&two)]).unwrap();
        assert_eq!(refusal(take(world, vec![tagged(&one), tagged("nowhere")])), "not found: server group");
        assert_eq!(refusal(take(world, vec![tagged(&one), change(&two, &[("", "")])])), "invalid: tag key");
        assert_eq!(tags(world, &one), [tag("k", "v")]);
        take(world, vec![tagged(&one), tagged(&two)]).unwrap();
        assert_eq!(tags(world, &two), []);
    });
}

#[test]
fn all_tags_of_a_project_by_key_and_of_no_other() {
    on_each(|world| {
        let one = world.add_server_group(new_server_group("one")).unwrap().id;
        let two = world.add_server_group(new_server_group("two")).unwrap().id;
        put(world, vec![change(&one, &[("env", "test"), ("a", "1")]), change(&two, &[("env", "live")])])
            .unwrap();
        let all = |world: &World<'_>| world.run(Service::list_server_group_tags).unwrap();
        let values = |key: &str, values: &[&str]| TagValues {
            key: key.to_owned(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        };
        assert_eq!(all(world), [values("a", &["1"]), values("env", &["live", "test"])]);
        let other = world.seen_by("acme", "p2");
        assert_eq!(all(&other), []);
        assert_eq!(refusal(put(&other, vec![change(&one, &[("x", "")])])), "not found: server group");
    });
}
