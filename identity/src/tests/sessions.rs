//! Signing in, sessions, tokens.

use crate::{AccountName, Caller, OpenedSession, Proof, SessionKind, SessionState, SignInName};
use muster_core::Error;

use super::world::{HERE, PASSWORD, World};

impl World {
    fn open(&self, kind: SessionKind, project: Option<&str>) -> muster_core::Result<OpenedSession> {
        let user = self.sign_in("admin", PASSWORD)?.user;
        let project = project.map(str::to_owned);
        self.write(move |service, tx| service.open_session(tx, kind, &user, project.as_deref()))
    }

    fn look_up(&self, kind: SessionKind, opened: &OpenedSession) -> SessionState {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.service.session(kind, opened.token.expose(), self.now())).unwrap()
    }

    fn session_caller(&self, kind: SessionKind, opened: &OpenedSession) -> Caller {
        self.look_up(kind, opened).live().unwrap().caller(self.origin())
    }
}

#[test]
fn every_cloud_names_the_same_root_user() {
    let world = World::new();
    let names = [
        SignInName::User(AccountName::First, "admin".into()),
        SignInName::User(AccountName::Name("muster".into()), "admin".into()),
        SignInName::User(AccountName::Id(world.first.domain_id.clone()), "admin".into()),
        SignInName::User(AccountName::Id(world.first.account_id.clone()), "admin".into()),
        SignInName::UserId(world.first.domain_id.clone()),
        SignInName::Root(AccountName::Name("admin".into())),
        SignInName::Root(AccountName::Name("muster".into())),
    ];
    for name in names {
        let signed_in =
            world.service.sign_in_blocking(&name, &Proof::Plain(PASSWORD.to_owned()), HERE).unwrap();
        assert_eq!(signed_in.identity.account().id, world.first.account_id, "{name:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_alike() {
    let world = World::new();
    for (user, password) in [("admin", "wrong password"), ("nobody", PASSWORD), ("", "")] {
        let refused = world.sign_in(user, password).unwrap_err();
        assert!(matches!(refused, Error::Unauthenticated { .. }), "{refused}");
    }
    for _ in 0..9 {
        assert!(matches!(world.sign_in("admin", "wrong password"), Err(Error::Unauthenticated { .. })));
    }
    assert!(matches!(world.sign_in("admin", PASSWORD), Err(Error::Throttled { .. })));
    world.caller_of(&world.first.access_key_id).require("cms:PutContact", "*").unwrap();
}

#[test]
fn guesses_at_one_user_count_together_however_it_is_named() {
    let world = World::new();
    let (account, domain) = (world.first.account_id.clone(), world.first.domain_id.clone());
    for user in ["admin", "nobody"] {
        let names = [
            SignInName::User(AccountName::First, user.into()),
            SignInName::User(AccountName::Name("muster".into()), user.into()),
            SignInName::User(AccountName::Id(domain.clone()), user.into()),
            SignInName::User(AccountName::Id(account.clone()), user.into()),
        ];
        let guess = |name: &SignInName| {
            world.service.sign_in_blocking(name, &Proof::Plain("wrong password".into()), HERE).unwrap_err()
        };
        for name in names.iter().cycle().take(10) {
            assert!(matches!(guess(name), Error::Unauthenticated { .. }), "{name:?}");
        }
        for name in &names {
            assert!(matches!(guess(name), Error::Throttled { .. }), "{name:?}");
        }
    }
    let by_id = SignInName::UserId(domain);
    let refused = world.service.sign_in_blocking(&by_id, &Proof::Plain(PASSWORD.into()), HERE);
    assert!(matches!(refused, Err(Error::Throttled { .. })));
}

#[test]
fn a_zstack_session_slides_for_two_hours() {
    let world = World::new();
    let opened = world.open(SessionKind::ZStack, None).unwrap();
    assert_eq!(opened.token.expose().len(), 32);
    for _ in 0..3 {
        world.store.clock.advance(119 * 60_000);
        assert!(world.look_up(SessionKind::ZStack, &opened).live().is_some());
    }
    assert!(matches!(world.look_up(SessionKind::Console, &opened), SessionState::Unknown));
    world.store.clock.advance(120 * 60_000);
    assert!(matches!(world.look_up(SessionKind::ZStack, &opened), SessionState::Expired));
}

#[test]
fn the_number_of_zstack_sessions_is_bounded_by_the_live_ones() {
    let world = World::new();
    for _ in 0..3 {
        world.open(SessionKind::ZStack, None).unwrap();
    }
    let refused = world.open(SessionKind::ZStack, None).unwrap_err();
    assert!(matches!(refused, Error::Quota { what: "sessions", limit: 3 }), "{refused}");
    world.store.clock.advance(2 * 3_600_000);
    world.open(SessionKind::ZStack, None).unwrap();
}

#[test]
fn a_renewed_session_lasts_as_long_as_asked() {
    let world = World::new();
    let opened = world.open(SessionKind::ZStack, None).unwrap();
    let token = opened.token.clone();
    let renewed = world.write(move |service, tx| {
        service.renew_session(tx, SessionKind::ZStack, token.expose(), 9 * 3_600_000)
    });
    assert_eq!(renewed.unwrap().unwrap().expires_at, world.now().plus_ms(9 * 3_600_000));
    world.store.clock.advance(8 * 3_600_000);
    assert!(world.look_up(SessionKind::ZStack, &opened).live().is_some());
}

#[test]
fn a_huawei_token_is_for_its_project_for_a_day() {
    let world = World::new();
    let project = world.first.project_id.clone();
    let bound = world.open(SessionKind::HuaweiToken, Some(&project)).unwrap();
    let caller = world.session_caller(SessionKind::HuaweiToken, &bound);
    assert_eq!(caller.project_id, project);
    assert!(matches!(caller.in_project("0".repeat(32).as_str()), Err(Error::NotFound { .. })));
    assert!(matches!(world.open(SessionKind::HuaweiToken, Some("nope")), Err(Error::NotFound { .. })));
    world.store.clock.advance(24 * 3_600_000 - 1);
    assert!(world.look_up(SessionKind::HuaweiToken, &bound).live().is_some());
    world.store.clock.advance(1);
    assert!(matches!(world.look_up(SessionKind::HuaweiToken, &bound), SessionState::Expired));
}

#[test]
fn a_console_session_has_a_csrf_secret_and_ends_when_closed() {
    let world = World::new();
    let opened = world.open(SessionKind::Console, None).unwrap();
    assert_eq!(opened.session.csrf.as_ref().map(String::len), Some(64));
    let token = opened.token.clone();
    let close = move |service: &crate::Service, tx: &mut muster_db::Tx<'_>| {
        service.close_session(tx, SessionKind::Console, token.expose())
    };
    assert!(world.look_up(SessionKind::Console, &opened).live().is_some());
    assert!(world.write(close.clone()).unwrap());
    assert!(matches!(world.look_up(SessionKind::Console, &opened), SessionState::Unknown));
    assert!(!world.write(close).unwrap());
}

#[test]
fn a_changed_password_ends_every_session() {
    let world = World::new();
    let opened = [SessionKind::ZStack, SessionKind::HuaweiToken, SessionKind::Console]
        .map(|kind| (kind, world.open(kind, None).unwrap()));
    for (kind, opened) in &opened {
        assert!(world.look_up(*kind, opened).live().is_some());
    }
    let caller = world.root();
    let hash = world.service.hash_password_blocking(&Proof::Plain("another one".into())).unwrap();
    world.write(move |service, tx| service.change_own_password(tx, &caller, &hash)).unwrap();
    for (kind, opened) in &opened {
        assert!(matches!(world.look_up(*kind, opened), SessionState::Unknown));
    }
    assert!(world.sign_in("admin", PASSWORD).is_err());
    assert!(world.sign_in("admin", "another one").is_ok());
}

#[test]
fn a_password_that_is_changed_while_it_is_proved_opens_nothing() {
    let world = World::new();
    let user = world.sign_in("admin", PASSWORD).unwrap().user;
    let session = world.open(SessionKind::HuaweiToken, None).unwrap().session;
    world.store.clock.advance(1);
    let (caller, before) = (world.root(), user.clone());
    let hash = world.service.hash_password_blocking(&Proof::Plain("another one".into())).unwrap();
    world
        .write(move |service, tx| {
            service.change_own_password(tx, &caller, &hash)?;
            let opened = service.open_session(tx, SessionKind::Console, &before, None);
            assert!(matches!(opened, Err(Error::Unauthenticated { .. })));
            let exchanged = service.open_session_by(tx, &session, None);
            assert!(matches!(exchanged, Err(Error::Unauthenticated { .. })));
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_store_holds_no_token_password_or_secret_in_the_clear() {
    let world = World::new();
    let opened = world.open(SessionKind::Console, None).unwrap();
    let secrets =
        [opened.token.expose().to_owned(), PASSWORD.to_owned(), world.first.access_key_secret.clone()];
    world.service.first_credentials_written().unwrap();
    world.store.db.close();
    for file in std::fs::read_dir(world.store.folder.path()).unwrap() {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        for secret in &secrets {
            assert!(!content.windows(secret.len()).any(|part| part == secret.as_bytes()));
        }
    }
}
