//! Access keys: made (the secret is shown this once), disabled, rotated with an overlap, deleted.

use muster_core::{Error, Result};
use muster_identity::{AccessKey, Caller, NewAccessKey};

use super::{change, render};
use crate::Console;
use crate::cx::Cx;
use crate::kinds::{self, Doing};
use crate::reply::Reply;
use crate::route::on_snapshot;
use crate::view::form::{Confirm, ConfirmPage, Field, Form, FormPage, Group};
use crate::view::listing::{Choice, Listing, ListingPage};
use crate::view::pages::SecretPage;
use crate::view::{Button, Column, Link, Row, State, Table, Tone, Value};
use crate::visit::Visit;
use crate::{frame, refusal};

const DAY_MS: i64 = 86_400_000;
/// How long a rotated key goes on working.
const OVERLAP_MS: i64 = DAY_MS;
const KIND: &str = "access key";

/// The keys of the account.
pub(crate) fn list(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    let keys = cx.services.identity.access_keys(cx.tx, cx.caller, None)?;
    let users = cx.services.identity.users(cx.tx, cx.caller).unwrap_or_default();
    let name_of = |id: &str| users.iter().find(|user| user.id == id).map_or(id, |user| &user.name).to_owned();
    let rows = keys.iter().map(|key| row(cx, key, name_of(&key.user_id))).collect();
    let title = cx.t("keys.title");
    let list = Listing {
        title: title.clone(),
        lead: cx.t("keys.lead"),
        create: Some(Link::new(cx.t("keys.new"), "/console/new/keys")),
        table: Table {
            caption: title.clone(),
            columns: ["keys.id", "keys.user", "keys.state", "keys.note", "object.created"]
                .map(|key| Column::new(cx.t(key)))
                .to_vec(),
            rows,
        },
        ..Listing::default()
    };
    render(&ListingPage { shell: frame::shell(visit, title, settings(cx)), list })
}

fn row(cx: &Cx<'_, '_>, key: &AccessKey, user: String) -> Row {
    let now = cx.tx.now();
    let (tone, word) = match key.expires_at {
        Some(end) if end <= now => (Tone::Off, "keys.over"),
        Some(_) if key.enabled => (Tone::Warning, "keys.ending"),
        _ if key.enabled => (Tone::Good, "keys.enabled"),
        _ => (Tone::Off, "keys.disabled"),
    };
    let button = |action: &str, text: &str| Button {
        text: cx.t(text),
        action: kinds::action("keys", &key.id, action),
        hidden: Vec::new(),
        about: key.id.clone(),
    };
    let mut buttons = Vec::new();
    if key.enabled {
        buttons.push(button("rotate", "keys.rotate"));
        buttons.push(button("disable", "keys.disable"));
    } else {
        buttons.push(button("enable", "keys.enable"));
    }
    let state = Value::State(State::new(tone, cx.t(word)));
    let mut cells = vec![Value::Id(key.id.clone()), Value::Text(user), state];
    cells.push(Value::text(key.description.clone()));
    cells.push(cx.time(key.created_at));
    let delete = Link::new(cx.t("object.delete"), format!("{}/delete", kinds::href("keys", &key.id)));
    Row { cells, buttons, links: vec![delete], pick: None }
}

/// Asks whose key and what for.
pub(crate) fn form(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    filled(cx, visit, None)
}

fn filled(cx: &mut Cx<'_, '_>, visit: &Visit, refused: Option<&Error>) -> Result<Reply> {
    let own = cx.caller.name().to_owned();
    let wanted = visit.form.some("user").unwrap_or(own);
    let users = cx.services.identity.users(cx.tx, cx.caller).unwrap_or_default();
    let choices: Vec<Choice> =
        users.iter().map(|user| Choice::new(&user.name, &user.name, user.name == wanted)).collect();
    let whose = if choices.is_empty() {
        Field::fixed("user", cx.t("keys.user"), cx.caller.name())
    } else {
        Field::select("user", cx.t("keys.user"), choices)
    };
    let note = Field::line("description", cx.t("keys.note"), visit.form.get("description"))
        .hint(cx.t("keys.note-hint"));
    let mut groups = vec![Group { fields: vec![whose, note], ..Group::default() }];
    let error = refused.and_then(|error| refusal::place(cx.lang, error, &mut groups));
    let title = cx.t("keys.new");
    let form = Form {
        title: title.clone(),
        lead: cx.t("keys.lead"),
        action: "/console/new/keys".to_owned(),
        cancel: "/console/keys".to_owned(),
        submit: cx.t("form.create"),
        error,
        groups,
        ..Form::default()
    };
    let reply = render(&FormPage { shell: frame::shell(visit, title, crumbs(cx)), form })?;
    Ok(match (reply, refused) {
        (Reply::Page(_, html), Some(error)) => Reply::Page(refusal::status(error), html),
        (reply, _) => reply,
    })
}

/// Makes a key and shows its secret.
pub(crate) async fn create(console: &Console, visit: &Visit, caller: Caller) -> Result<Reply> {
    let doing = Doing { operation: "CreateAccessKey", permission: "ram:CreateAccessKey" };
    let new = NewAccessKey {
        user: visit.form.some("user").unwrap_or_else(|| caller.user_id().to_owned()),
        chosen: None,
        description: visit.form.get("description").to_owned(),
    };
    let made = change(console, visit, &caller, doing, of_users, move |cx, subject| {
        let (key, secret) = cx.services.identity.create_access_key(cx.tx, cx.caller, &new)?;
        *subject = Some((KIND, key.id.clone()));
        Ok((key.id, secret.expose().to_owned()))
    })
    .await?;
    match made {
        Ok((id, secret)) => shown(visit, "keys.made", id, secret),
        Err(refused @ Error::Forbidden { .. }) => Err(refused),
        Err(refused) => {
            on_snapshot(console, visit, caller, move |cx, visit| filled(cx, visit, Some(&refused))).await
        }
    }
}

/// The only page that shows a secret; it is the answer to the press itself and cannot be asked for again.
fn shown(visit: &Visit, title: &str, id: String, secret: String) -> Result<Reply> {
    let lang = visit.lang;
    let title = lang.t(title).to_owned();
    let crumbs =
        vec![Link::new(lang.t("nav.settings"), "/console"), Link::new(lang.t("keys.title"), "/console/keys")];
    let mut lines = Vec::new();
    for (id_name, secret_name) in [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"),
    ] {
        lines.push(format!("export {id_name}={id}"));
        lines.push(format!("export {secret_name}={secret}"));
    }
    let page = SecretPage {
        shell: frame::shell(visit, title.clone(), crumbs),
        title,
        id,
        secret,
        shell_lines: lines.join("\n"),
        back: Link::new(lang.t("keys.kept"), "/console/keys"),
    };
    render(&page)
}

/// Asks before deleting.
pub(crate) fn confirm(cx: &mut Cx<'_, '_>, visit: &Visit, id: &str) -> Result<Reply> {
    let key = cx.services.identity.access_key(cx.tx, cx.caller, id)?;
    let title = cx.lang.fill("keys.delete", &[&key.id]);
    let confirm = Confirm {
        title: title.clone(),
        consequences: vec![cx.t("keys.delete-stops"), cx.t("keys.delete-rather")],
        action: format!("{}/delete", kinds::href("keys", &key.id)),
        cancel: "/console/keys".to_owned(),
        submit: cx.t("object.delete"),
        ..Confirm::default()
    };
    render(&ConfirmPage { shell: frame::shell(visit, title, crumbs(cx)), confirm })
}

/// Deletes a key.
pub(crate) async fn delete(console: &Console, visit: &Visit, caller: Caller, id: &str) -> Result<Reply> {
    let doing = Doing { operation: "DeleteAccessKey", permission: "ram:DeleteAccessKey" };
    let target = id.to_owned();
    change(console, visit, &caller, doing, of_users, move |cx, subject| {
        *subject = Some((KIND, target.clone()));
        cx.services.identity.delete_access_key(cx.tx, cx.caller, &target)
    })
    .await??;
    Ok(Reply::go_saying("/console/keys", "flash.deleted", id))
}

/// Enables, disables or rotates a key.
pub(crate) async fn act(
    console: &Console,
    visit: &Visit,
    caller: Caller,
    id: &str,
    action: &str,
) -> Result<Reply> {
    let target = id.to_owned();
    let subject_of =
        move |subject: &mut Option<super::Subject>, id: &str| *subject = Some((KIND, id.to_owned()));
    match action {
        "enable" | "disable" => {
            let doing = Doing { operation: "UpdateAccessKey", permission: "ram:UpdateAccessKey" };
            let enabled = action == "enable";
            change(console, visit, &caller, doing, of_users, move |cx, subject| {
                subject_of(subject, &target);
                cx.services.identity.set_access_key_enabled(cx.tx, cx.caller, &target, enabled).map(drop)
            })
            .await??;
            Ok(Reply::go_saying("/console/keys", "flash.saved", id))
        }
        "rotate" => {
            let doing = Doing { operation: "RotateAccessKey", permission: "ram:CreateAccessKey" };
            let (id, secret) = change(console, visit, &caller, doing, of_users, move |cx, subject| {
                subject_of(subject, &target);
                let (key, secret) =
                    cx.services.identity.rotate_access_key(cx.tx, cx.caller, &target, OVERLAP_MS)?;
                Ok((key.id, secret.expose().to_owned()))
            })
            .await??;
            shown(visit, "keys.rotated", id, secret)
        }
        _ => Err(Error::not_found("page", visit.here.as_str())),
    }
}

/// What policies are asked about; the service asks once more, about the user itself.
fn of_users(cx: &mut Cx<'_, '_>) -> Result<String> {
    Ok(format!("acs:ram::{}:user/*", cx.caller.account_id))
}

fn settings(cx: &Cx<'_, '_>) -> Vec<Link> {
    vec![Link::new(cx.t("nav.settings"), "/console")]
}

fn crumbs(cx: &Cx<'_, '_>) -> Vec<Link> {
    let mut crumbs = settings(cx);
    crumbs.push(Link::new(cx.t("keys.title"), "/console/keys"));
    crumbs
}
