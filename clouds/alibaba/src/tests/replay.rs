//! A nonce counts once, whatever happens to the process in between.

use super::world::{Form, Key, SCHEDULERX, World};

const NEW: &[(&str, &str)] = &[("Name", "once"), ("RegionId", "r")];

#[test]
fn a_request_counts_once() {
    let world = World::new();
    for (form, action) in
        [(Form::F1, "CreateNamespace"), (Form::F4, "CreateNamespace"), (Form::F6, "ListNamespaces")]
    {
        let request = world.request(form, &world.root, SCHEDULERX, action, NEW);
        assert_eq!(world.send(request.clone()).status, 200);
        assert_eq!(world.send(request).refused(), (400, "SignatureNonceUsed".to_owned()), "{form:?}");
    }
}

#[test]
fn a_change_counts_once_over_a_restart() {
    let world = World::new();
    let request = world.request(Form::F1, &world.root, SCHEDULERX, "CreateNamespace", NEW);
    assert_eq!(world.send(request.clone()).status, 200);
    let world = world.restarted();
    assert_eq!(world.send(request).refused(), (400, "SignatureNonceUsed".to_owned()));
    let found = world.scheduler("ListNamespaces", &[("RegionId", "r")]);
    assert_eq!(found.data()["Namespaces"].as_array().unwrap().len(), 1);
}

#[test]
fn a_wrong_signature_burns_no_nonce() {
    let world = World::new();
    let mut request = world.request(Form::F1, &world.root, SCHEDULERX, "CreateNamespace", NEW);
    let right = request.query.clone();
    request.query = right.replace("once", "twice");
    assert_eq!(world.send(request.clone()).refused().1, "SignatureDoesNotMatch");
    request.query = right;
    assert_eq!(world.send(request).status, 200);
}

#[test]
fn two_keys_may_use_the_same_nonce() {
    let world = World::new();
    let (key, _) =
        world.user("eve", r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#);
    let nonce_of = |key: &Key| {
        let request = world.request(Form::F1, key, SCHEDULERX, "CreateNamespace", NEW);
        (request.header("x-acs-signature-nonce").unwrap().to_owned(), request)
    };
    let (first, request) = nonce_of(&world.root);
    assert_eq!(world.send(request).status, 200);
    let world = world.restarted();
    // The counter of nonces goes back by one: the other key draws the same text.
    world.rewind_nonce();
    let request = world.request(Form::F1, &key, SCHEDULERX, "CreateNamespace", NEW);
    assert_eq!(request.header("x-acs-signature-nonce").unwrap(), first);
    assert_eq!(world.send(request).status, 200);
}
