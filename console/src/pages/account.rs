//! Who I am here: password, sessions, ids that clients ask for.

use muster_core::{Error, Result};
use muster_identity::{Caller, Proof};

use super::render;
use crate::Console;
use crate::cx::Cx;
use crate::reply::{Reply, Said};
use crate::route::on_snapshot;
use crate::view::form::Field;
use crate::view::object::{InlineForm, Section};
use crate::view::pages::SectionsPage;
use crate::view::{Column, Fact, Link, Row, State, Table, Tone, Value};
use crate::visit::Visit;
use crate::{frame, refusal};

/// Everything about whoever is signed in.
pub(crate) fn page(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    shown(cx, visit, None)
}

fn shown(cx: &mut Cx<'_, '_>, visit: &Visit, refused: Option<&Error>) -> Result<Reply> {
    let caller = cx.caller;
    let title = cx.t("account.title");
    let facts = vec![
        Fact::new(cx.t("account.user"), Value::Text(caller.name().to_owned())),
        Fact::new(cx.t("account.account"), Value::Text(caller.account_name.clone())),
        Fact::new(cx.t("account.account-id"), Value::Id(caller.account_id.clone())),
        Fact::new(cx.t("account.domain-id"), Value::Id(caller.domain_id.clone())),
        Fact::new(cx.t("account.project"), Value::Text(caller.project_name.clone())),
        Fact::new(cx.t("account.project-id"), Value::Id(caller.project_id.clone())),
        Fact::new(cx.t("account.region"), Value::Text(caller.region.clone())),
        Fact::new(cx.t("account.endpoint"), Value::Id(visit.place.url())),
    ];
    let mut current = Field::password("current", cx.t("account.current"), "current-password");
    let mut new = Field::password("password", cx.t("account.new"), "new-password");
    match refused {
        Some(Error::Unauthenticated { .. }) => current.error = Some(cx.t("account.wrong")),
        Some(error) => new.error = Some(refusal::sentence(cx.lang, error)),
        None => {}
    }
    let password = Section {
        id: "password",
        title: cx.t("account.password"),
        lead: cx.t("account.password-lead"),
        form: Some(InlineForm {
            action: "/console/account/password".to_owned(),
            fields: vec![current, new],
            submit: cx.t("account.change"),
        }),
        ..Section::default()
    };
    let sections = vec![password, sessions(cx, visit)?];
    let crumbs = vec![Link::new(cx.t("nav.settings"), "/console")];
    let page = SectionsPage {
        filters: Vec::new(),
        shell: frame::shell(visit, title.clone(), crumbs),
        title,
        lead: String::new(),
        facts,
        sections,
        live: false,
    };
    let reply = render(&page)?;
    Ok(match (reply, refused) {
        (Reply::Page(_, html), Some(error)) => Reply::Page(refusal::status(error), html),
        (reply, _) => reply,
    })
}

fn sessions(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Section> {
    let open = cx.services.identity.own_sessions(cx.tx, cx.caller)?;
    let mine = visit.session.as_ref().and_then(|live| live.session.csrf.as_deref());
    let rows: Vec<Row> = open
        .iter()
        .map(|session| {
            let this = session.csrf.is_some() && session.csrf.as_deref() == mine;
            let kind = cx.t(&format!("session.{}", session.kind.word()));
            let state = if this {
                State::new(Tone::Good, cx.t("session.this"))
            } else {
                State::new(Tone::Waiting, cx.t("session.open"))
            };
            Row::from(vec![
                Value::Text(kind),
                Value::State(state),
                cx.time(session.created_at),
                cx.time(session.expires_at),
            ])
        })
        .collect();
    let others = rows.len() > 1;
    Ok(Section {
        id: "sessions",
        title: cx.t("account.sessions"),
        count: Some(rows.len() as u64),
        lead: cx.t("account.sessions-lead"),
        table: Table {
            caption: cx.t("account.sessions"),
            columns: ["kind", "state", "opened", "ends"]
                .map(|part| Column::new(cx.t(&format!("session.{part}"))))
                .to_vec(),
            rows,
        },
        form: others.then(|| InlineForm {
            action: "/console/account/sessions".to_owned(),
            fields: Vec::new(),
            submit: cx.t("account.end-others"),
        }),
        ..Section::default()
    })
}

/// Sets a new password once the present one is proved. All sessions end, this one too.
pub(crate) async fn change_password(console: &Console, visit: &Visit, caller: Caller) -> Result<Reply> {
    let identity = &console.services.identity;
    let current = Proof::Plain(visit.form.exact("current").to_owned());
    let wanted = Proof::Plain(visit.form.exact("password").to_owned());
    let hash = match identity.prove_again(&caller, current).await {
        Ok(()) => identity.hash_password(wanted).await,
        Err(refused) => Err(refused),
    };
    let hash = match hash {
        Ok(hash) => hash,
        Err(failure @ (Error::Internal { .. } | Error::Unavailable { .. })) => return Err(failure),
        Err(refused) => {
            return on_snapshot(console, visit, caller, move |cx, visit| shown(cx, visit, Some(&refused)))
                .await;
        }
    };
    // Whoever is signed in may always change the own password: no permission is asked for.
    let (services, who) = (console.services.clone(), caller.clone());
    console
        .db
        .write(move |tx| {
            muster_identity::audit::recorded(tx, &who, (super::API, "ChangePassword"), None, |tx| {
                services.identity.change_own_password(tx, &who, &hash)
            })
        })
        .await??;
    Ok(Reply::Go {
        to: "/console/sign-in".to_owned(),
        said: Some(Said { key: "flash.password", name: String::new() }),
    })
}

/// Ends every other session of this user.
pub(crate) async fn end_sessions(console: &Console, visit: &Visit, caller: Caller) -> Result<Reply> {
    let Some(token) = visit.token.clone() else { return Ok(Reply::go("/console/sign-in")) };
    let (services, who) = (console.services.clone(), caller.clone());
    console
        .db
        .write(move |tx| {
            muster_identity::audit::recorded(tx, &who, (super::API, "EndSessions"), None, |tx| {
                services.identity.end_other_sessions(tx, &who, &token)
            })
        })
        .await??;
    Ok(Reply::go_saying("/console/account", "flash.done", ""))
}
