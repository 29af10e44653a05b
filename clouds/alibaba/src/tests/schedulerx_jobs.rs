//! Jobs of SchedulerX, as the wire carries them.

use serde_json::{Value, json};

use super::world::{Answer, Key, SCHEDULERX, World};

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");
const G: [(&str, &str); 3] = [("Namespace", "ns"), ("GroupId", "g"), REGION];
const BY_REQUEST: [(&str, &str); 5] = [
    ("Name", "night"),
    ("JobType", "java"),
    ("ExecuteMode", "standalone"),
    ("TimeType", "100"),
    ("ClassName", "hello word"),
];

fn world() -> World {
    let world = World::new();
    world.namespace("ns");
    group(&world, "g", &[]);
    world
}

fn group(world: &World, id: &str, more: &[(&str, &str)]) {
    let pairs = [&[("AppName", "a"), ("Namespace", "ns"), ("GroupId", id)], more].concat();
    world.scheduler("CreateAppGroup", &pairs).data();
}

/// The job that runs when asked, with other values for some parameters.
fn create(world: &World, other: &[(&str, &str)]) -> Answer {
    let is_other = |name: &str| other.iter().any(|(changed, _)| *changed == name);
    let kept = G.into_iter().chain(BY_REQUEST).filter(|(name, _)| !is_other(name));
    let pairs: Vec<_> = kept.chain(other.iter().copied()).collect();
    world.scheduler("CreateJob", &pairs)
}

fn made(world: &World, other: &[(&str, &str)]) -> String {
    create(world, other).data()["JobId"].as_i64().unwrap().to_string()
}

fn on(world: &World, action: &str, id: &str, more: &[(&str, &str)]) -> Answer {
    world.scheduler(action, &[&G[..], &[("JobId", id)], more].concat())
}

fn info(world: &World, id: &str) -> Value {
    on(world, "GetJobInfo", id, &[]).data()["JobConfigInfo"].clone()
}

fn jobs_in_group(world: &World) -> Value {
    world.scheduler("GetAppGroup", &G).data()["CurJobs"].clone()
}

#[test]
fn a_plain_job_is_answered_without_what_nobody_said() {
    let world = world();
    let id = made(&world, &[]);
    let expected = json!({
        "JobId": id.parse::<i64>().unwrap(), "Name": "night", "Description": "", "JobType": "java",
        "ExecuteMode": "standalone", "ClassName": "hello word", "Content": "", "JarUrl": "", "Parameters": "",
        "Status": 1, "MaxConcurrency": "1", "MaxAttempt": 0, "AttemptInterval": 30, "EndTime": -1,
        "TimeConfig": {"TimeType": 100, "TimeExpression": "", "Calendar": "", "DataOffset": 0},
    });
    assert_eq!(info(&world, &id), expected);
    assert_eq!(jobs_in_group(&world), 1);
}

#[test]
fn everything_said_comes_back_as_it_was_said() {
    let world = world();
    let end = (world.now().millis() + 86_400_000).to_string();
    let text = r#"{ "pageSize": 7 }"#;
    let id = made(
        &world,
        &[
            ("JobType", "golang"),
            ("ExecuteMode", "shard"),
            ("TimeType", "3"),
            ("TimeExpression", "30"),
            ("Timezone", "GTM+7"),
            ("Calendar", "workday"),
            ("DataOffset", "-5"),
            ("Status", "0"),
            ("EndTime", &end),
            ("Priority", "10"),
            ("XAttrs", text),
            ("FailEnable", "True"),
            ("SendChannel", "ding"),
            ("ContactInfo.1.UserName", "b"),
            ("ContactInfo.1.UserMail", ""),
            ("ContactInfo.2.UserName", "a"),
        ],
    );
    let job = info(&world, &id);
    assert_eq!((&job["JobType"], &job["ExecuteMode"]), (&"golang".into(), &"shard".into()));
    assert_eq!((&job["Status"], &job["XAttrs"]), (&0.into(), &text.into()));
    assert_eq!(job["EndTime"].to_string(), end);
    let time = json!({"TimeType": 3, "TimeExpression": "30", "Calendar": "workday", "DataOffset": -5});
    assert_eq!(job["TimeConfig"], time);
    assert_eq!(job["MapTaskXAttrs"]["PageSize"], 7);
    let monitor = json!({
        "FailEnable": true, "MissWorkerEnable": false, "SendChannel": "ding", "Timeout": 7200,
        "TimeoutEnable": false, "TimeoutKillEnable": false,
    });
    assert_eq!(job["JobMonitorInfo"]["MonitorConfig"], monitor);
    let contact = |name: &str| json!({"UserName": name, "UserPhone": "", "UserMail": "", "Ding": ""});
    assert_eq!(job["JobMonitorInfo"]["ContactInfo"], json!([contact("b"), contact("a")]));
}

#[test]
fn every_refusal_of_a_new_job() {
    let world = world();
    for name in
        ["Namespace", "GroupId", "RegionId", "Name", "JobType", "ExecuteMode", "TimeType", "ClassName"]
    {
        assert_eq!(create(&world, &[(name, "")]).refused(), (400, format!("Missing{name}")));
    }
    let script = create(&world, &[("JobType", "shell")]);
    assert_eq!(script.refused(), (400, "MissingContent".to_owned()));
    for bad in [("TimeType", "cron"), ("Status", "on"), ("FailEnable", "perhaps"), ("ContactInfo", "x")] {
        assert_eq!(create(&world, &[bad]).refused(), (400, "InvalidParameter".to_owned()), "{bad:?}");
    }
    let long = "x".repeat(10_001);
    for (bad, code) in [
        (("JobType", "cobol"), -10_101),
        (("ExecuteMode", "twice"), -10_101),
        (("TimeType", "101"), -10_101),
        (("Status", "2"), -10_101),
        (("Priority", "6"), -10_101),
        (("MaxConcurrency", "0"), -10_101),
        (("StartTime", "1"), -10_101),
        (("StartTime", "-2"), -10_101),
        (("EndTime", "1"), -10_101),
        (("SendChannel", "pigeon"), -10_101),
        (("XAttrs", "{"), -10_102),
        (("Parameters", &long), -10_105),
        (("TimeType", "1"), -10_206),
        (("GroupId", "none"), -10_003),
        (("Namespace", "none"), -10_003),
    ] {
        assert_eq!(create(&world, &[bad]).business(), code, "{}", bad.0);
    }
    let calendar = [("TimeType", "1"), ("TimeExpression", "0 0 3 * * ?"), ("Calendar", "none")];
    assert_eq!(create(&world, &calendar).business(), -10_104);
    let past = [("TimeType", "5"), ("TimeExpression", "2001-01-01 00:00:00")];
    assert_eq!(create(&world, &past).business(), -10_206);
    assert_eq!(jobs_in_group(&world), 0);
    group(&world, "small", &[("MaxJobs", "1"), ("AppVersion", "1")]);
    let small = ("GroupId", "small");
    assert_eq!(create(&world, &[small, ("ExecuteMode", "parallel")]).business(), -10_107);
    made(&world, &[small]);
    assert_eq!(create(&world, &[small]).business(), -10_105);
}

#[test]
fn pages_of_jobs() {
    let world = world();
    let [first, second, third] = [("alpha", "1"), ("beta", "0"), ("alphabet", "1")]
        .map(|(name, status)| made(&world, &[("Name", name), ("Status", status)]));
    let list = |more: &[(&str, &str)]| {
        let answer = world.scheduler("ListJobs", &[&G[..], more].concat());
        let data = answer.data().clone();
        let ids: Vec<String> =
            data["Jobs"].as_array().unwrap().iter().map(|job| job["JobId"].to_string()).collect();
        (ids, data["PageNumber"].clone(), data["PageSize"].clone(), data["Total"].clone())
    };
    let all = vec![third.clone(), second.clone(), first.clone()];
    assert_eq!(list(&[]), (all, json!(1), json!(10), json!(3)));
    assert_eq!(list(&[("JobName", "alpha")]).0, [third.clone(), first.clone()]);
    assert_eq!(list(&[("Status", "0")]).0, [second]);
    assert_eq!(list(&[("PageNum", "2"), ("PageSize", "2")]), (vec![first], json!(2), json!(2), json!(3)));
    assert_eq!(list(&[("PageNum", "9")]), (vec![], json!(9), json!(10), json!(3)));
    let row = world.scheduler("ListJobs", &G).data()["Jobs"][0].clone();
    assert_eq!(row["StartTime"], -1);
    for bad in [("PageNum", "0"), ("PageSize", "0"), ("PageSize", "1001"), ("Status", "2")] {
        assert_eq!(world.scheduler("ListJobs", &[&G[..], &[bad]].concat()).business(), -10_101, "{bad:?}");
    }
    let none = [("Namespace", "ns"), ("GroupId", "none"), REGION];
    let missing = world.scheduler("ListJobs", &none);
    assert_eq!(missing.business(), -10_003);
    assert_eq!(missing.json["Message"], "groupid not exist groupId: none namespace: ns");
}

#[test]
fn a_missing_job_is_gone_to_those_who_read_and_unknown_to_those_who_change() {
    let world = world();
    group(&world, "other", &[]);
    let elsewhere = made(&world, &[("GroupId", "other")]);
    for id in ["1", &elsewhere] {
        let read = on(&world, "GetJobInfo", id, &[("JobName", "night")]);
        assert_eq!(read.business(), -10_003);
        assert_eq!(read.json["Message"], format!("jobid: {id} not match groupId: g"));
        for action in ["DeleteJob", "EnableJob", "DisableJob", "ExecuteJob"] {
            let answer = on(&world, action, id, &[]);
            assert_eq!(answer.business(), -10_209, "{action}");
            assert_eq!(answer.json["Message"], format!("jobId={id} is not existed"), "{action}");
        }
    }
    for action in ["GetJobInfo", "DeleteJob", "EnableJob", "DisableJob", "ExecuteJob"] {
        let none = [("Namespace", "ns"), ("GroupId", "none"), REGION, ("JobId", "1")];
        assert_eq!(world.scheduler(action, &none).business(), -10_003, "{action}");
        assert_eq!(world.scheduler(action, &G).refused(), (400, "MissingJobId".to_owned()), "{action}");
    }
}

#[test]
fn enabling_and_disabling() {
    let world = world();
    let (one, two) = (made(&world, &[]), made(&world, &[]));
    let status = || [&one, &two].map(|id| info(&world, id)["Status"].as_i64().unwrap());
    on(&world, "DisableJob", &one, &[]).data();
    on(&world, "DisableJob", &one, &[]).data();
    assert_eq!(status(), [0, 1]);
    // The group may be left out.
    world.scheduler("EnableJob", &[("Namespace", "ns"), REGION, ("JobId", &one)]).data();
    assert_eq!(status(), [1, 1]);
    let both = [format!("[{one},{two}]"), format!("{one}, {two}")];
    for (action, ids, after) in
        [("BatchDisableJobs", &both[0], [0, 0]), ("BatchEnableJobs", &both[1], [1, 1])]
    {
        world.scheduler(action, &[("Namespace", "ns"), REGION, ("JobIdList", ids)]).data();
        assert_eq!(status(), after);
    }
    for action in ["BatchDisableJobs", "BatchDeleteJobs"] {
        let one_unknown = [&G[..], &[("JobIdList.1", one.as_str()), ("JobIdList.3", "1")]].concat();
        assert_eq!(world.scheduler(action, &one_unknown).business(), -10_209, "{action}");
        assert_eq!(world.scheduler(action, &G).refused(), (400, "MissingJobIdList".to_owned()));
        let words = [&G[..], &[("JobIdList", "a,b")]].concat();
        assert_eq!(world.scheduler(action, &words).refused(), (400, "InvalidParameter".to_owned()));
        let nothing = [&G[..], &[("JobIdList", "[]")]].concat();
        assert_eq!(world.scheduler(action, &nothing).business(), -10_101);
    }
    assert_eq!(status(), [1, 1]);
    world
        .scheduler("BatchDeleteJobs", &[&G[..], &[("JobIdList.1", &one), ("JobIdList.2", &two)]].concat())
        .data();
    assert_eq!(jobs_in_group(&world), 0);
}

#[test]
fn jobs_go_alone_or_with_their_group() {
    let world = world();
    let (one, two) = (made(&world, &[]), made(&world, &[]));
    on(&world, "DeleteJob", &one, &[]).data();
    assert_eq!(on(&world, "GetJobInfo", &one, &[]).business(), -10_003);
    assert_eq!(jobs_in_group(&world), 1);
    assert_eq!(world.scheduler("DeleteAppGroup", &G).business(), -10_106);
    info(&world, &two);
    world.scheduler("DeleteAppGroup", &[&G[..], &[("DeleteJobs", "true")]].concat()).data();
    assert_eq!(on(&world, "GetJobInfo", &two, &[]).business(), -10_003);
    group(&world, "g", &[]);
    assert_eq!(on(&world, "GetJobInfo", &two, &[]).business(), -10_003);
    assert_eq!(jobs_in_group(&world), 0);
}

#[test]
fn running_a_job_now() {
    let world = world();
    let many = made(&world, &[("MaxConcurrency", "2")]);
    let run = on(&world, "ExecuteJob", &many, &[("InstanceParameters", "a=1")]);
    assert!(run.data()["JobInstanceId"].is_i64());
    assert_eq!(on(&world, "ExecuteJob", &many, &[]).business(), -10_204);
    let single = made(&world, &[("Status", "0")]);
    assert_eq!(on(&world, "ExecuteJob", &single, &[("CheckJobStatus", "True")]).business(), -10_202);
    for nobody in
        [[("DesignateType", "2"), ("Label", "blue")], [("DesignateType", "1"), ("Worker", "9@10.0.0.9:4000")]]
    {
        assert_eq!(on(&world, "ExecuteJob", &single, &nobody).business(), -10_205);
    }
    // What was refused has left no instance behind.
    on(&world, "ExecuteJob", &single, &[("DesignateType", "2"), ("Label", "gray")]).data();
    assert_eq!(on(&world, "ExecuteJob", &single, &[]).business(), -10_203);
    let long = "x".repeat(10_001);
    assert_eq!(on(&world, "ExecuteJob", &many, &[("InstanceParameters", &long)]).business(), -10_105);
    assert_eq!(on(&world, "ExecuteJob", &many, &[("DesignateType", "3")]).business(), -10_101);
    let no_worker = on(&world, "ExecuteJob", &many, &[("DesignateType", "1")]);
    assert_eq!(no_worker.refused(), (400, "MissingWorker".to_owned()));
}

#[test]
fn an_update_changes_what_is_sent() {
    let world = world();
    let id =
        made(&world, &[("ExecuteMode", "batch"), ("ContactInfo.1.UserName", "a"), ("JobType", "golang")]);
    let before = info(&world, &id);
    on(&world, "UpdateJob", &id, &[]).data();
    assert_eq!(info(&world, &id), before);
    let change = [
        ("ExecuteMode", "grid"),
        ("TimeType", "1"),
        ("TimeExpression", "0 0 3 * * ?"),
        ("ClassName", ""),
        ("MaxConcurrency", "3"),
        ("PageSize", "9"),
        ("ContactInfo.1.UserName", "b"),
        // Neither of these is changed here.
        ("JobType", "java"),
        ("Status", "0"),
    ];
    on(&world, "UpdateJob", &id, &change).data();
    let after = info(&world, &id);
    assert_eq!((&after["ExecuteMode"], &after["JobType"]), (&"grid".into(), &"golang".into()));
    assert_eq!((&after["ClassName"], &after["MaxConcurrency"]), (&"".into(), &"3".into()));
    assert_eq!((&after["Name"], &after["Status"]), (&"night".into(), &1.into()));
    assert_eq!(after["TimeConfig"]["TimeExpression"], "0 0 3 * * ?");
    assert_eq!(after["MapTaskXAttrs"]["PageSize"], 9);
    assert_eq!(after["JobMonitorInfo"]["ContactInfo"].as_array().unwrap().len(), 1);
    assert_eq!(after["JobMonitorInfo"]["ContactInfo"][0]["UserName"], "b");
    on(&world, "UpdateJob", &id, &[("ExecuteMode", "broadcatst")]).data();
    let after = info(&world, &id);
    assert_eq!((&after["ExecuteMode"], after.get("MapTaskXAttrs")), (&"broadcatst".into(), None));
    for (bad, code) in [
        (("TimeExpression", "never"), -10_206),
        (("TaskDispatchMode", "throw"), -10_101),
        (("StartTime", "1"), -10_101),
        (("Name", ""), -10_101),
        (("XAttrs", "[]"), -10_102),
        (("Calendar", "none"), -10_104),
    ] {
        assert_eq!(on(&world, "UpdateJob", &id, &[bad]).business(), code, "{bad:?}");
    }
    assert_eq!(info(&world, &id), after);
    assert_eq!(on(&world, "UpdateJob", "1", &[]).business(), -10_209);
}

#[test]
fn versions_of_a_script() {
    let world = world();
    let id = made(&world, &[("JobType", "shell"), ("Content", "date")]);
    let change = [("ScriptContent", "uptime"), ("VersionDescription", "longer")];
    on(&world, "UpdateJobScript", &id, &change).data();
    assert_eq!(info(&world, &id)["Content"], "uptime");
    let history = on(&world, "ListJobScriptHistory", &id, &[]);
    let rows = history.data()["JobScriptHistoryInfos"].as_array().unwrap().clone();
    let texts: Vec<_> =
        rows.iter().map(|row| (&row["ScriptContent"], &row["VersionesDescription"])).collect();
    assert_eq!(texts, [(&json!("uptime"), &json!("longer")), (&json!("date"), &json!(""))]);
    assert_eq!(rows[0]["CreateTime"].as_str().unwrap().len(), "2026-01-31 09:30:00".len());
    let java = made(&world, &[]);
    assert_eq!(on(&world, "UpdateJobScript", &java, &change).business(), -10_202);
    let long = "x".repeat(100_001);
    assert_eq!(on(&world, "UpdateJobScript", &id, &[("ScriptContent", &long)]).business(), -10_101);
    for action in ["UpdateJobScript", "ListJobScriptHistory"] {
        assert_eq!(on(&world, action, "1", &[]).business(), -10_209, "{action}");
    }
}

#[test]
fn running_a_job_for_past_days() {
    const DAY: i64 = 86_400_000;
    let world = world();
    let id = made(&world, &[("Status", "0")]);
    let (first, last) = (world.now().millis() - 9 * DAY, world.now().millis() - 3 * DAY);
    let (first, last) = (first.to_string(), last.to_string());
    let days = [("StartDate", first.as_str()), ("EndDate", last.as_str()), ("DataTime", "09:30:00")];
    on(&world, "RerunJob", &id, &days).data();
    let listed = on(&world, "GetJobInstanceList", &id, &[]);
    assert_eq!(listed.data()["JobInstanceDetails"].as_array().unwrap().len(), 7, "{}", listed.text);
    assert_eq!(on(&world, "RerunJob", "1", &days).business(), -10_209);
    let backwards = [("StartDate", last.as_str()), ("EndDate", first.as_str()), ("DataTime", "09:30:00")];
    assert_eq!(on(&world, "RerunJob", &id, &backwards).business(), -10_101);
    let no_time = [days[0], days[1], ("DataTime", "25:00")];
    assert_eq!(on(&world, "RerunJob", &id, &no_time).business(), -10_101);
    assert_eq!(on(&world, "RerunJob", &id, &days[..2]).refused(), (400, "MissingDataTime".to_owned()));
    group(&world, "basic", &[("AppVersion", "1")]);
    let cheap = made(&world, &[("GroupId", "basic")]);
    let basic = [&[("Namespace", "ns"), ("GroupId", "basic"), REGION, ("JobId", &cheap)], &days[..]].concat();
    assert_eq!(world.scheduler("RerunJob", &basic).business(), -10_107);
}

#[test]
fn copies_of_jobs() {
    let world = world();
    group(&world, "h", &[("MaxJobs", "1")]);
    let id = made(&world, &[("JobType", "golang")]);
    let sync = |to: &str, ids: &str| {
        let pairs = [
            REGION,
            ("OriginalNamespace", "ns"),
            ("OriginalGroupId", "g"),
            ("TargetNamespace", "ns"),
            ("TargetGroupId", to),
            ("JobIdList", ids),
        ];
        world.scheduler("ManageSchedulerxJobSync", &pairs)
    };
    let target = || {
        let listed = world.scheduler("ListJobs", &[("Namespace", "ns"), ("GroupId", "h"), REGION]);
        listed.data()["Jobs"].as_array().unwrap().clone()
    };
    sync("h", &format!("[{id}]")).data();
    let copy = target();
    assert_eq!((copy.len(), &copy[0]["Status"], &copy[0]["JobType"]), (1, &0.into(), &"golang".into()));
    on(&world, "UpdateJob", &id, &[("Description", "new")]).data();
    sync("h", &id).data();
    let again = target();
    assert_eq!((&again[0]["JobId"], &again[0]["Description"]), (&copy[0]["JobId"], &"new".into()));
    let other = made(&world, &[("Name", "other")]);
    assert_eq!(sync("h", &other).business(), -10_105);
    assert_eq!(sync("h", "1").business(), -10_209);
    let missing = sync("none", &id);
    assert_eq!(missing.business(), -10_003);
    assert!(missing.json["Message"].as_str().unwrap().contains("none"));
    assert_eq!(target(), again);
}

#[test]
fn without_a_group_the_groups_of_the_jobs_decide() {
    let world = world();
    group(&world, "h", &[]);
    let (mine, other) = (made(&world, &[]), made(&world, &[("GroupId", "h")]));
    let any = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"edas:*","Resource":"*"}]}"#;
    let nothing = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"none:*","Resource":"*"}]}"#;
    let (all, _) = world.user("all", any);
    let (granted, number) = world.user("granted", nothing);
    let grant = [&G[..], &[("UserId", number.as_str()), ("UserName", "granted")]].concat();
    world.scheduler("GrantPermission", &grant).data();
    let ask = |key: &Key, ids: &[&str]| {
        let names: Vec<String> = (1..=ids.len()).map(|place| format!("JobIdList.{place}")).collect();
        let ids = names.iter().map(String::as_str).zip(ids.iter().copied());
        let pairs: Vec<_> = [("Namespace", "ns"), REGION].into_iter().chain(ids).collect();
        world.call(key, SCHEDULERX, "BatchDisableJobs", &pairs)
    };
    ask(&granted, &[&mine]).data();
    for ids in [&[other.as_str()][..], &[&mine, &other], &["17"], &[&mine, "17"]] {
        assert_eq!(ask(&granted, ids).refused(), (403, "NoPermission".to_owned()), "{ids:?}");
    }
    ask(&all, &[&mine, &other]).data();
    assert_eq!(ask(&all, &["17"]).business(), -10_209);
}

#[test]
fn what_a_missing_namespace_is_called() {
    let world = world();
    let answer = world.scheduler("ListJobs", &[("Namespace", "gone"), ("GroupId", "g"), REGION]);
    assert_eq!(answer.json["Message"], "namespace can not find namespace: gone, namespaceSource:null");
    assert_eq!(answer.business(), -10_003);
    let answer = world.scheduler("ListJobs", &[("Namespace", "ns"), ("GroupId", "gone"), REGION]);
    assert_eq!(answer.json["Message"], "groupid not exist groupId: gone namespace: ns");
}
