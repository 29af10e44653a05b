//! Sessions and tokens: opened after a sign-in, looked up by every request that carries one.

use std::sync::Arc;
use std::time::Instant;

use muster_core::{Error, Result, Timestamp};
use muster_db::Tx;

use super::Service;
use super::credential::identity_of_user;
use crate::caller::{Caller, Identity, Origin};
use crate::model::{Session, SessionKind, User};
use crate::secret::{self, Secret};
use crate::store::{accounts, sessions, users};

/// A sliding session is written at most this often.
const EXTEND_AFTER_MS: i64 = 60_000;

/// What the client of a new session is given.
#[derive(Clone, Debug)]
pub struct OpenedSession {
    /// What its requests carry. The store keeps only a hash.
    pub token: Secret,
    /// The session.
    pub session: Session,
}

/// A session together with its user's rights.
#[derive(Debug)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// Its user.
    pub identity: Arc<Identity>,
}

impl LiveSession {
    /// The caller of one request, in the session's project if it is bound to one.
    pub fn caller(&self, origin: Origin) -> Caller {
        let mut caller = self.identity.caller(origin);
        if let Some(bound) = &self.session.project_id {
            let project = self.identity.projects().iter().find(|project| project.id == *bound);
            caller.project_id.clone_from(bound);
            caller.project_name = project.map(|project| project.name.clone()).unwrap_or_default();
            caller.project_bound = true;
        }
        caller
    }
}

/// What a token is good for.
#[derive(Clone, Debug)]
pub enum SessionState {
    /// It opens.
    Live(Arc<LiveSession>),
    /// It did, and its time is over.
    Expired,
    /// Nobody here made it, or it was ended.
    Unknown,
}

impl SessionState {
    /// The session, if it opens.
    pub fn live(self) -> Option<Arc<LiveSession>> {
        match self {
            Self::Live(session) => Some(session),
            Self::Expired | Self::Unknown => None,
        }
    }
}

impl Service {
    /// Opens a session for a user that has just proved its password. `project_id` binds it to one project.
    ///
    /// # Errors
    /// `Quota{what: "sessions"}` for a user with too many ZStack sessions, `NotFound` for a project that its
    /// account does not have, `Unauthenticated` when its password was changed since it was proved.
    pub fn open_session(
        &self,
        tx: &mut Tx<'_>,
        kind: SessionKind,
        user: &User,
        project_id: Option<&str>,
    ) -> Result<OpenedSession> {
        // A password that was changed while it was being proved no longer opens anything.
        let present = users::by_id(tx, &user.id)?;
        let present = present.filter(|now| now.enabled && now.password_set_at == user.password_set_at);
        let user = present.ok_or_else(ended)?;
        let expires_at = tx.now().plus_ms(kind.lifetime_ms());
        self.open(tx, kind, (&user.account_id, &user.id), project_id, expires_at)
    }

    /// Opens another session of the same kind for the user of `live`, in another scope. It ends when `live` does:
    /// who shows a token gets no longer access by it.
    ///
    /// # Errors
    /// As [`Service::open_session`].
    pub fn open_session_by(
        &self,
        tx: &mut Tx<'_>,
        live: &Session,
        project_id: Option<&str>,
    ) -> Result<OpenedSession> {
        let present = users::by_id(tx, &live.user_id)?;
        let present = present.filter(|now| now.enabled && now.password_set_at <= Some(live.created_at));
        let user = present.ok_or_else(ended)?;
        self.open(tx, live.kind, (&user.account_id, &user.id), project_id, live.expires_at)
    }

    fn open(
        &self,
        tx: &mut Tx<'_>,
        kind: SessionKind,
        (account_id, user_id): (&str, &str),
        project_id: Option<&str>,
        expires_at: Timestamp,
    ) -> Result<OpenedSession> {
        if kind == SessionKind::ZStack {
            let limit = self.settings.max_sessions;
            if sessions::count_live(tx, user_id, kind)? >= limit {
                return Err(Error::Quota { what: "sessions", limit });
            }
        }
        if let Some(id) = project_id {
            let projects = accounts::projects(tx, account_id)?;
            if !projects.iter().any(|project| project.id == id && project.enabled) {
                return Err(Error::not_found("project", id));
            }
        }
        let now = tx.now();
        let random = tx.random();
        let token = match kind {
            SessionKind::ZStack => Secret::new(secret::hex_id(random)),
            SessionKind::HuaweiToken | SessionKind::Console => secret::token(random),
        };
        let csrf = (kind == SessionKind::Console).then(|| secret::token(random).expose().to_owned());
        let session = Session {
            kind,
            account_id: account_id.to_owned(),
            user_id: user_id.to_owned(),
            project_id: project_id.map(str::to_owned),
            csrf,
            created_at: now,
            extended_at: now,
            expires_at,
        };
        sessions::insert(tx, secret::digest(token.expose()), &session)?;
        Ok(OpenedSession { token, session })
    }

    /// What `token` is good for at the instant `now`. A sliding session lasts longer by this look-up, on disk at
    /// most once a minute.
    ///
    /// # Errors
    /// Only when the store fails.
    pub async fn session(&self, kind: SessionKind, token: &str, now: Timestamp) -> Result<SessionState> {
        let digest = secret::digest(token);
        let cached = self.sessions.get(&digest).filter(|live| live.session.kind == kind);
        let read_at = Instant::now();
        let live = match cached {
            Some(live) => live,
            None => {
                let region = self.settings.region.clone();
                let found = self.db.read(move |tx| find(tx, kind, digest, &region)).await?;
                let Some(live) = found.map(Arc::new) else { return Ok(SessionState::Unknown) };
                self.sessions.put(digest, Arc::clone(&live), read_at);
                live
            }
        };
        if now >= live.session.expires_at {
            return Ok(SessionState::Expired);
        }
        if kind.slides() && now.since(live.session.extended_at) >= EXTEND_AFTER_MS {
            let expires_at = now.plus_ms(kind.lifetime_ms()).max(live.session.expires_at);
            self.db.write(move |tx| sessions::extend(tx, digest, expires_at)).await?;
            let session = Session { extended_at: now, expires_at, ..live.session.clone() };
            let live = Arc::new(LiveSession { session, identity: Arc::clone(&live.identity) });
            self.sessions.put(digest, Arc::clone(&live), read_at);
            return Ok(SessionState::Live(live));
        }
        Ok(SessionState::Live(live))
    }

    /// Makes a session last `duration_ms` from now (ZStack's renewal); its new state, or nothing when it is over.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn renew_session(
        &self,
        tx: &mut Tx<'_>,
        kind: SessionKind,
        token: &str,
        duration_ms: i64,
    ) -> Result<Option<Session>> {
        let (digest, now) = (secret::digest(token), tx.now());
        let session = sessions::by_digest(tx, kind, digest)?.filter(|session| now < session.expires_at);
        let Some(session) = session else { return Ok(None) };
        let expires_at = now.plus_ms(duration_ms);
        sessions::extend(tx, digest, expires_at)?;
        self.sessions.forget(digest);
        Ok(Some(Session { extended_at: now, expires_at, ..session }))
    }

    /// The caller's own live sessions and tokens, newest first, a hundred at most.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn own_sessions(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<Session>> {
        sessions::live_of_user(tx, caller.user_id())
    }

    /// Ends all sessions and tokens of the caller but the one with this token; how many there were.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn end_other_sessions(&self, tx: &mut Tx<'_>, caller: &Caller, token: &str) -> Result<u64> {
        let ended = sessions::end_others(tx, caller.user_id(), secret::digest(token))?;
        self.sessions.clear();
        Ok(ended)
    }

    /// Ends a session; whether there was one.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn close_session(&self, tx: &mut Tx<'_>, kind: SessionKind, token: &str) -> Result<bool> {
        let digest = secret::digest(token);
        let closed = sessions::delete(tx, kind, digest)?;
        self.sessions.forget(digest);
        Ok(closed)
    }
}

fn ended() -> Error {
    Error::Unauthenticated { why: "the password was changed in the meantime".to_owned() }
}

fn find(tx: &mut Tx<'_>, kind: SessionKind, digest: [u8; 32], region: &str) -> Result<Option<LiveSession>> {
    let Some(session) = sessions::by_digest(tx, kind, digest)? else { return Ok(None) };
    let Some(user) = users::by_id(tx, &session.user_id)?.filter(|user| user.enabled) else { return Ok(None) };
    let identity = identity_of_user(tx, &user, None, region)?;
    let usable = |id: &String| identity.projects().iter().any(|project| project.id == *id && project.enabled);
    if !session.project_id.as_ref().is_none_or(usable) {
        return Ok(None);
    }
    Ok(identity.account.enabled.then(|| LiveSession { session, identity: Arc::new(identity) }))
}
