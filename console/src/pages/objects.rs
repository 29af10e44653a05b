//! List, page, form and end of an object of any kind.

use muster_core::{Error, Result};
use muster_identity::Caller;
use muster_identity::audit::AuditFilter;

use super::{EVENTS, REFRESH_S, change, render};
use crate::Console;
use crate::cx::Cx;
use crate::kinds::{self, Doing, Kind, Made, Verb, Wanted};
use crate::reply::Reply;
use crate::route::on_snapshot;
use crate::view::form::{Confirm, ConfirmPage, Form, FormPage};
use crate::view::listing::{Bulk, Empty, Listing, ListingPage, Search};
use crate::view::object::{ObjectPage, Section};
use crate::view::pages::SectionsPage;
use crate::view::{Column, Link, Row, State, Table, Tone, Value};
use crate::visit::Visit;
use crate::{frame, history, input, refusal};

/// The list.
pub(crate) fn list(cx: &mut Cx<'_, '_>, visit: &Visit, kind: &'static dyn Kind) -> Result<Reply> {
    allowed(cx, kind, Verb::List, None)?;
    let slug = kind.slug();
    let text = visit.query.get("q");
    let after = visit.query.get("after");
    let wanted = Wanted { text, after, limit: None, input: Some(&visit.query) };
    let found = kind.rows(cx, &wanted)?;
    let next = found.next.map(|next| address(slug, &visit.query.query(&[("after", &next)])));
    let rows = found.rows;
    let filters = kind.filters(cx, &visit.query)?;
    let typed = kind.typed(cx, &visit.query);
    let narrowed = !text.is_empty()
        || !after.is_empty()
        || typed.iter().any(|filter| !filter.value.is_empty())
        || filters.iter().any(|filter| visit.query.some(filter.name).is_some());
    let may_create = offers(cx, kind, Verb::Create, None);
    let t = |part: &str| cx.lang.t(&format!("{slug}.{part}")).to_owned();
    let create = may_create.then(|| Link::new(t("new"), format!("/console/new/{slug}")));
    let (title, lead) = (t("title"), t("lead"));
    let looked_at_newest = kind.looks_at_newest(&wanted);
    let may = |action| {
        kind.doing(Verb::Act(action)).is_some_and(|doing| cx.caller.require(doing.permission, "*").is_ok())
    };
    let ways: Vec<_> = kind
        .bulk()
        .iter()
        .filter(|(action, _)| may(action))
        .map(|(action, key)| (*action, cx.t(key)))
        .collect();
    let bulk = (!ways.is_empty() && !rows.is_empty())
        .then(|| Bulk { action: format!("/console/{slug}/bulk"), ways });
    let empty = match (rows.is_empty(), narrowed) {
        (false, _) => None,
        (true, true) => {
            Some(Empty { title: cx.t("list.no-match"), body: cx.t("list.no-match-body"), ..Empty::default() })
        }
        (true, false) => Some(Empty {
            title: t("none"),
            body: lead.clone(),
            create: create.clone(),
            calls: kind.calls(cx, Verb::Create, None)?,
        }),
    };
    let bare = empty.is_some() && !narrowed;
    let own = format!("{slug}.search");
    let search = cx.t(if cx.lang.has(&own) { &own } else { "list.search" });
    let list = Listing {
        title: title.clone(),
        lead: if bare { String::new() } else { lead },
        create: if bare { None } else { create },
        search: (!bare).then(|| Search { label: search, value: text.to_owned() }),
        filters: if bare { Vec::new() } else { filters },
        typed: if bare { Vec::new() } else { typed },
        bulk,
        table: Table { caption: title.clone(), columns: kind.columns(cx), rows },
        first: (!after.is_empty()).then(|| address(slug, &visit.query.query(&[("after", "")]))),
        next,
        note: if looked_at_newest { cx.t("list.looked-through") } else { String::new() },
        empty,
        live: kind.is_live() && after.is_empty(),
        ..Listing::default()
    };
    let crumbs = vec![heading(cx, kind)];
    let mut shell = frame::shell(visit, title, crumbs);
    shell.refresh = list.live.then_some(REFRESH_S);
    render(&ListingPage { shell, list })
}

/// The page of one object.
pub(crate) fn show(cx: &mut Cx<'_, '_>, visit: &Visit, kind: &'static dyn Kind, id: &str) -> Result<Reply> {
    allowed(cx, kind, Verb::Show, Some(id))?;
    let slug = kind.slug();
    let mut object = kind.show(cx, id)?;
    object.kind = cx.t(&format!("{slug}.one"));
    object.cloud = Some(kind.cloud());
    let here = kinds::href(slug, id);
    object.edit = offers(cx, kind, Verb::Update, Some(id)).then(|| format!("{here}/edit"));
    object.delete = offers(cx, kind, Verb::Delete, Some(id)).then(|| format!("{here}/delete"));
    let (_, subject) = kind.subject(id);
    object.more_events =
        Some(format!("/console/audit?{}", input::Input::default().query(&[("subject", &subject)])));
    object.events =
        history::events(cx, &AuditFilter { subject_id: Some(subject), ..AuditFilter::default() }, EVENTS)?;
    object.calls = kind.calls(cx, Verb::Show, Some(id))?;
    object.has_history = true;
    object.live = true;
    let mut shell = frame::shell(visit, object.name.clone(), vec![heading(cx, kind), of_kind(cx, kind)]);
    shell.refresh = Some(REFRESH_S);
    render(&ObjectPage { shell, object })
}

/// An empty form, or one with what the address says already.
pub(crate) fn new(cx: &mut Cx<'_, '_>, visit: &Visit, kind: &'static dyn Kind) -> Result<Reply> {
    let resource = kind.resource_for(cx, &visit.query)?;
    cx.caller.require(doing(kind, Verb::Create)?.permission, &resource)?;
    let values = kind.blank(&visit.query);
    form(cx, visit, kind, None, &values, None)
}

/// The form of an existing object.
pub(crate) fn edit(cx: &mut Cx<'_, '_>, visit: &Visit, kind: &'static dyn Kind, id: &str) -> Result<Reply> {
    allowed(cx, kind, Verb::Update, Some(id))?;
    let values = kind.filled(cx, id)?;
    form(cx, visit, kind, Some(id), &values, None)
}

fn form(
    cx: &mut Cx<'_, '_>,
    visit: &Visit,
    kind: &'static dyn Kind,
    id: Option<&str>,
    values: &input::Input,
    refused: Option<&Error>,
) -> Result<Reply> {
    let slug = kind.slug();
    let mut groups = kind.form(cx, id, values)?;
    let preview = kind.preview(cx, id, values)?;
    let error = refused.and_then(|error| refusal::place(cx.lang, error, &mut groups));
    let (title, action, cancel, submit, verb) = match id {
        None => (
            cx.t(&format!("{slug}.new")),
            format!("/console/new/{slug}"),
            format!("/console/{slug}"),
            cx.t("form.create"),
            Verb::Create,
        ),
        Some(id) => {
            let here = kinds::href(slug, id);
            let name = kind.going(cx, id)?.name;
            let title = cx.lang.fill("form.edit", &[&name]);
            (title, format!("{here}/edit"), here, cx.t("form.save"), Verb::Update)
        }
    };
    let form = Form {
        title: title.clone(),
        lead: if id.is_none() { cx.t(&format!("{slug}.lead")) } else { String::new() },
        cloud: Some(kind.cloud()),
        action,
        cancel,
        submit,
        error,
        groups,
        calls: kind.calls(cx, verb, id)?,
        preview,
    };
    let shell = frame::shell(visit, title, vec![heading(cx, kind), of_kind(cx, kind)]);
    with_status(render(&FormPage { shell, form })?, refused)
}

/// Makes one.
pub(crate) async fn create(
    console: &Console,
    visit: &Visit,
    caller: Caller,
    kind: &'static dyn Kind,
) -> Result<Reply> {
    let doing = doing(kind, Verb::Create)?;
    if visit.form.some("preview").is_some() {
        return filled_in(console, visit, caller, kind, None).await;
    }
    let input = visit.form.clone();
    let place = input.clone();
    let made = change(
        console,
        visit,
        &caller,
        doing,
        move |cx| kind.resource_for(cx, &place),
        move |cx, subject| {
            let made: Made = kind.create(cx, &input)?;
            *subject = Some(kind.subject(&made.id));
            Ok(made)
        },
    )
    .await?;
    match made {
        Ok(made) => Ok(Reply::go_saying(kinds::href(kind.slug(), &made.id), "flash.created", made.name)),
        Err(refused) => again(console, visit, caller, kind, None, refused).await,
    }
}

/// Changes one.
pub(crate) async fn update(
    console: &Console,
    visit: &Visit,
    caller: Caller,
    kind: &'static dyn Kind,
    id: &str,
) -> Result<Reply> {
    let doing = doing(kind, Verb::Update)?;
    if visit.form.some("preview").is_some() {
        return filled_in(console, visit, caller, kind, Some(id)).await;
    }
    let (input, target) = (visit.form.clone(), id.to_owned());
    let name = change(console, visit, &caller, doing, resource_of(kind, id), move |cx, subject| {
        *subject = Some(kind.subject(&target));
        kind.update(cx, &target, &input)?;
        Ok(kind.going(cx, &target)?.name)
    })
    .await?;
    match name {
        Ok(name) => Ok(Reply::go_saying(kinds::href(kind.slug(), id), "flash.saved", name)),
        Err(refused) => again(console, visit, caller, kind, Some(id), refused).await,
    }
}

/// The form as it was filled in, with what it would lead to: nothing has changed.
async fn filled_in(
    console: &Console,
    visit: &Visit,
    caller: Caller,
    kind: &'static dyn Kind,
    id: Option<&str>,
) -> Result<Reply> {
    let id = id.map(str::to_owned);
    on_snapshot(console, visit, caller, move |cx, visit| {
        match id.as_deref() {
            Some(id) => allowed(cx, kind, Verb::Update, Some(id))?,
            None => {
                let resource = kind.resource_for(cx, &visit.form)?;
                cx.caller.require(doing(kind, Verb::Create)?.permission, &resource)?;
            }
        }
        form(cx, visit, kind, id.as_deref(), &visit.form, None)
    })
    .await
}

/// The form once more, as it was filled in, with the reason of the refusal.
async fn again(
    console: &Console,
    visit: &Visit,
    caller: Caller,
    kind: &'static dyn Kind,
    id: Option<&str>,
    refused: Error,
) -> Result<Reply> {
    if matches!(refused, Error::Forbidden { .. }) {
        return Err(refused);
    }
    let id = id.map(str::to_owned);
    on_snapshot(console, visit, caller, move |cx, visit| {
        form(cx, visit, kind, id.as_deref(), &visit.form, Some(&refused))
    })
    .await
}

/// Asks before deleting.
pub(crate) fn confirm(
    cx: &mut Cx<'_, '_>,
    visit: &Visit,
    kind: &'static dyn Kind,
    id: &str,
) -> Result<Reply> {
    allowed(cx, kind, Verb::Delete, Some(id))?;
    ask(cx, visit, kind, id, None)
}

fn ask(
    cx: &mut Cx<'_, '_>,
    visit: &Visit,
    kind: &'static dyn Kind,
    id: &str,
    refused: Option<&Error>,
) -> Result<Reply> {
    let slug = kind.slug();
    let going = kind.going(cx, id)?;
    let title = cx.lang.fill(&format!("{slug}.delete"), &[&going.name]);
    let here = kinds::href(slug, id);
    let confirm = Confirm {
        title: title.clone(),
        consequences: going.consequences,
        error: refused.map(|error| refusal::sentence(cx.lang, error)),
        fields: going.fields,
        action: format!("{here}/delete"),
        cancel: here.clone(),
        submit: cx.t("object.delete"),
        calls: kind.calls(cx, Verb::Delete, Some(id))?,
    };
    let crumbs = vec![heading(cx, kind), of_kind(cx, kind), Link::new(going.name, here)];
    with_status(render(&ConfirmPage { shell: frame::shell(visit, title, crumbs), confirm })?, refused)
}

/// Deletes one.
pub(crate) async fn delete(
    console: &Console,
    visit: &Visit,
    caller: Caller,
    kind: &'static dyn Kind,
    id: &str,
) -> Result<Reply> {
    let doing = doing(kind, Verb::Delete)?;
    let (input, target) = (visit.form.clone(), id.to_owned());
    let gone = change(console, visit, &caller, doing, resource_of(kind, id), move |cx, subject| {
        *subject = Some(kind.subject(&target));
        let name = kind.going(cx, &target)?.name;
        kind.delete(cx, &target, &input)?;
        Ok(name)
    })
    .await?;
    match gone {
        Ok(name) => Ok(Reply::go_saying(format!("/console/{}", kind.slug()), "flash.deleted", name)),
        Err(refused @ (Error::Forbidden { .. } | Error::NotFound { .. })) => Err(refused),
        Err(refused) => {
            let id = id.to_owned();
            on_snapshot(console, visit, caller, move |cx, visit| ask(cx, visit, kind, &id, Some(&refused)))
                .await
        }
    }
}

/// Asks what an action needs to know.
pub(crate) fn question(
    cx: &mut Cx<'_, '_>,
    visit: &Visit,
    kind: &'static dyn Kind,
    id: &str,
    action: &str,
) -> Result<Reply> {
    let action = known(visit, kind, action)?;
    allowed(cx, kind, Verb::Act(action), Some(id))?;
    question_page(cx, visit, kind, id, action, &visit.query, None)
}

fn question_page(
    cx: &mut Cx<'_, '_>,
    visit: &Visit,
    kind: &'static dyn Kind,
    id: &str,
    action: &'static str,
    values: &input::Input,
    refused: Option<&Error>,
) -> Result<Reply> {
    let mut ask = kind.ask(cx, id, action, values)?;
    let error = refused.and_then(|error| refusal::place(cx.lang, error, &mut ask.groups));
    let here = kinds::href(kind.slug(), id);
    let name = kind.going(cx, id)?.name;
    let crumbs = vec![heading(cx, kind), of_kind(cx, kind), Link::new(name, here.clone())];
    let shell = frame::shell(visit, ask.title.clone(), crumbs);
    let calls = kind.calls(cx, Verb::Act(action), Some(id))?;
    let (title, submit, action) = (ask.title, ask.submit, kinds::action(kind.slug(), id, action));
    let page = if ask.consequences.is_empty() {
        let (lead, groups) = (ask.lead, ask.groups);
        let form =
            Form { title, lead, action, cancel: here, submit, error, groups, calls, ..Form::default() };
        render(&FormPage { shell, form })?
    } else {
        let fields = ask.groups.into_iter().flat_map(|group| group.fields).collect();
        let consequences = ask.consequences;
        let confirm = Confirm { title, consequences, error, fields, action, cancel: here, submit, calls };
        render(&ConfirmPage { shell, confirm })?
    };
    with_status(page, refused)
}

/// Does what a button on the object's page says.
pub(crate) async fn act(
    console: &Console,
    visit: &Visit,
    caller: Caller,
    kind: &'static dyn Kind,
    id: &str,
    action: &str,
) -> Result<Reply> {
    let action = known(visit, kind, action)?;
    let doing = doing(kind, Verb::Act(action))?;
    let (input, target) = (visit.form.clone(), id.to_owned());
    let done = change(console, visit, &caller, doing, resource_of(kind, id), move |cx, subject| {
        *subject = Some(kind.subject(&target));
        kind.act_and_go(cx, &target, action, &input)
    })
    .await?;
    match done {
        Ok(to) => {
            let to = to.unwrap_or_else(|| kinds::href(kind.slug(), id));
            Ok(Reply::go_saying(to, "flash.done", ""))
        }
        Err(refused) if matches!(refused, Error::Forbidden { .. }) || !kind.asking().contains(&action) => {
            Err(refused)
        }
        Err(refused) => {
            let id = id.to_owned();
            on_snapshot(console, visit, caller, move |cx, visit| {
                question_page(cx, visit, kind, &id, action, &visit.form, Some(&refused))
            })
            .await
        }
    }
}

/// Does one thing with many objects, each with its own row of the audit log, and says what became of each.
pub(crate) async fn bulk(
    console: &Console,
    visit: &Visit,
    caller: Caller,
    kind: &'static dyn Kind,
) -> Result<Reply> {
    let wanted = visit.form.get("do");
    let action = kind.bulk().iter().map(|(action, _)| *action).find(|action| *action == wanted);
    let action = action.ok_or_else(|| Error::not_found("page", visit.here.as_str()))?;
    let doing = doing(kind, Verb::Act(action))?;
    let mut outcomes = Vec::new();
    for id in visit.form.all("id").take(kinds::PAGE as usize) {
        let (input, target) = (visit.form.clone(), id.to_owned());
        let done = change(console, visit, &caller, doing, resource_of(kind, id), move |cx, subject| {
            *subject = Some(kind.subject(&target));
            let name = kind.going(cx, &target)?.name;
            kind.act(cx, &target, action, &input)?;
            Ok(name)
        })
        .await?;
        outcomes.push((id.to_owned(), done));
    }
    let lang = visit.lang;
    let rows: Vec<Row> = outcomes
        .into_iter()
        .map(|(id, done)| {
            let link = |name: &str| Value::Named(kinds::link(kind.slug(), &id, name), id.clone());
            match &done {
                Ok(name) => {
                    Row::from(vec![link(name), Value::State(State::new(Tone::Good, lang.t("event.done")))])
                }
                Err(error) => {
                    let refused = State::new(Tone::Bad, lang.t("bulk.refused"));
                    Row::from(vec![link(&id), Value::Because(refused, refusal::sentence(lang, error))])
                }
            }
        })
        .collect();
    let title = lang.t(&format!("{}.bulk-{action}", kind.slug())).to_owned();
    let back = Link::new(lang.t(&format!("{}.title", kind.slug())), format!("/console/{}", kind.slug()));
    let results = Section {
        id: "results",
        title: lang.t("bulk.results").to_owned(),
        count: Some(rows.len() as u64),
        table: Table {
            caption: title.clone(),
            columns: vec![Column::new(lang.t("object.name")), Column::new(lang.t("bulk.outcome"))],
            rows,
        },
        empty: lang.t("bulk.none").to_owned(),
        more: Some(back.clone()),
        ..Section::default()
    };
    let crumbs = vec![Link::new(lang.t(kind.heading().key()), "/console"), back];
    let shell = frame::shell(visit, title.clone(), crumbs);
    let (facts, filters) = (Vec::new(), Vec::new());
    render(&SectionsPage {
        shell,
        title,
        lead: String::new(),
        facts,
        filters,
        sections: vec![results],
        live: false,
    })
}

fn known(visit: &Visit, kind: &dyn Kind, action: &str) -> Result<&'static str> {
    let known = kind.actions().iter().copied().find(|known| *known == action);
    known.ok_or_else(|| Error::not_found("page", visit.here.as_str()))
}

fn doing(kind: &dyn Kind, verb: Verb) -> Result<Doing> {
    kind.doing(verb).ok_or_else(|| Error::not_found("page", kind.slug()))
}

fn allowed(cx: &mut Cx<'_, '_>, kind: &dyn Kind, verb: Verb, id: Option<&str>) -> Result<()> {
    let resource = match id {
        Some(id) => kind.resource_of(cx, id)?,
        None => "*".to_owned(),
    };
    cx.caller.require(doing(kind, verb)?.permission, &resource)
}

fn resource_of(
    kind: &'static dyn Kind,
    id: &str,
) -> impl Fn(&mut Cx<'_, '_>) -> Result<String> + Send + 'static {
    let id = id.to_owned();
    move |cx| kind.resource_of(cx, &id)
}

/// Whether this reader may do it, so that no page leads to a refusal.
fn offers(cx: &mut Cx<'_, '_>, kind: &dyn Kind, verb: Verb, id: Option<&str>) -> bool {
    allowed(cx, kind, verb, id).is_ok()
}

fn heading(cx: &Cx<'_, '_>, kind: &dyn Kind) -> Link {
    Link::new(cx.t(kind.heading().key()), "/console")
}

fn of_kind(cx: &Cx<'_, '_>, kind: &dyn Kind) -> Link {
    Link::new(cx.t(&format!("{}.title", kind.home())), format!("/console/{}", kind.home()))
}

fn address(slug: &str, query: &str) -> String {
    if query.is_empty() { format!("/console/{slug}") } else { format!("/console/{slug}?{query}") }
}

/// The page with the status of the refusal that it shows.
fn with_status(reply: Reply, refused: Option<&Error>) -> Result<Reply> {
    Ok(match (reply, refused) {
        (Reply::Page(_, html), Some(error)) => Reply::Page(refusal::status(error), html),
        (reply, _) => reply,
    })
}
