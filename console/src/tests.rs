//! The console as one piece, without a browser: requests in, pages out, over a store of its own.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::tz::TimeZone;
use muster_core::{Clock, Random, SharedRandom, Uuid};
use muster_db::Migration;
use muster_db::testing::TestStore;
use muster_identity::testing::root_caller;
use muster_identity::{FirstRoot, Secret};
use muster_jobs::instances::Execute;
use muster_jobs::job::{Definition, ExecuteMode, JobKind, NewJob, Time};
use muster_jobs::link::{NoWorkers, Workers};
use muster_wire::{Body, Request, Response, Vendor};

use crate::{Console, Services};

const PASSWORD: &str = "correct horse";

/// A console with its store, and one browser's cookies.
struct Site {
    /// Pages wait for the store; the tests themselves do not.
    runtime: tokio::runtime::Runtime,
    store: TestStore,
    console: Console,
    cookies: Vec<String>,
    csrf: String,
}

fn migrations() -> Vec<Migration> {
    [
        muster_identity::MIGRATIONS,
        muster_notify::MIGRATIONS,
        muster_jobs::MIGRATIONS,
        muster_jobs::scheduled::MIGRATIONS,
        muster_resources::MIGRATIONS,
        muster_metrics::MIGRATIONS,
        muster_alarms::MIGRATIONS,
        muster_events::MIGRATIONS,
        muster_apps::MIGRATIONS,
    ]
    .concat()
}

impl Site {
    fn new() -> Self {
        let store = TestStore::sqlite(&migrations()).unwrap();
        let settings = muster_identity::Settings {
            first: FirstRoot { access_key: None, password: Some(Secret::new(PASSWORD)) },
            ..muster_identity::Settings::new("cn-test", store.folder.path().join("key"))
        };
        let clock: Arc<dyn Clock> = Arc::<muster_core::ManualClock>::clone(&store.clock);
        let random = Arc::new(SharedRandom::new(Random::from_number(7)));
        let started = muster_identity::Service::start(store.db.clone(), settings, clock, random).unwrap();
        let notify =
            Arc::new(muster_notify::Service::new(muster_notify::ContactSettings::default(), "http://here"));
        let services = Services {
            identity: Arc::new(started.service),
            app_groups: Arc::new(muster_jobs::app_groups::Service::new(Arc::clone(&notify))),
            notify,
            jobs: Arc::new(muster_jobs::job::Service { zone: TimeZone::UTC }),
            instances: Arc::new(muster_jobs::instances::Service { zone: TimeZone::UTC }),
            workers: Workers(Arc::new(NoWorkers)),
            workflows: Arc::new(muster_jobs::workflows::Service { zone: TimeZone::UTC }),
            logs: muster_jobs::logs::Service::default(),
            scheduled: Arc::default(),
            resources: Arc::default(),
            masks: Arc::default(),
            events: Arc::new(muster_events::Service::new(
                muster_events::Limits::default(),
                Arc::new(muster_events::rules::Plain),
            )),
            metrics: Arc::new(muster_metrics::Service::new(muster_metrics::Limits::default())),
            alarms: Arc::new(muster_alarms::Service::new(muster_alarms::Limits::default())),
            apps: Arc::default(),
            resource_group_id: |id| format!("rg{id}"),
        };
        Self {
            runtime: tokio::runtime::Runtime::new().unwrap(),
            console: Console::new(store.db.clone(), services),
            store,
            cookies: Vec::new(),
            csrf: String::new(),
        }
    }

    fn send(&mut self, method: Method, address: &str, body: String) -> (StatusCode, HeaderMap, String) {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(&self.cookies.join("; ")).unwrap());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let request = Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: Bytes::from(body),
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            secure: false,
            id: Uuid::nil(),
            received: self.store.clock.now(),
        };
        let Response { status, headers, body } = self.runtime.block_on(self.console.handle(request));
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            let name = pair.split('=').next().unwrap().to_owned();
            self.cookies.retain(|known| !known.starts_with(&format!("{name}=")));
            self.cookies.push(pair);
        }
        let Body::Bytes(body) = body else { panic!("a page, not a stream") };
        let page = String::from_utf8(body.to_vec()).unwrap();
        if let Some((_, rest)) = page.split_once("name=\"csrf\" value=\"") {
            self.csrf = rest.split('"').next().unwrap().to_owned();
        }
        (status, headers, page)
    }

    fn get(&mut self, address: &str) -> String {
        let (status, _, page) = self.send(Method::GET, address, String::new());
        assert_eq!(status, StatusCode::OK, "{address}: {page}");
        page
    }

    /// Sends a form and returns where it leads.
    fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> String {
        let (status, headers, page) = self.form(address, fields);
        assert_eq!(status, StatusCode::SEE_OTHER, "{address}: {page}");
        headers[LOCATION].to_str().unwrap().to_owned()
    }

    fn form(&mut self, address: &str, fields: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", &self.csrf).extend_pairs(fields);
        self.send(Method::POST, address, body.finish())
    }

    fn signed_in() -> Self {
        let mut site = Self::new();
        site.get("/console/sign-in");
        let to = site.post("/console/sign-in", &[("user", "admin"), ("password", PASSWORD)]);
        assert_eq!(to, "/console");
        site.get("/console");
        site
    }
}

#[test]
fn a_change_is_one_row_of_the_audit_log_and_is_said_once() {
    let mut site = Site::signed_in();
    let page = site.post("/console/new/contact-groups", &[("name", "night-shift")]);
    assert_eq!(page, "/console/contact-groups/night-shift");
    assert!(site.get(&page).contains("night-shift was created"));
    assert!(!site.get(&page).contains("was created"));
    let audit = site.get("/console/audit");
    assert_eq!(audit.matches("PutContactGroup").count(), 1);
    // The same again is refused, leaves a row that says so, and keeps what was typed.
    let (status, _, form) = site.form("/console/new/contact-groups", &[("name", "night-shift")]);
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(form.contains("exists already") && form.contains("value=\"night-shift\""));
    let refused = site.get("/console/audit?outcome=refused");
    assert!(refused.contains("already_exists"), "{refused}");
}

#[test]
fn a_form_from_elsewhere_or_from_before_is_refused() {
    let mut site = Site::new();
    site.get("/console/sign-in");
    let before = site.csrf.clone();
    site.post("/console/sign-in", &[("user", "admin"), ("password", PASSWORD)]);
    for csrf in [before.as_str(), "", "0"] {
        csrf.clone_into(&mut site.csrf);
        let (status, ..) = site.form("/console/new/contact-groups", &[("name", "x")]);
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    assert!(site.get("/console/contact-groups").contains("No contact group yet"));
}

#[test]
fn a_session_ends_by_itself() {
    let mut site = Site::signed_in();
    site.store.clock.advance(13 * 3_600_000);
    let (status, headers, _) = site.send(Method::GET, "/console/contacts", String::new());
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(headers[LOCATION], "/console/sign-in?next=%2Fconsole%2Fcontacts");
    let dropped = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let dropped: Vec<_> = dropped.filter(|cookie| cookie.starts_with("muster_session=;")).collect();
    assert_eq!(dropped.len(), 1, "the browser keeps no ended session: {headers:?}");
    assert!(dropped[0].contains("Max-Age=0"), "{dropped:?}");
}

#[test]
fn an_application_group_shows_its_jobs_and_how_they_ended() {
    let mut site = Site::signed_in();
    site.post("/console/new/namespaces", &[("name", "pay"), ("uid", "pay")]);
    let fields = [("name", "Payment"), ("namespace", "pay"), ("group-id", "pay.batch"), ("edition", "2")];
    let page = site.post("/console/new/app-groups", &fields);
    let bare = site.get(&page);
    assert!(bare.contains("Nothing has run yet") && bare.contains("/console/new/jobs?group="), "{bare}");
    let account = bare_account(&site);
    let services = Arc::clone(&site.console.services);
    site.store
        .db
        .write_blocking(move |tx| {
            let caller = root_caller(&account);
            let job = Definition::named("settle", JobKind::Shell, ExecuteMode::Standalone, Time::api());
            let job = Definition { content: "true".to_owned(), ..job };
            let job = services.jobs.create(tx, &caller, "pay", "pay.batch", NewJob::of(job))?;
            services.instances.execute(tx, &caller, "pay", "pay.batch", job.id, Execute::default())
        })
        .unwrap();
    let busy = site.get(&page);
    assert!(busy.contains("settle") && busy.contains("Latest runs") && busy.contains("Waiting"), "{busy}");
    let question = site.get(&format!("{page}/delete"));
    assert!(question.contains("It holds 1 job."), "{question}");
}

/// The id of the first account.
fn bare_account(site: &Site) -> String {
    let sql = "SELECT id FROM identity_accounts";
    site.store.db.read_blocking(|tx| tx.query_one(sql, &[], |row| row.get(0))).unwrap()
}

/// A site with a namespace, a group and a shell job that is due every five seconds; the job's page.
fn with_a_job() -> (Site, String) {
    let mut site = Site::signed_in();
    site.post("/console/new/namespaces", &[("name", "pay"), ("uid", "pay")]);
    let fields = [("name", "Payment"), ("namespace", "pay"), ("group-id", "pay.batch"), ("edition", "2")];
    let group = site.post("/console/new/app-groups", &fields);
    let group = group.rsplit('/').next().unwrap().to_owned();
    let page = site.post("/console/new/jobs", &job_fields(&group, "*/5 * * * * ?"));
    (site, page)
}

fn job_fields<'f>(group: &'f str, expression: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("group", group),
        ("name", "settle"),
        ("kind", "shell"),
        ("mode", "standalone"),
        ("script", "date\necho done"),
        ("time-kind", "cron"),
        ("time-expression", expression),
        ("max-concurrency", "1"),
        ("max-attempt", "0"),
        ("attempt-interval", "30"),
        ("priority", "5"),
        ("fail-times", "1"),
        ("timeout", "7200"),
        ("enabled", "true"),
    ]
}

#[test]
fn a_job_is_made_shown_changed_run_and_deleted() {
    let (mut site, page) = with_a_job();
    let shown = site.get(&page);
    assert!(
        shown.contains("settle") && shown.contains("Next due times") && shown.contains("echo done"),
        "{shown}"
    );
    assert!(shown.contains("It has not been due yet."), "{shown}");
    // A script that is replaced keeps its former version.
    let fields = [("script", "uptime"), ("version-description", "shorter")];
    assert_eq!(site.post(&format!("{page}/do/script"), &fields), page);
    let shown = site.get(&page);
    assert!(shown.contains("shorter") && shown.contains("uptime") && shown.contains("echo done"), "{shown}");
    // Run once leads to the run.
    assert!(site.get(&format!("{page}/do/run")).contains("Run settle once"));
    let run = site.post(&format!("{page}/do/run"), &[("instance-parameters", "day=1")]);
    assert!(run.starts_with("/console/runs/"), "{run}");
    let shown = site.get(&run);
    assert!(shown.contains("Waiting") && shown.contains("day=1") && shown.contains("Run by hand"), "{shown}");
    let list = site.get("/console/runs?state=waiting");
    assert!(list.contains(&run) && list.contains("settle"), "{list}");
    assert!(!site.get("/console/runs?state=failed").contains(&run));
    // Stopping asks first and says what it means.
    assert!(site.get(&format!("{run}/do/stop")).contains("not been handed to a worker yet"));
    assert_eq!(site.post(&format!("{run}/do/stop"), &[]), run);
    assert!(site.get(&run).contains("Stopped"));
    assert_eq!(site.post(&format!("{run}/do/succeed"), &[]), run);
    assert!(site.get(&run).contains("Success"));
    // Deleting names what is lost.
    assert!(site.get(&format!("{page}/delete")).contains("the ledger keeps"));
    assert_eq!(site.post(&format!("{page}/delete"), &[]), "/console/jobs");
    let (status, ..) = site.send(Method::GET, &page, String::new());
    assert_eq!(status, StatusCode::NOT_FOUND);
    let audit = site.get("/console/audit");
    for operation in
        ["CreateJob", "UpdateJobScript", "ExecuteJob", "StopInstance", "SetJobInstanceSuccess", "DeleteJob"]
    {
        assert_eq!(audit.matches(operation).count(), 1, "{operation}");
    }
}

#[test]
fn a_form_shows_the_next_due_times_and_changes_nothing_by_that() {
    let (mut site, page) = with_a_job();
    let group =
        site.get(&page).split_once("/console/app-groups/").unwrap().1.split('"').next().unwrap().to_owned();
    let mut fields = job_fields(&group, "0 0 9 * * ?");
    fields.push(("zone", "GMT+8"));
    fields.push(("preview", "1"));
    let (status, _, form) = site.form("/console/new/jobs", &fields);
    assert_eq!(status, StatusCode::OK);
    assert!(form.contains("2026-01-16 09:00:00") && form.contains("2026-01-25 09:00:00"), "{form}");
    assert!(form.contains(r#"value="0 0 9 * * ?""#), "{form}");
    assert_eq!(site.get("/console/audit").matches("CreateJob").count(), 1);
    // The script asks for the same part alone.
    let coming = site.get("/console/coming?time-kind=cron&time-expression=0+0+9+*+*+%3F&zone=GMT%2B8");
    assert!(coming.contains(r#"id="coming""#) && coming.contains("2026-01-16 09:00:00"), "{coming}");
    let never = site.get("/console/coming?time-kind=cron&time-expression=0+0+9+31+2+%3F");
    assert!(never.contains("never fires again"), "{never}");
    // A refused form says so beside the field, in the reader's language.
    site.cookies.push("muster_lang=zh-CN".to_owned());
    let (status, _, form) = site.form("/console/new/jobs", &job_fields(&group, "0 0 9 31 2 ?"));
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(form.contains("time-expression-error") && form.contains("不会再触发"), "{form}");
}

#[test]
fn many_jobs_at_once_are_told_of_one_by_one() {
    let (mut site, page) = with_a_job();
    let id = page.rsplit('/').next().unwrap().to_owned();
    let fields = [("do", "disable"), ("id", id.as_str()), ("id", "77")];
    let (status, _, results) = site.form("/console/jobs/bulk", &fields);
    assert_eq!(status, StatusCode::OK);
    assert!(results.contains("settle") && results.contains("Done"), "{results}");
    assert!(results.contains("Job 77 does not exist"), "{results}");
    assert!(site.get("/console/jobs?state=off").contains("settle"));
    let (status, ..) = site.form("/console/jobs/bulk", &[("do", "copy"), ("id", &id)]);
    assert_eq!(status, StatusCode::NOT_FOUND, "what asks first cannot be done to many");
}

#[test]
fn a_calendar_is_a_picture_of_a_year() {
    let mut site = Site::signed_in();
    let fields = [("calendar-name", "shop"), ("year", "2026"), ("month-1", "15"), ("month-1", "16")];
    let page = site.post("/console/new/calendars", &fields);
    assert_eq!(page, "/console/calendars/2026.shop");
    let shown = site.get(&page);
    assert!(shown.contains("2 days") && shown.matches(r#"rect class="day on"#).count() == 2, "{shown}");
    site.post(&format!("{page}/edit"), &[("month-3", "1"), ("chosen", "true")]);
    assert!(site.get(&page).contains("1 day"));
    assert!(site.get("/console/calendars").contains("workday"));
    assert!(site.get("/console/audit").contains("ManageSchedulerxCalendar"));
    assert_eq!(site.post(&format!("{page}/delete"), &[]), "/console/calendars");
}

#[test]
fn the_ledger_and_the_workers_have_pages() {
    let (mut site, _) = with_a_job();
    assert!(site.get("/console/ledger?within=24h&outcome=lost").contains("No due time of the chosen kind."));
    assert!(site.get("/console/workers").contains("No worker is connected"));
    assert!(site.get("/console/job-alarms").contains("Nothing that people had to be told of."));
    let everywhere = site.get("/console/search?q=settle");
    assert!(everywhere.contains("settle"), "{everywhere}");
}

#[test]
fn a_workflow_is_drawn_run_and_stopped() {
    let (mut site, page) = with_a_job();
    let first = page.rsplit('/').next().unwrap().to_owned();
    let group =
        site.get(&page).split_once("/console/app-groups/").unwrap().1.split('"').next().unwrap().to_owned();
    let mut fields = job_fields(&group, "0 0 9 * * ?");
    fields[1].1 = "report";
    let second = site.post("/console/new/jobs", &fields).rsplit('/').next().unwrap().to_owned();
    let fields = [
        ("group", group.as_str()),
        ("name", "end of day"),
        ("time-kind", "cron"),
        ("time-expression", "0 0 23 * * ?"),
        ("max-concurrency", "1"),
    ];
    let workflow = site.post("/console/new/workflows", &fields);
    assert!(site.get(&workflow).contains("It has no jobs yet"));
    site.post(&format!("{workflow}/do/add-node"), &[("node", &first)]);
    site.post(&format!("{workflow}/do/add-node"), &[("node", &second), ("after", &first)]);
    let shown = site.get(&workflow);
    assert!(shown.contains(r#"class="graph""#) && shown.contains("Jobs: 2. Edges: 1."), "{shown}");
    assert!(shown.contains(r#"class="edge""#) && shown.contains(">report</text>"), "{shown}");
    // A cycle is refused, in a sentence.
    let back = [("from", second.as_str()), ("to", first.as_str())];
    let (status, _, refused) = site.form(&format!("{workflow}/do/add-edge"), &back);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.contains("there is a cycle through job"), "{refused}");
    site.post(&format!("{workflow}/do/enable"), &[]);
    assert!(site.get(&workflow).contains("2026-01-15 23:00:00"));
    assert!(site.get(&page).contains("end of day"), "a job names its workflows");
    let run = site.post(&format!("{workflow}/do/run"), &[("instance-parameters", "day=1")]);
    assert!(run.starts_with("/console/workflow-runs/"), "{run}");
    let shown = site.get(&run);
    assert!(shown.contains("Waiting 2") && shown.contains("node waiting"), "{shown}");
    assert_eq!(site.post(&format!("{run}/do/stop"), &[]), run);
    assert!(site.get(&run).contains("Stopped"));
    assert!(site.get(&workflow).contains(&run));
    assert!(site.get(&format!("{workflow}/delete")).contains("Its jobs stay"));
    assert_eq!(site.post(&format!("{workflow}/delete"), &[]), "/console/workflows");
}

#[test]
fn a_metric_is_listed_and_drawn_and_every_way_through_time_is_a_link() {
    let mut site = Site::signed_in();
    assert!(site.get("/console/metrics").contains("No metric was reported lately"));
    let (now, metrics) = (site.store.clock.now(), Arc::clone(&site.console.services.metrics));
    let account = bare_account(&site);
    let project: String = site
        .store
        .db
        .read_blocking(|tx| {
            let sql = "SELECT id FROM identity_projects WHERE account_id = $1 AND is_default = 1";
            tx.query_one(sql, muster_db::params![account], |row| row.get(0))
        })
        .unwrap();
    for account in [account, "9999".to_owned()] {
        let (metrics, project) = (Arc::clone(&metrics), project.clone());
        let samples: Vec<_> = (0..30_i32)
            .map(|minute| muster_metrics::NewSample {
                series: muster_metrics::SeriesName::new(
                    "MINE.APP",
                    "load",
                    vec![("host".into(), format!("<{account}>").into())],
                )
                .unwrap(),
                unit: "%".into(),
                kind: muster_metrics::ValueKind::Float,
                ttl_ms: 86_400_000,
                sample: muster_metrics::Sample {
                    at: now.plus_ms(i64::from(minute) * -60_000),
                    value: 40.0 + f64::from(minute % 7),
                },
            })
            .collect();
        let admission = muster_metrics::Admission {
            oldest_ms: 86_400_000,
            ahead_ms: 0,
            late_ms: i64::MAX,
            counted: true,
        };
        site.store
            .db
            .write_blocking(move |tx| {
                let scope = muster_metrics::Scope { account_id: &account, project_id: &project };
                metrics.add(tx, scope, &samples, admission)
            })
            .unwrap();
    }
    let list = site.get("/console/metrics?q=load");
    let address = |page: &str, after: &str| {
        let (_, rest) = page.split_once(after).unwrap();
        rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&")
    };
    assert_eq!(list.matches("/console/metrics/").count(), 1, "only the account's own: {list}");
    assert!(list.contains("40 %") && !list.contains("<9999>"));
    let id = address(&list, "/console/metrics/");
    let page = site.get(&format!("/console/metrics/{id}"));
    assert!(page.contains("class=\"course\"") && page.contains("46 %") && page.contains("30"), "{page}");
    assert!(page.contains("muster call cloudeye ShowMetricData"));
    // A part of the picture is a link to a nearer look, which ends where it says.
    let (_, picture) = page.split_once("class=\"line\"").unwrap();
    let nearer = address(picture, &format!("<a href=\"/console/metrics/{id}?"));
    let nearer = format!("/console/metrics/{id}?{nearer}");
    assert!(nearer.contains("within=300") && nearer.contains("to="), "{nearer}");
    assert!(site.get(&nearer).contains("Nothing was measured in this span"));
    let windows = site.get(&format!("/console/metrics/{id}?within=3600&period=300&figure=max"));
    assert!(windows.contains("class=\"course\"") && windows.contains("Maximum"));
    for unknown in ["/console/metrics/1", "/console/metrics/x"] {
        assert_eq!(site.send(Method::GET, unknown, String::new()).0, StatusCode::NOT_FOUND);
    }
}

#[test]
fn a_monitor_group_is_made_filled_paused_and_deleted() {
    let mut site = Site::signed_in();
    let page = site.post("/console/new/monitor-groups", &[("name", "shop"), ("told", "ops\nnights")]);
    assert!(site.get("/console/monitor-groups").contains(&page));
    let host = [("namespace", "acs_ecs_dashboard"), ("dimensions", "instanceId=i-1"), ("title", "web-1")];
    site.post(&format!("{page}/do/add"), &host);
    let shown = site.get(&page);
    for text in ["instanceId=i-1", "web-1", "No such contact group yet", "People are told as usual"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let (status, ..) = site.form(&format!("{page}/do/pause"), &[("hours", "0")]);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    site.post(&format!("{page}/do/pause"), &[("hours", "2")]);
    let paused = site.get(&page);
    assert!(paused.contains("Paused") && paused.contains(&format!("{page}/do/resume")), "{paused}");
    site.post(&format!("{page}/do/resume"), &[]);
    assert!(site.get(&page).contains("People are told as usual"));
    site.post(&format!("{page}/do/remove"), &host[..2]);
    assert!(!site.get(&page).contains("instanceId=i-1"));
    let going = site.get(&format!("{page}/delete"));
    assert!(going.contains("Its alarm rules and pauses are deleted"), "{going}");
    site.post(&format!("{page}/delete"), &[("name", "shop")]);
    assert!(site.get("/console/monitor-groups").contains("No monitor group yet"));
}
