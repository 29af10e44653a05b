//! Terraform's calls, in its order and in its shapes: signature V1, forms where the SDKs use queries.

use serde_json::{Value, json};

use super::world::{Answer, Form, SCHEDULERX, STS, World};

/// How the provider reads an answer with status 200; an error is its code (`schedulerx-api.md` 5.3).
fn provider_reads(answer: &Answer) -> Result<&Value, String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let code = match &answer.json["Code"] {
        Value::String(text) => text.to_lowercase(),
        Value::Number(number) => number.to_string(),
        _ => return Ok(&answer.json),
    };
    let is_fine = ["200", "0", "success", "ok"].contains(&code.as_str()) || answer.json["Success"] == true;
    let message = answer.json.get("Message").map(|message| message.as_str().unwrap_or_default());
    if is_fine || message == Some("") { Ok(&answer.json) } else { Err(code) }
}

fn provider_says_gone(answer: &Answer) -> bool {
    let expected = ["-10001", "-10003"];
    match provider_reads(answer) {
        Ok(_) => false,
        Err(code) => expected.iter().any(|gone| gone.starts_with(&code) || answer.text.contains(gone)),
    }
}

#[test]
fn its_start() {
    let world = World::new();
    let send = |form: Form, version: &str, action: &str, pairs: &[(&str, &str)]| {
        world.send(world.request(form, &world.root, version, action, pairs))
    };
    let product = [
        ("PageNum", "1"),
        ("PageSize", "50"),
        ("ProductCode", "vipcloudfw"),
        ("ProductType", "vipcloudfw"),
        ("SubscriptionType", "Subscription"),
    ];
    let answer = send(Form::F5, "2017-12-14", "QueryAvailableInstances", &product);
    assert_eq!(
        answer.json["Data"],
        json!({"PageNum": 1, "PageSize": 50, "TotalCount": 0, "InstanceList": []})
    );
    assert!(provider_reads(&answer).is_ok());

    let service = [("ServiceCode", "cms"), ("Id", "cn-hangzhou"), ("Type", "openAPI")];
    let answer = send(Form::F6, "2015-06-12", "DescribeEndpoints", &service);
    let endpoint = &answer.json["Endpoints"]["Endpoint"][0];
    assert_eq!((&endpoint["Endpoint"], &endpoint["SerivceCode"]), (&"127.0.0.1:8080".into(), &"cms".into()));

    let answer = send(Form::F6, STS, "GetCallerIdentity", &[("RegionId", "cn-hangzhou")]);
    assert_eq!(answer.json["IdentityType"], "Account");
}

#[test]
fn the_life_of_a_namespace_and_an_app_group() {
    let world = World::new();
    let send = |form: Form, action: &str, pairs: &[(&str, &str)]| {
        let pairs = [pairs, &[("RegionId", "cn-hangzhou")]].concat();
        world.send(world.request(form, &world.root, SCHEDULERX, action, &pairs))
    };
    let config = r#"{"sendChannel": "sms,ding","alarmType": "Contacts","webhookIsAtAll": "false"}"#;
    let contacts = r#"[{"name":"tester"}]"#;

    let made =
        send(Form::F5, "CreateNamespace", &[("Uid", "tf-ns-10001"), ("Name", "tf"), ("Description", "")]);
    assert_eq!(provider_reads(&made).unwrap()["Data"]["NamespaceUid"], "tf-ns-10001");
    let listed = send(Form::F5, "ListNamespaces", &[("Namespace", "tf-ns-10001")]);
    let rows = provider_reads(&listed).unwrap()["Data"]["Namespaces"].clone();
    assert_eq!(rows, json!([{"UId": "tf-ns-10001", "Name": "tf", "Description": ""}]));
    // The data source asks by GET.
    assert_eq!(send(Form::F6, "ListNamespaces", &[]).json["Data"]["Namespaces"].as_array().unwrap().len(), 1);
    let update = [("Namespace", "tf-ns-10001"), ("NamespaceName", "tf"), ("Description", "changed")];
    assert!(provider_reads(&send(Form::F5, "UpdateNamespace", &update)).is_ok());

    let new = [
        ("AppName", "tf-app"),
        ("Namespace", "tf-ns-10001"),
        ("GroupId", "tf-testacc12345"),
        ("NamespaceName", "default"),
        ("NamespaceSource", "schedulerx"),
        ("AppVersion", "1"),
        ("AppType", "2"),
        ("MaxJobs", "100"),
        ("EnableLog", "true"),
        ("ScheduleBusyWorkers", "false"),
        ("Description", "d"),
        ("MonitorConfigJson", config),
        ("MonitorContactsJson", contacts),
    ];
    let made = send(Form::F6, "CreateAppGroup", &new);
    assert!(provider_reads(&made).unwrap()["Data"]["AppGroupId"].is_i64());
    let one = [("Namespace", "tf-ns-10001"), ("GroupId", "tf-testacc12345")];
    let read = send(Form::F5, "GetAppGroup", &one);
    let data = &provider_reads(&read).unwrap()["Data"];
    let expected = json!({
        "AppName": "tf-app", "AppVersion": "1", "CurJobs": 0, "MaxJobs": 100, "Description": "d", "EnableLog": true,
        "GroupId": "tf-testacc12345", "MonitorConfigJson": config, "MonitorContactsJson": contacts,
        "Namespace": "tf-ns-10001", "NotificationPolicyName": "", "AppKey": made.json["Data"]["AppKey"],
    });
    assert_eq!(*data, expected, "the texts come back byte for byte, else the next plan shows a change");

    let change = [("MaxConcurrency", "10"), ("AppVersion", "2"), ("EnableLog", "false"), ("Description", "")];
    assert!(provider_reads(&send(Form::F5, "UpdateAppGroup", &[&one[..], &change].concat())).is_ok());
    let read = send(Form::F5, "GetAppGroup", &one);
    let data = &read.json["Data"];
    assert_eq!(
        (&data["AppVersion"], &data["EnableLog"], &data["Description"]),
        (&"2".into(), &false.into(), &"".into())
    );
    assert_eq!(data["MonitorConfigJson"], config);

    // Taken, though the code of a missing thing stands in the name: not "gone".
    let again = send(Form::F6, "CreateAppGroup", &new);
    assert_eq!((again.business(), provider_says_gone(&again)), (-10_103, false));
    let busy = send(Form::F5, "DeleteNamespace", &[("Namespace", "tf-ns-10001")]);
    assert_eq!((busy.business(), provider_says_gone(&busy)), (-10_106, false));

    let delete = [&one[..], &[("DeleteJobs", "true")]].concat();
    let deleted = send(Form::F5, "DeleteAppGroup", &delete);
    assert!(provider_reads(&deleted).is_ok());
    assert!(deleted.json.get("Data").is_none(), "a null would crash the provider");
    assert!(provider_says_gone(&send(Form::F5, "GetAppGroup", &one)));
    assert!(provider_reads(&send(Form::F5, "DeleteNamespace", &[("Namespace", "tf-ns-10001")])).is_ok());
    let listed = send(Form::F5, "ListNamespaces", &[("Namespace", "tf-ns-10001")]);
    assert_eq!(listed.json["Data"]["Namespaces"], json!([]));
}

#[test]
fn only_a_missing_thing_looks_missing() {
    let world = World::new();
    world.namespace("ns");
    let group = |id: &str| {
        [("AppName", "a"), ("Namespace", "ns"), ("GroupId", id)].map(|(n, v)| (n.to_owned(), v.to_owned()))
    };
    for id in ["a-10001", "b-10003", "-1"] {
        let owned = group(id);
        let pairs: Vec<(&str, &str)> = owned.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        world.scheduler("CreateAppGroup", &pairs).data();
        let again = world.scheduler("CreateAppGroup", &pairs);
        assert!(!provider_says_gone(&again), "{}", again.text);
    }
    assert!(provider_says_gone(&world.scheduler("GetAppGroup", &[("Namespace", "ns"), ("GroupId", "none")])));
    assert!(provider_says_gone(
        &world.scheduler("GetAppGroup", &[("Namespace", "none"), ("GroupId", "a-10001")])
    ));
}
