//! Spaces go with their series, and with nobody else's.

use muster_core::{Error, PageRequest};

use super::*;

#[test]
fn a_space_is_made_changed_listed_and_removed_with_its_series() {
    on_each(|store| {
        let node = Node::start(store);
        let create = |scope: Scope<'static>, name: &'static str| {
            let service = Arc::clone(&node.service);
            store.db.write_blocking(move |tx| service.create_space(tx, scope.account_id, name, "d", "{}"))
        };
        let names = |scope: Scope<'static>, text: Option<&'static str>| -> Vec<String> {
            let list = |tx: &mut muster_db::Tx<'_>| {
                node.service.spaces(tx, scope.account_id, text, PageRequest::ALL)
            };
            let page = store.db.read_blocking(list).unwrap();
            assert_eq!(page.total, page.items.len() as u64);
            page.items.into_iter().map(|space| space.name).collect()
        };
        create(MINE, "shop")?;
        create(MINE, "market")?;
        create(THEIRS, "shop")?;
        assert!(matches!(create(MINE, "shop"), Err(Error::AlreadyExists { .. })));
        assert_eq!(names(MINE, None), ["market", "shop"]);
        assert_eq!(names(MINE, Some("sho")), ["shop"]);
        let mut space = store
            .db
            .read_blocking(|tx| node.service.space(tx, MINE.account_id, "shop"))?
            .expect("made above");
        store.clock.advance(1000);
        space.description = "other".to_owned();
        let (service, changed) = (Arc::clone(&node.service), space.clone());
        store.db.write_blocking(move |tx| service.change_space(tx, MINE.account_id, &changed))?;
        let read = store.db.read_blocking(|tx| node.service.space(tx, MINE.account_id, "shop"))?.unwrap();
        assert_eq!((read.description.as_str(), read.updated_at.since(read.created_at)), ("other", 1000));
        for scope in [MINE, THEIRS] {
            node.add(scope, vec![new("a", node.now(), 1.0), new("b", node.now(), 1.0)])?;
        }
        let remove = |scope: Scope<'static>| {
            let service = Arc::clone(&node.service);
            store.db.write_blocking(move |tx| service.remove_space(tx, scope, "shop", "MINE.APP"))
        };
        remove(MINE)?;
        assert!(matches!(remove(MINE), Err(Error::NotFound { .. })));
        assert_eq!(
            (names(MINE, None), names(THEIRS, None)),
            (vec!["market".to_owned()], vec!["shop".to_owned()])
        );
        assert!(node.find(MINE, "a").is_none() && node.find(MINE, "b").is_none());
        assert!(node.find(THEIRS, "a").is_some());
        Ok(())
    });
}
