//! How this server is: the store, and the engines that work by themselves.

use std::sync::PoisonError;

use muster_core::{EngineState, Result};
use muster_db::{Counters, Dialect, Health};

use super::{REFRESH_S, render};
use crate::Console;
use crate::cx::Cx;
use crate::frame;
use crate::reply::Reply;
use crate::view::object::Section;
use crate::view::pages::SectionsPage;
use crate::view::{Column, Fact, Link, Row, State, Table, Tone, Value};
use crate::visit::Visit;

/// What the process knows about itself.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    store: Health,
    dialect: Dialect,
    counters: Counters,
    engines: Vec<EngineState>,
}

impl Facts {
    pub(crate) fn gather(console: &Console) -> Self {
        let engines = console
            .engines
            .get()
            .map_or_else(Vec::new, |states| states.lock().unwrap_or_else(PoisonError::into_inner).clone());
        Self {
            store: console.db.health(),
            dialect: console.db.dialect(),
            counters: console.db.counters(),
            engines,
        }
    }
}

/// The page.
pub(crate) fn page(cx: &mut Cx<'_, '_>, visit: &Visit, known: &Facts) -> Result<Reply> {
    let store = match &known.store {
        Health::Writable => State::new(Tone::Good, cx.t("health.writable")),
        Health::ReadOnly(why) => State::new(Tone::Bad, cx.lang.fill("health.read-only", &[why])),
    };
    let database = match known.dialect {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
    };
    let per_commit = known.counters.commit_us.checked_div(known.counters.commits).unwrap_or(0);
    let facts = vec![
        Fact::new(cx.t("health.store"), Value::State(store)),
        Fact::new(cx.t("health.database"), Value::Text(database.to_owned())),
        Fact::new(cx.t("health.works"), Value::Number(known.counters.works)),
        Fact::new(cx.t("health.commits"), Value::Number(known.counters.commits)),
        Fact::new(
            cx.t("health.commit-time"),
            Value::Text(cx.lang.fill("health.us", &[&cx.lang.number(per_commit)])),
        ),
        Fact::new(cx.t("health.retries"), Value::Number(known.counters.retries)),
        Fact::new(cx.t("health.version"), Value::Text(env!("CARGO_PKG_VERSION").to_owned())),
    ];
    let rows: Vec<Row> = known.engines.iter().map(|engine| row(cx, engine)).collect();
    let engines = Section {
        id: "engines",
        title: cx.t("health.engines"),
        lead: cx.t("health.engines-lead"),
        table: Table {
            caption: cx.t("health.engines"),
            columns: vec![
                Column::new(cx.t("engine.name")),
                Column::new(cx.t("engine.state")),
                Column::numeric(cx.t("engine.runs")),
                Column::numeric(cx.t("engine.failures")),
                Column::numeric(cx.t("engine.took")),
                Column::new(cx.t("engine.last")),
            ],
            rows,
        },
        empty: cx.t("health.no-engines"),
        ..Section::default()
    };
    let title = cx.t("health.title");
    let mut shell = frame::shell(visit, title.clone(), vec![Link::new(cx.t("nav.settings"), "/console")]);
    shell.refresh = Some(REFRESH_S);
    render(&SectionsPage {
        shell,
        title,
        lead: String::new(),
        facts,
        filters: Vec::new(),
        sections: vec![engines],
        live: true,
    })
}

fn row(cx: &Cx<'_, '_>, engine: &EngineState) -> Row {
    let state = match (&engine.last_error, engine.last_end) {
        (Some(why), _) => State::new(Tone::Bad, why.clone()),
        (None, Some(_)) => State::new(Tone::Good, cx.t("engine.well")),
        (None, None) => State::new(Tone::Waiting, cx.t("engine.first")),
    };
    Row::from(vec![
        Value::Text(engine.name.to_owned()),
        Value::State(state),
        Value::Number(engine.runs),
        Value::Number(engine.failures),
        Value::Text(cx.lang.fill("attempt.ms", &[&engine.last_ms.to_string()])),
        engine.last_end.map_or(Value::None, |end| cx.time(end)),
    ])
}
