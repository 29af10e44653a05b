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
            scheduled: Arc::default(),
            resources: Arc::default(),
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
    assert!(!bare.contains("Latest runs"), "a section without its feature");
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
