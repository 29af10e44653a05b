//! The first page: what needs attention now, what there is, what happened.

use muster_core::{Result, Timestamp};
use muster_identity::audit::{self, AuditFilter};
use muster_jobs::firings;
use muster_notify::MessageState;

use super::{REFRESH_S, render};
use crate::chart::{Bar, Bars, Hue, Share, Shares};
use crate::cx::Cx;
use crate::kinds::{self, Kind, Verb};
use crate::reply::Reply;
use crate::view::pages::{Attention, Fires, KindCard, OverviewPage};
use crate::view::{Link, Tone, time};
use crate::visit::Visit;
use crate::{frame, history};

/// The five kinds of groups, each with the kinds that belong to it.
const CARDS: [(&str, &[&str]); 5] = [
    ("app-groups", &["jobs", "namespaces", "notification-policies"]),
    ("job-groups", &["scheduled-jobs", "triggers"]),
    ("resource-groups", &[]),
    ("contact-groups", &["contacts"]),
    ("published-groups", &["server-groups"]),
];

const EVENTS: u32 = 10;
const HOUR_MS: i64 = 3_600_000;
const HOURS: usize = 24;
const MINUTES: i64 = 60;
/// Failed runs of a group that are counted.
const MOST_FAILED: i64 = 1_000;

/// The page.
pub(crate) fn page(cx: &mut Cx<'_, '_>, visit: &Visit) -> Result<Reply> {
    let mut cards = Vec::new();
    for (slug, beside) in CARDS {
        cards.extend(card(cx, slug, beside)?);
    }
    let a_day_ago = cx.tx.now().plus_ms(-24 * HOUR_MS);
    // Whoever may not open a list is not told of its contents here either.
    let messages = match cx.caller.require(super::messages::PERMISSION, "*") {
        Ok(()) => cx.services.notify.count_messages(cx.tx, cx.caller, a_day_ago)?,
        Err(_) => Vec::new(),
    };
    let pending = match kinds::find("contacts").filter(|kind| sees(cx, *kind)) {
        Some(_) => cx.services.notify.count_pending_channels(cx.tx, cx.caller)?,
        None => 0,
    };
    let reads_audit = cx.caller.require(super::audit::PERMISSION, "*").is_ok();
    let of = |state: MessageState| {
        messages.iter().find(|(known, _)| *known == state).map_or(0, |(_, count)| *count)
    };
    let failed = of(MessageState::Failed);
    let mut attention = Vec::new();
    if failed > 0 {
        attention.push(Attention {
            tone: Tone::Bad,
            text: cx.lang.count("overview.failed", failed),
            link: Link::new(cx.t("overview.failed-go"), "/console/messages?state=failed"),
        });
    }
    if pending > 0 {
        attention.push(Attention {
            tone: Tone::Waiting,
            text: cx.lang.count("overview.pending", pending),
            link: Link::new(cx.t("overview.pending-go"), "/console/contacts"),
        });
    }
    let share = |key: &str, count, hue| Share { label: cx.t(key), count, hue };
    let mut shares = Shares {
        shares: vec![
            share("message-state.delivered", of(MessageState::Delivered), Hue::Good),
            share("message-state.written", of(MessageState::Written), Hue::Plain),
            share("message-state.queued", of(MessageState::Queued) + of(MessageState::Sending), Hue::Waiting),
            share("message-state.failed", of(MessageState::Failed), Hue::Bad),
            share("message-state.cancelled", of(MessageState::Cancelled), Hue::Off),
            share("message-state.silenced", of(MessageState::Silenced), Hue::Off),
        ],
    };
    // What did not happen is no news, except for the three that people ask after.
    shares.shares.retain(|share| share.count > 0 || matches!(share.hue, Hue::Good | Hue::Waiting | Hue::Bad));
    let fires = fires(cx, &mut attention)?;
    let (changes, changes_total) = changes(cx, reads_audit)?;
    let first_hour = first_hour(cx.tx.now());
    let title = cx.t("overview.title");
    let mut shell = frame::shell(visit, title, Vec::new());
    shell.refresh = Some(REFRESH_S);
    let page = OverviewPage {
        shell,
        attention,
        kinds: cards,
        fires,
        changes,
        changes_from: format!("{} UTC", time::hour(first_hour)),
        changes_total,
        messages_total: messages.iter().map(|(_, count)| *count).sum(),
        messages: shares,
        events: if reads_audit { history::events(cx, &AuditFilter::default(), EVENTS)? } else { Vec::new() },
    };
    render(&page)
}

/// Due times of the last hour by the minute, and failed runs among what needs attention.
fn fires(cx: &mut Cx<'_, '_>, attention: &mut Vec<Attention>) -> Result<Option<Fires>> {
    if kinds::find(kinds::runs::SLUG).is_none_or(|kind| !sees(cx, kind)) {
        return Ok(None);
    }
    let an_hour_ago = cx.tx.now().plus_ms(-HOUR_MS);
    let failed = cx.services.instances.count_failed(cx.tx, cx.caller, an_hour_ago, MOST_FAILED)?;
    if failed > 0 {
        attention.push(Attention {
            tone: Tone::Bad,
            text: cx.lang.count("overview.runs-failed", failed),
            link: Link::new(cx.t("overview.runs-failed-go"), "/console/runs?state=failed&within=1h"),
        });
    }
    let minutes = firings::by_minute(cx.tx, cx.caller, MINUTES)?;
    let sum = |ran: u64, unwell: u64, more: bool| {
        let plus = if more { "+" } else { "" };
        let (ran, unwell) = (cx.lang.number(ran), cx.lang.number(unwell));
        cx.lang.fill("overview.fires-sum", &[&format!("{ran}{plus}"), &format!("{unwell}{plus}")])
    };
    let bars = minutes
        .iter()
        .map(|minute| Bar {
            label: format!("{} · {}", time::exact(minute.from), sum(minute.ran, minute.unwell, minute.more)),
            plain: minute.ran,
            bad: minute.unwell,
        })
        .collect();
    let (ran, unwell) = minutes.iter().fold((0, 0), |all, each| (all.0 + each.ran, all.1 + each.unwell));
    if ran + unwell == 0 && failed == 0 {
        return Ok(None);
    }
    let total = sum(ran, unwell, minutes.iter().any(|minute| minute.more));
    let from = minutes.first().map(|minute| cx.when(minute.from).ago).unwrap_or_default();
    Ok(Some(Fires {
        bars: Bars { summary: format!("{}: {total}", cx.t("overview.fires")), bars },
        from,
        total,
    }))
}

/// A kind with its count, unless the reader may not see it.
fn card(cx: &mut Cx<'_, '_>, slug: &str, beside: &[&str]) -> Result<Option<KindCard>> {
    let Some(kind) = kinds::find(slug).filter(|kind| sees(cx, *kind)) else { return Ok(None) };
    let mut links = Vec::new();
    for slug in beside {
        if let Some(kind) = kinds::find(slug).filter(|kind| sees(cx, *kind)) {
            let text = cx.lang.count(&format!("{slug}.count"), kind.count(cx)?);
            links.push(Link::new(text, format!("/console/{slug}")));
        }
    }
    Ok(Some(KindCard {
        link: Link::new(cx.t(&format!("{slug}.title")), format!("/console/{slug}")),
        cloud: kind.cloud().name(),
        count: cx.lang.up_to(kind.count(cx)?, kinds::COUNTED),
        beside: links,
        create: format!("/console/new/{slug}"),
    }))
}

fn sees(cx: &Cx<'_, '_>, kind: &dyn Kind) -> bool {
    kind.doing(Verb::List).is_some_and(|doing| cx.caller.require(doing.permission, "*").is_ok())
}

/// The start of the oldest hour that the picture shows.
fn first_hour(now: Timestamp) -> Timestamp {
    let this_hour = now.millis().div_euclid(HOUR_MS) * HOUR_MS;
    Timestamp::from_millis(this_hour - (HOURS as i64 - 1) * HOUR_MS)
}

/// Changes by hour, and their sum in words.
fn changes(cx: &mut Cx<'_, '_>, reads_audit: bool) -> Result<(Bars, String)> {
    let from = first_hour(cx.tx.now());
    let mut hours = vec![(0_u64, 0_u64); HOURS];
    let counts = match reads_audit {
        true => audit::count_by_hour(cx.tx, &cx.caller.account_id, from)?,
        false => Vec::new(),
    };
    for count in counts {
        let hour = usize::try_from(count.hour.since(from) / HOUR_MS).unwrap_or(HOURS);
        if let Some(place) = hours.get_mut(hour) {
            *place = (count.done, count.refused);
        }
    }
    let (done, refused) = hours.iter().fold((0, 0), |sum, hour| (sum.0 + hour.0, sum.1 + hour.1));
    let sum = |done: u64, refused: u64| {
        cx.lang.fill("overview.changes-sum", &[&cx.lang.number(done), &cx.lang.number(refused)])
    };
    let bars = hours
        .iter()
        .zip(0_i64..)
        .map(|((done, refused), hour)| Bar {
            label: format!("{} UTC · {}", time::hour(from.plus_ms(hour * HOUR_MS)), sum(*done, *refused)),
            plain: *done,
            bad: *refused,
        })
        .collect();
    let total = sum(done, refused);
    Ok((Bars { summary: format!("{}: {total}", cx.t("overview.changes")), bars }, total))
}
