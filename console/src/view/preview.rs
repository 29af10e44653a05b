//! Every template with a sample context, in both languages: rendered, checked, and written to
//! `target/console-preview/` so that people and browsers can look at it.

use std::path::PathBuf;

use askama::Template;
use muster_core::Timestamp;

use super::form::{Confirm, ConfirmPage, Field, Form, FormPage, Group};
use super::listing::{Choice, Empty, Filter, Listing, ListingPage, Search};
use super::object::{Event, InlineForm, Object, ObjectPage, Section};
use super::pages::{
    Attention, ErrorPage, KindCard, OverviewPage, SearchPage, SecretPage, SectionsPage, SignInPage,
};
use super::shell::{self, Flash, Shell, Who};
use super::time::When;
use super::{Button, Call, Cloud, Column, Fact, Link, Row, State, Table, Tone, Value};
use crate::assets;
use crate::chart::{Bar, Bars, Hue, Share, Shares};
use crate::history::Subject;
use crate::icon::Icon;
use crate::text::Lang;

const NOW: Timestamp = Timestamp::from_millis(1_768_465_800_000);

fn ago(lang: Lang, minutes: i64) -> When {
    When::new(lang, NOW, NOW.plus_ms(-minutes * 60_000))
}

fn sample_shell(lang: Lang, title: &str, here: &str) -> Shell {
    let item = |text: &str, href: &str| shell::Item { link: Link::new(text, href), current: href == here };
    let section = |title: &str, icon, items| shell::Section { title: lang.t(title).to_owned(), icon, items };
    let pick = |en: &str, zh: &str| if lang == Lang::En { en.to_owned() } else { zh.to_owned() };
    Shell {
        lang,
        title: title.to_owned(),
        crumbs: if here == "/console" { Vec::new() } else { vec![Link::new(lang.t("nav.jobs"), "/console")] },
        sections: vec![
            section("", Icon::Overview, vec![item(lang.t("nav.overview"), "/console")]),
            section(
                "nav.jobs",
                Icon::Jobs,
                vec![
                    item(&pick("Application groups", "应用分组"), "/console/app-groups"),
                    item(&pick("Namespaces", "命名空间"), "/console/namespaces"),
                    item(&pick("Job groups", "任务组"), "/console/job-groups"),
                    item(&pick("Triggers", "触发器"), "/console/triggers"),
                ],
            ),
            section(
                "nav.people",
                Icon::People,
                vec![
                    item(&pick("Contact groups", "联系人组"), "/console/contact-groups"),
                    item(&pick("Contacts", "联系人"), "/console/contacts"),
                    item(&pick("Messages", "消息"), "/console/messages"),
                ],
            ),
            section("nav.settings", Icon::Settings, vec![item(&pick("Audit", "审计"), "/console/audit")]),
        ],
        who: Some(Who { user: "admin".into(), account: "muster".into() }),
        csrf: "0123456789abcdef".into(),
        here: here.to_owned(),
        query: String::new(),
        flash: None,
        refresh: Some(5),
    }
}

fn sample_calls() -> Vec<Call> {
    vec![
        Call::new(
            "muster call",
            "muster call schedulerx GetAppGroup Namespace=7b0c1c52-2a53-4c54-9d0e-0f2d8a4b6c11 GroupId=pay.batch",
        ),
        Call::new(
            "Python SDK",
            "from alibabacloud_schedulerx220190430.client import Client\nfrom alibabacloud_schedulerx220190430 import models\n\nclient.get_app_group(models.GetAppGroupRequest(\n    region_id=\"public\",\n    namespace=\"7b0c1c52-2a53-4c54-9d0e-0f2d8a4b6c11\",\n    group_id=\"pay.batch\",\n))",
        ),
        Call::new("curl", "curl -H \"X-Auth-Token: $TOKEN\" http://127.0.0.1:8080/v2/0f2d/resource-groups"),
    ]
}

fn sample_events(lang: Lang) -> Vec<Event> {
    let event = |minutes, what: &str, target: &str, who: &str, refused: Option<&str>| Event {
        when: ago(lang, minutes),
        state: match refused {
            None => State::new(Tone::Good, lang.t("event.done")),
            Some(code) => State::new(Tone::Bad, lang.fill("event.refused", &[code])),
        },
        what: what.to_owned(),
        target: Some(Subject::Here(Link::new(target, "/console/app-groups"))),
        who: who.to_owned(),
        request_id: "0E5B2C1D-7C0F-4F3B-8E55-1D1B6B9E4A20".into(),
    };
    vec![
        event(0, "CreateAppGroup", "pay.batch", "root", None),
        event(4, "PutContactGroup", "考勤系统组", "terraform", None),
        event(9, "CreateAppGroup", "pay.batch", "ci-runner", Some("-10103")),
        event(75, "CreateResourceGroup", "web-tier", "root", None),
        event(60 * 30, "DeleteSchedulerJobGroup", "nightly-snapshots-of-everything-in-zone-b", "root", None),
    ]
}

fn sample_table(lang: Lang) -> Table {
    let pick = |en: &str, zh: &str| if lang == Lang::En { en.to_owned() } else { zh.to_owned() };
    let row = |name: &str, id: &str, jobs, state: State, minutes| {
        Row::from(vec![
            Value::Named(Link::new(name, "/console/app-groups"), id.to_owned()),
            Value::Link(Link::new("payments", "/console/namespaces")),
            Value::State(state),
            Value::Of(jobs, 1000),
            Value::Time(ago(lang, minutes)),
        ])
    };
    Table {
        caption: pick("Application groups", "应用分组"),
        columns: vec![
            Column::new(lang.t("object.name")),
            Column::new(pick("Namespace", "命名空间")),
            Column::new(pick("Edition", "版本")),
            Column::numeric(pick("Jobs", "任务数")),
            Column::new(lang.t("object.changed")),
        ],
        rows: vec![
            row("Payment batch", "pay.batch", 42, State::new(Tone::Good, pick("Delivered", "已送达")), 3),
            row("考勤结算", "hr.attendance", 7, State::new(Tone::Waiting, pick("Waiting", "等待中")), 90),
            row("Settlement", "settle.daily", 0, State::new(Tone::Bad, pick("Failed", "失败")), 60 * 26),
            row(
                "Archive",
                "archive.weekly-compaction-of-cold-partitions",
                990,
                State::new(Tone::Warning, pick("Silenced", "已静默")),
                60 * 24 * 9,
            ),
            row(
                "Old reports",
                "reports",
                12,
                State::new(Tone::Off, pick("Disabled", "已停用")),
                60 * 24 * 90,
            ),
        ],
    }
}

fn sample_pages(lang: Lang) -> Vec<(&'static str, String)> {
    let pick = |en: &str, zh: &str| if lang == Lang::En { en.to_owned() } else { zh.to_owned() };
    let shell = |title: &str, here: &str| sample_shell(lang, title, here);
    let mut pages = Vec::new();

    let mut door = shell(lang.t("sign-in.title"), "/console");
    door.who = None;
    let sign_in = SignInPage {
        shell: door,
        error: Some(lang.t("sign-in.wrong").into()),
        account: String::new(),
        user: "admin".into(),
        next: "/console".into(),
    };
    pages.push(("sign-in", sign_in.render()));

    let bars = (0..24)
        .map(|hour: u64| Bar {
            label: format!("{hour}:00"),
            plain: (hour * 7) % 19,
            bad: u64::from(hour % 9 == 4) * 3,
        })
        .collect();
    let share = |label: String, count, hue| Share { label, count, hue };
    let messages = Shares {
        shares: vec![
            share(pick("Delivered", "已送达"), 1204, Hue::Good),
            share(pick("Waiting", "等待中"), 12, Hue::Waiting),
            share(pick("Failed", "失败"), 41, Hue::Bad),
            share(pick("Silenced", "已静默"), 8, Hue::Off),
        ],
    };
    let card = |text: String, cloud: Cloud, count, beside: Vec<Link>| KindCard {
        link: Link::new(text, "/console/app-groups"),
        cloud: cloud.name(),
        count: lang.up_to(count, 100_000),
        beside,
        create: "/console/app-groups/new".into(),
    };
    let overview = OverviewPage {
        shell: shell(lang.t("overview.title"), "/console"),
        attention: vec![
            Attention {
                tone: Tone::Bad,
                text: lang.count("overview.failed", 41),
                link: Link::new(lang.t("overview.failed-go"), "/console/messages"),
            },
            Attention {
                tone: Tone::Waiting,
                text: lang.count("overview.pending", 2),
                link: Link::new(lang.t("overview.pending-go"), "/console/contacts"),
            },
        ],
        kinds: vec![
            card(
                pick("Application groups", "应用分组"),
                Cloud::SchedulerX,
                128,
                vec![Link::new(pick("14 namespaces", "14 个命名空间"), "/console/namespaces")],
            ),
            card(
                pick("Job groups", "任务组"),
                Cloud::ZStack,
                31,
                vec![
                    Link::new(pick("210 jobs", "210 个任务"), "/console/triggers"),
                    Link::new(pick("12 triggers", "12 个触发器"), "/console/triggers"),
                ],
            ),
            card(pick("Resource groups", "资源分组"), Cloud::CloudEye, 10_000, vec![]),
            card(
                pick("Contact groups", "联系人组"),
                Cloud::CloudMonitor,
                9,
                vec![Link::new(pick("37 contacts", "37 个联系人"), "/console/contacts")],
            ),
            card(
                pick("Application groups", "应用组"),
                Cloud::Workspace,
                0,
                vec![Link::new(pick("3 server groups", "3 个服务器组"), "/console/contacts")],
            ),
        ],
        fires: Some(crate::view::pages::Fires {
            bars: Bars { summary: "x".into(), bars: Vec::new() },
            from: ago(lang, 60).ago,
            total: lang.fill("overview.fires-sum", &["720", "3"]),
        }),
        changes: Bars { summary: lang.fill("overview.changes-sum", &["214", "9"]), bars },
        changes_from: "09:00 UTC".into(),
        changes_total: lang.fill("overview.changes-sum", &["214", "9"]),
        messages,
        messages_total: 1265,
        events: sample_events(lang),
    };
    pages.push(("overview", overview.render()));

    let list = Listing {
        title: pick("Application groups", "应用分组"),
        lead: pick(
            "The workers that share an AppKey, and the jobs that run on them.",
            "共享同一 AppKey 的工作节点，以及在其上运行的任务。",
        ),
        create: Some(Link::new(pick("New application group", "新建应用分组"), "/console/app-groups/new")),
        search: Some(Search { label: lang.t("list.search").into(), value: String::new() }),
        filters: vec![Filter {
            name: "state",
            label: pick("State", "状态"),
            choices: vec![
                Choice::new("", pick("Any state", "全部状态"), true),
                Choice::new("failed", pick("Failed", "失败"), false),
            ],
        }],
        table: sample_table(lang),
        first: Some("/console/app-groups".into()),
        next: Some("/console/app-groups?after=x".into()),
        live: true,
        ..Listing::default()
    };
    let mut framed = shell(&list.title, "/console/app-groups");
    framed.flash = Some(Flash { tone: Tone::Good, text: lang.fill("flash.created", &["pay.batch"]) });
    pages.push(("listing", ListingPage { shell: framed, list: list.clone() }.render()));
    let empty = Listing {
        empty: Some(Empty {
            title: pick("No application group yet", "还没有应用分组"),
            body: pick(
                "An application group is the workers that share an AppKey, and the jobs that run on them.",
                "应用分组由共享同一 AppKey 的工作节点和在其上运行的任务组成。",
            ),
            create: list.create.clone(),
            calls: sample_calls(),
        }),
        create: None,
        ..list
    };
    pages.push((
        "empty",
        ListingPage { shell: shell(&empty.title, "/console/app-groups"), list: empty }.render(),
    ));

    let mut members = sample_table(lang);
    for row in &mut members.rows {
        row.buttons.push(Button {
            text: pick("Remove", "移除"),
            action: "/console/app-groups".into(),
            hidden: vec![("name", "x".into())],
            about: "x".into(),
        });
    }
    let object = Object {
        kind: pick("Application group", "应用分组"),
        name: "Payment batch".into(),
        id: "pay.batch".into(),
        note: pick("Settles card payments every quarter of an hour.", "每十五分钟结算一次银行卡支付。"),
        state: Some(State::new(Tone::Good, pick("Enabled", "已启用"))),
        cloud: Some(Cloud::SchedulerX),
        edit: Some("/console/app-groups".into()),
        delete: Some("/console/app-groups".into()),
        buttons: vec![Button {
            text: pick("Disable", "停用"),
            action: "/console/app-groups".into(),
            hidden: vec![],
            about: String::new(),
        }],
        facts: vec![
            Fact::new(
                pick("Namespace", "命名空间"),
                Value::Link(Link::new("payments", "/console/namespaces")),
            ),
            Fact::new(pick("Numeric id", "数字 ID"), Value::Id("1000000004102".into())),
            Fact::new("AppKey", Value::Hidden("q1Zf0mYtS9m3o2bW7c8K+A==".into())),
            Fact::new(pick("Jobs", "任务数"), Value::Of(42, 1000)),
            Fact::new(
                pick("Alarms go to", "告警通知"),
                Value::Links(vec![
                    Link::new("Rita Vance", "/console/contacts"),
                    Link::new("night-shift", "/console/contact-groups"),
                ]),
            ),
            Fact::new(lang.t("object.created"), Value::Time(ago(lang, 60 * 24 * 40))),
            Fact::new(lang.t("object.changed"), Value::None),
        ],
        shares: Some(Shares {
            shares: vec![
                share(pick("Healthy", "健康"), 30, Hue::Good),
                share(pick("In alarm", "告警中"), 4, Hue::Bad),
                share(pick("No rule", "无规则"), 12, Hue::Off),
            ],
        }),
        sections: vec![
            Section {
                id: "members",
                title: pick("Members", "成员"),
                count: Some(5),
                table: members,
                form: Some(InlineForm {
                    action: "/console/app-groups".into(),
                    fields: vec![Field::select(
                        "contact",
                        pick("Contact", "联系人"),
                        vec![Choice::new("a", "Rita Vance", true)],
                    )],
                    submit: pick("Add", "添加"),
                }),
                ..Section::default()
            },
            Section {
                id: "text",
                title: pick("Text", "正文"),
                text: Some("CPU of web-01 is above 90 %\nhttps://console.example".into()),
                ..Section::default()
            },
            Section {
                id: "none",
                title: pick("Named by", "引用方"),
                table: Table { columns: vec![Column::new("x")], ..Table::default() },
                empty: pick("Nothing names this group.", "没有对象引用此分组。"),
                ..Section::default()
            },
        ],
        has_history: true,
        events: sample_events(lang),
        more_events: Some("/console/audit".into()),
        calls: sample_calls(),
        live: true,
        ..Object::default()
    };
    pages.push(("object", ObjectPage { shell: shell(&object.name, "/console/app-groups"), object }.render()));

    let mut refused = Field::line("group_id", pick("Group id", "分组 ID"), "pay batch")
        .required()
        .hint(pick("Letters, digits, dot, dash, underscore.", "字母、数字、点、短横线、下划线。"));
    refused.error = Some(pick("holds a character that is not allowed", "包含不允许的字符"));
    let form = Form {
        title: pick("New application group", "新建应用分组"),
        lead: String::new(),
        cloud: Some(Cloud::SchedulerX),
        action: "/console/app-groups".into(),
        cancel: "/console/app-groups".into(),
        submit: lang.t("form.create").into(),
        error: Some(pick("The group was not created.", "未能创建分组。")),
        groups: vec![
            Group {
                title: String::new(),
                hint: String::new(),
                fields: vec![
                    Field::line("name", lang.t("object.name"), "Payment batch").required(),
                    refused,
                    Field::select(
                        "namespace",
                        pick("Namespace", "命名空间"),
                        vec![Choice::new("7b", "payments", true)],
                    ),
                    Field::number("max_jobs", pick("Most jobs", "最大任务数"), "1000"),
                    Field::switch("log", pick("Keep the log of every run", "保留每次运行的日志"), true),
                ],
                ..Group::default()
            },
            Group {
                title: pick("Alarms", "告警"),
                hint: pick("Whom to tell when a job fails.", "任务失败时通知谁。"),
                fields: vec![
                    Field::checks(
                        "channel",
                        pick("Channels", "渠道"),
                        vec![
                            Choice::new("mail", pick("Mail", "邮件"), true),
                            Choice::new("ding", "DingTalk", false),
                        ],
                    ),
                    Field::area("contacts", pick("Contacts", "联系人"), "Rita Vance\n张三"),
                    Field::fixed("fixed", "AppKey", "q1Zf0mYtS9m3o2bW7c8K+A=="),
                    Field::password("password", lang.t("sign-in.password"), "new-password"),
                ],
                ..Group::default()
            },
        ],
        calls: sample_calls(),
        preview: Some(super::form::Preview {
            title: lang.t("triggers.coming").into(),
            rows: vec![("2026-01-15 09:00:00".into(), ago(lang, -30))],
            ..super::form::Preview::default()
        }),
    };
    pages.push(("form", FormPage { shell: shell(&form.title, "/console/app-groups"), form }.render()));

    let confirm = Confirm {
        title: pick("Delete application group pay.batch?", "删除应用分组 pay.batch？"),
        consequences: vec![
            pick(
                "Its AppKey stops working at once; connected workers are dropped.",
                "其 AppKey 立即失效，已连接的工作节点会被断开。",
            ),
            pick("42 jobs are deleted with it.", "其中的 42 个任务会一并删除。"),
        ],
        error: Some(pick("The group holds jobs.", "分组中还有任务。")),
        fields: vec![Field::switch("with_jobs", pick("Delete its jobs too", "同时删除任务"), false)],
        action: "/console/app-groups".into(),
        cancel: "/console/app-groups".into(),
        submit: lang.t("object.delete").into(),
        calls: sample_calls(),
    };
    pages.push((
        "confirm",
        ConfirmPage { shell: shell(&confirm.title, "/console/app-groups"), confirm }.render(),
    ));

    let sections = SectionsPage {
        filters: Vec::new(),
        shell: shell(&pick("Health", "健康"), "/console/health"),
        title: pick("Health", "健康"),
        lead: String::new(),
        facts: vec![
            Fact::new(pick("Store", "存储"), Value::State(State::new(Tone::Good, pick("Ready", "就绪")))),
            Fact::new(pick("Database", "数据库"), Value::text("SQLite")),
        ],
        sections: vec![Section {
            id: "engines",
            title: pick("Engines", "引擎"),
            table: sample_table(lang),
            ..Section::default()
        }],
        live: true,
    };
    pages.push(("sections", sections.render()));
    let secret = SecretPage {
        shell: shell("K", "/console/keys"),
        title: pick("A new access key", "新的访问密钥"),
        id: "MUSTER7Q2ZK4N8XW1VYB".into(),
        secret: "k3Jd82mSl0aZx91QweRtY7uIopLkJhGfDsA4Zx6C".into(),
        shell_lines: "export ALIBABA_CLOUD_ACCESS_KEY_ID=…\nexport ALIBABA_CLOUD_ACCESS_KEY_SECRET=…".into(),
        back: Link::new("OK", "/console/keys"),
    };
    pages.push(("secret", secret.render()));
    let search = SearchPage {
        shell: shell("S", "/console/search"),
        query: "pay".into(),
        table: sample_table(lang),
        bounded: true,
    };
    pages.push(("search", search.render()));
    let error = ErrorPage {
        shell: shell("E", "/console/x"),
        title: lang.t("error.not-found").into(),
        body: lang.t("error.not-found-body").into(),
        request_id: "0E5B2C1D".into(),
        back: Link::new(lang.t("error.back"), "/console"),
    };
    pages.push(("error", error.render()));

    pages.into_iter().map(|(name, page)| (name, page.expect("renders"))).collect()
}

#[test]
fn every_template_keeps_the_rules_of_the_house() {
    for lang in Lang::ALL {
        for (name, html) in sample_pages(lang) {
            let page = format!("{name} in {}", lang.tag());
            assert!(html.contains(&format!(r#"<html lang="{}">"#, lang.tag())), "{page}");
            // The content security policy would refuse these.
            assert!(!html.contains(" style="), "{page}: inline style");
            assert!(!html.contains("<style"), "{page}: inline style sheet");
            assert!(!html.contains("javascript:") && !html.contains(" onclick="), "{page}: inline script");
            assert_eq!(html.matches("<script").count(), 1, "{page}: scripts");
            let posts = html.matches(r#"method="post""#).count();
            let tokens = html.matches(r#"name="csrf" value="0123456789abcdef""#).count();
            assert_eq!(posts, tokens, "{page}: every form carries the token");
            assert_eq!(html.matches("<h1>").count(), 1, "{page}: one heading");
            assert_eq!(html.matches("<main").count(), html.matches("</main>").count(), "{page}");
        }
    }
}

#[test]
fn what_people_type_stays_text() {
    let table = Table {
        caption: "<b>".into(),
        columns: vec![Column::new("\"><script>")],
        rows: vec![Row::from(vec![Value::Named(Link::new("<img src=x>", "/console\"x"), "<i>".into())])],
    };
    let page = SearchPage {
        shell: sample_shell(Lang::En, "<t>", "/console/search"),
        query: "<q>".into(),
        table,
        bounded: false,
    };
    let html = page.render().expect("renders");
    for raw in ["<b>", "\"><script>", "<img src=x>", "<i>", "<t>", "<q>", "/console\"x"] {
        assert!(!html.contains(raw), "{raw}");
    }
}

#[test]
fn the_samples_can_be_looked_at() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/console-preview");
    std::fs::create_dir_all(&folder).expect("a folder");
    for asset in ["console.css", "console.js", "mark.svg"] {
        std::fs::write(folder.join(asset), assets::find(asset).expect("an asset").body).expect("written");
    }
    for lang in Lang::ALL {
        for (name, html) in sample_pages(lang) {
            let mut html = html;
            for asset in ["console.css", "console.js", "mark.svg"] {
                html = html.replace(&assets::address(asset), asset);
            }
            std::fs::write(folder.join(format!("{name}.{}.html", lang.tag())), html).expect("written");
        }
    }
}
