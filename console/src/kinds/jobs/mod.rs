//! Jobs of SchedulerX application groups.

mod acts;
mod call;
mod form;
mod show;
mod time;

use muster_core::{Error, Result};
use muster_identity::app_group_resource;
use muster_jobs::app_groups::AppGroup;
use muster_jobs::job::{Job, JobBrowse, NewJob};

use super::{Ask, COUNT_TO, Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, app_groups, link, scheduled};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Group, Preview};
use crate::view::listing::{Choice, Filter};
use crate::view::object::Object;
use crate::view::{Call, Cloud, Column, Link, Row, State, Tone, Value};

pub(crate) use show::{run_columns, run_row};
pub(crate) use time::coming_page;
pub(super) use time::{
    asked as asked_time, preview as preview_of, rule as rule_of, section as coming_section,
};

pub(crate) struct Jobs;

pub(crate) const SLUG: &str = "jobs";
/// What the audit log calls a job.
const KIND: &str = "job";

impl Kind for Jobs {
    fn slug(&self) -> &'static str {
        SLUG
    }

    fn heading(&self) -> Heading {
        Heading::Jobs
    }

    fn cloud(&self) -> Cloud {
        Cloud::SchedulerX
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List => ("ListJobs", "edas:ReadSchedulerxJobQuery"),
            Verb::Show => ("GetJobInfo", "edas:ReadSchedulerxJobQuery"),
            Verb::Create => ("CreateJob", "edas:CreateJob"),
            Verb::Update => ("UpdateJob", "edas:ManageSchedulerxJobModify"),
            Verb::Delete => ("DeleteJob", "edas:DeleteJob"),
            Verb::Act("enable") => ("EnableJob", "edas:EnableJob"),
            Verb::Act("disable") => ("DisableJob", "edas:DisableJob"),
            Verb::Act("run") => ("ExecuteJob", "edas:ManageSchedulerxJobTrigger"),
            Verb::Act("backfill") => ("RerunJob", "edas:ManageSchedulerxJobRerun"),
            Verb::Act("copy") => ("ManageSchedulerxJobSync", "edas:ManageSchedulerxJobSync"),
            Verb::Act("script") => ("UpdateJobScript", "edas:UpdateJobScript"),
            Verb::Act("workers") => ("DesignateWorkers", "edas:ManageSchedulerxDesignateWorkers"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn resource_of(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<String> {
        let (_, group) = get(cx, id)?;
        Ok(app_group_resource(&group.namespace, &group.group_id))
    }

    fn resource_for(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<String> {
        match input.some("group") {
            Some(id) => {
                let group = app_groups::get(cx, &id)?;
                Ok(app_group_resource(&group.namespace, &group.group_id))
            }
            None => Ok("*".to_owned()),
        }
    }

    fn actions(&self) -> &'static [&'static str] {
        &["enable", "disable", "run", "backfill", "copy", "script", "workers"]
    }

    fn asking(&self) -> &'static [&'static str] {
        &["run", "backfill", "copy", "script", "workers"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        ["object.name", "app-groups.one", "work.rule", "jobs.state", "triggers.due"]
            .map(|key| Column::new(cx.t(key)))
            .to_vec()
    }

    fn filters(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Vec<Filter>> {
        let state = input.get("state");
        let choices = [("", "jobs.any-state"), ("on", "jobs.enabled"), ("off", "jobs.disabled")]
            .map(|(value, key)| Choice::new(value, cx.t(key), value == state));
        let states = Filter { name: "state", label: cx.t("jobs.state"), choices: choices.to_vec() };
        Ok(vec![app_groups::filter(cx, input)?, states])
    }

    fn bulk(&self) -> &'static [(&'static str, &'static str)] {
        &[("enable", "jobs.enable"), ("disable", "jobs.disable"), ("run", "jobs.run-once")]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let by = JobBrowse {
            group: wanted.filter("group").and_then(|id| id.parse().ok()),
            enabled: wanted.filter("state").map(|state| state == "on"),
        };
        let found = match wanted.text.parse() {
            Ok(id) => cx.services.jobs.find(cx.tx, cx.caller, id).into_iter().collect(),
            Err(_) => cx.services.jobs.browse(cx.tx, cx.caller, &by, &wanted.browse())?,
        };
        let place = |job: &Job| (job.created_at, job.id.to_string());
        Found::browsed(wanted, found, place, |job| row(cx, &job))
    }

    fn looks_at_newest(&self, wanted: &Wanted<'_>) -> bool {
        !wanted.text.is_empty() || wanted.filter("state").is_some()
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        cx.services.jobs.count(cx.tx, cx.caller, COUNT_TO)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let mut found: Vec<Job> = Vec::new();
        if let Ok(id) = text.parse() {
            found.extend(cx.services.jobs.find(cx.tx, cx.caller, id).ok());
        }
        let first = Wanted::first(text, limit);
        found.extend(cx.services.jobs.browse(cx.tx, cx.caller, &JobBrowse::default(), &first.browse())?);
        let hit =
            |job: Job| Hit { id: job.id.to_string(), name: job.definition.name, below: job.id.to_string() };
        Ok(found.into_iter().map(hit).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let (job, group) = get(cx, id)?;
        show::object(cx, job, &group)
    }

    fn blank(&self, query: &Input) -> Input {
        form::blank(query)
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let (job, group) = get(cx, id)?;
        Ok(form::filled(cx, &job, &group))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let job = id.map(|id| get(cx, id)).transpose()?;
        form::groups(cx, job.as_ref(), values)
    }

    fn preview(&self, cx: &mut Cx<'_, '_>, _id: Option<&str>, values: &Input) -> Result<Option<Preview>> {
        time::preview(cx, values).map(Some)
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let group = app_groups::get(cx, input.get("group"))
            .map_err(|_| Error::invalid("group", "it is none of the choices"))?;
        let definition = form::definition(cx, input, "")?;
        let (map, monitor) = (form::map(input)?, form::monitor(input)?);
        let new = NewJob { definition, map, monitor, enabled: input.on("enabled") };
        let job = cx.services.jobs.create(cx.tx, cx.caller, &group.namespace, &group.group_id, new)?;
        Ok(Made { id: job.id.to_string(), name: job.definition.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let (job, group) = get(cx, id)?;
        let patch = form::patch(cx, &job, input)?;
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        cx.services.jobs.update(cx.tx, cx.caller, namespace, group_id, job.id, patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let (job, _) = get(cx, id)?;
        let mut consequences = vec![cx.t("jobs.delete-stops")];
        if let Some(due) = job.next_due.filter(|_| job.enabled) {
            consequences.push(cx.lang.fill("jobs.delete-due", &[&cx.when(due).ago]));
        }
        consequences.push(cx.t("jobs.delete-runs"));
        Ok(Going { name: job.definition.name, consequences, fields: Vec::new() })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        let (job, group) = get(cx, id)?;
        cx.services.jobs.delete(cx.tx, cx.caller, &group.namespace, &group.group_id, &[job.id])
    }

    fn ask(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, values: &Input) -> Result<Ask> {
        let (job, group) = get(cx, id)?;
        acts::ask(cx, &job, &group, action, values)
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, input: &Input) -> Result<()> {
        self.act_and_go(cx, id, action, input).map(drop)
    }

    fn act_and_go(
        &self,
        cx: &mut Cx<'_, '_>,
        id: &str,
        action: &str,
        input: &Input,
    ) -> Result<Option<String>> {
        let (job, group) = get(cx, id)?;
        acts::act(cx, &job, &group, action, input)
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let job = id.map(|id| get(cx, id)).transpose()?;
        call::calls(cx, verb, job.as_ref())
    }
}

/// The job with its group.
fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<(Job, AppGroup)> {
    let number = id.parse().map_err(|_| Error::not_found(KIND, id))?;
    let job = cx.services.jobs.find(cx.tx, cx.caller, number)?;
    let group = cx.services.app_groups.get_by_id(cx.tx, cx.caller, job.app_group)?;
    Ok((job, group))
}

/// A link to a job's page.
pub(crate) fn link_to(id: i64, name: impl Into<String>) -> Link {
    link(SLUG, &id.to_string(), name)
}

/// Whether its due times count.
pub(super) fn state(cx: &Cx<'_, '_>, job: &Job) -> State {
    if job.enabled {
        State::new(Tone::Good, cx.t("jobs.enabled"))
    } else {
        State::new(Tone::Off, cx.t("jobs.disabled"))
    }
}

/// When it is due, in a line.
pub(super) fn rule(cx: &Cx<'_, '_>, job: &Job) -> String {
    time::rule(cx, &job.definition.time)
}

fn row(cx: &mut Cx<'_, '_>, job: &Job) -> Result<Row> {
    let group = cx.services.app_groups.get_by_id(cx.tx, cx.caller, job.app_group)?;
    let id = job.id.to_string();
    let due = job.next_due.filter(|_| job.enabled).map_or(Value::None, |due| cx.time(due));
    let (enabled, state) = (job.enabled, state(cx, job));
    let kind = cx.t(&format!("job-type.{}", job.definition.kind.as_str()));
    let mut row = Row::from(vec![
        Value::Named(link_to(job.id, job.definition.name.clone()), id.clone()),
        Value::Link(link(app_groups::SLUG, &group.id.to_string(), group.name)),
        Value::Pair(rule(cx, job), kind),
        Value::State(state),
        due,
    ]);
    row.buttons.push(scheduled::switch(cx, SLUG, &id, enabled));
    row.pick = Some((id, job.definition.name.clone()));
    Ok(row)
}
