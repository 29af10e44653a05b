//! "By API": what a page shows or does, as the calls that do the same, with real ids.
//!
//! The texts are copied by people, so they run as they stand: keys come from the environment that the vendors'
//! own tools use, the address is the one that this page was reached by.

use std::fmt::Write as _;

use crate::view::Call;

/// One parameter of a call.
pub(crate) type Param<'a> = (&'a str, String);

/// Where this server is, as the browser knows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) secure: bool,
    pub(crate) host: String,
    pub(crate) project_id: String,
    pub(crate) region: String,
}

impl Place {
    fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme(), self.host)
    }
}

/// An API of Alibaba Cloud's RPC kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AlibabaApi {
    SchedulerX,
    CloudMonitor,
}

impl AlibabaApi {
    const fn word(self) -> &'static str {
        match self {
            Self::SchedulerX => "schedulerx",
            Self::CloudMonitor => "cloudmonitor",
        }
    }

    const fn package(self) -> &'static str {
        match self {
            Self::SchedulerX => "alibabacloud_schedulerx220190430",
            Self::CloudMonitor => "alibabacloud_cms20190101",
        }
    }
}

/// A call of an Alibaba API. Parameters are named as on the wire (`ContactNames.1`).
pub(crate) fn alibaba(place: &Place, api: AlibabaApi, operation: &str, params: &[Param<'_>]) -> Vec<Call> {
    let mut python = format!(
        "import os\nfrom alibabacloud_tea_openapi.models import Config\nfrom {0}.client import Client\nfrom {0} import models\n\n\
         client = Client(Config(\n    access_key_id=os.environ[\"ALIBABA_CLOUD_ACCESS_KEY_ID\"],\n    \
         access_key_secret=os.environ[\"ALIBABA_CLOUD_ACCESS_KEY_SECRET\"],\n    endpoint=\"{1}\", protocol=\"{2}\", region_id=\"{3}\",\n))\n\
         answer = client.{4}(models.{operation}Request(\n",
        api.package(),
        place.host,
        place.scheme(),
        place.region,
        snake(operation),
    );
    for (name, value) in python_arguments(operation, params) {
        let _ = writeln!(python, "    {name}={value},");
    }
    python.push_str("))\nprint(answer.body)");
    vec![muster(api.word(), operation, params), Call::new("Python SDK", python)]
}

/// Parameters as the Python SDK names them: `ContactNames.1` becomes an element of `contact_names`.
fn python_arguments(operation: &str, params: &[Param<'_>]) -> Vec<(String, String)> {
    let mut arguments: Vec<(String, String)> = Vec::new();
    let mut channels = Vec::new();
    for (name, value) in params {
        let literal = python_literal(name, value);
        match name.split_once('.') {
            None => arguments.push((snake(name), literal)),
            Some(("Channels", channel)) => channels.push(format!("{}={literal}", channel_argument(channel))),
            Some((list, _)) => match arguments.iter_mut().find(|(known, _)| *known == snake(list)) {
                Some((_, items)) => {
                    items.pop();
                    let _ = write!(items, ", {literal}]");
                }
                None => arguments.push((snake(list), format!("[{literal}]"))),
            },
        }
    }
    if !channels.is_empty() {
        let model = format!("models.{operation}RequestChannels({})", channels.join(", "));
        arguments.push(("channels".to_owned(), model));
    }
    arguments
}

fn channel_argument(channel: &str) -> String {
    match channel {
        "SMS" => "sms".to_owned(),
        "AliIM" => "ali_im".to_owned(),
        _ => snake(channel),
    }
}

/// Parameters that the SDKs type as something other than text.
fn python_literal(name: &str, value: &str) -> String {
    match (name, value) {
        (
            "AppVersion"
            | "MaxJobs"
            | "AppType"
            | "MaxConcurrency"
            | "EnableLog"
            | "DeleteJobs"
            | "EnableSubscribed"
            | "ScheduleBusyWorkers",
            "true",
        ) => "True".to_owned(),
        ("EnableLog" | "DeleteJobs" | "EnableSubscribed" | "ScheduleBusyWorkers", "false") => {
            "False".to_owned()
        }
        (
            "AppVersion" | "MaxJobs" | "AppType" | "MaxConcurrency" | "JobId" | "JobInstanceId"
            | "InstanceId" | "TimeType" | "MaxAttempt" | "AttemptInterval" | "Priority" | "DesignateType"
            | "StartDate" | "EndDate" | "Year" | "WorkflowId" | "WfInstanceId" | "NodeId",
            number,
        ) if number.parse::<u64>().is_ok() => number.to_owned(),
        _ => quoted(value),
    }
}

/// A service of Huawei Cloud as its Python SDK names it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HuaweiApi {
    CloudEye,
    Workspace,
}

impl HuaweiApi {
    const fn word(self) -> &'static str {
        match self {
            Self::CloudEye => "cloudeye",
            Self::Workspace => "workspace",
        }
    }

    const fn module(self) -> &'static str {
        match self {
            Self::CloudEye => "huaweicloudsdkces.v2",
            Self::Workspace => "huaweicloudsdkworkspaceapp.v1",
        }
    }

    const fn client(self) -> &'static str {
        match self {
            Self::CloudEye => "CesClient",
            Self::Workspace => "WorkspaceAppClient",
        }
    }
}

/// How a call of Huawei's looks over HTTP.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rest<'a> {
    pub(crate) method: &'a str,
    /// After the address of the server.
    pub(crate) path: String,
    /// The JSON body, if there is one.
    pub(crate) body: String,
}

/// A call of a Huawei API: `params` as `muster call` takes them, `arguments` as Python writes them.
pub(crate) fn huawei(
    place: &Place,
    api: HuaweiApi,
    operation: &str,
    params: &[Param<'_>],
    arguments: &str,
    rest: &Rest<'_>,
) -> Vec<Call> {
    let (module, client) = (api.module(), api.client());
    let python = format!(
        "import os\nfrom huaweicloudsdkcore.auth.credentials import BasicCredentials\nfrom {module} import *\n\n\
         client = {client}.new_builder().with_credentials(BasicCredentials(\n    os.environ[\"HUAWEICLOUD_SDK_AK\"], \
         os.environ[\"HUAWEICLOUD_SDK_SK\"], \"{}\",\n)).with_endpoint(\"{}\").build()\nprint(client.{}({operation}Request({arguments})))",
        place.project_id,
        place.url(),
        snake(operation),
    );
    let curl = format!(
        "# $TOKEN is the header X-Subject-Token of the answer to POST /v3/auth/tokens\n{}",
        curl(place, "-H \"X-Auth-Token: $TOKEN\"", rest)
    );
    vec![muster(api.word(), operation, params), Call::new("Python SDK", python), Call::new("curl", curl)]
}

/// A call of ZStack's API.
pub(crate) fn zstack(place: &Place, operation: &str, params: &[Param<'_>], rest: &Rest<'_>) -> Vec<Call> {
    let curl = format!(
        "# $SESSION is the uuid in the answer to PUT /zstack/v1/accounts/login\n{}",
        curl(place, "-H \"Authorization: OAuth $SESSION\"", rest)
    );
    vec![muster("zstack", operation, params), Call::new("curl", curl)]
}

fn curl(place: &Place, proof: &str, rest: &Rest<'_>) -> String {
    let mut text = format!("curl -X {} {proof}", rest.method);
    if !rest.body.is_empty() {
        let _ = write!(text, " \\\n  -H 'Content-Type: application/json' -d {}", shell(&rest.body));
    }
    let _ = write!(text, " \\\n  {}", shell(&format!("{}{}", place.url(), rest.path)));
    text
}

pub(crate) fn muster(api: &str, operation: &str, params: &[Param<'_>]) -> Call {
    let mut text = format!("muster call {api} {operation}");
    for (name, value) in params {
        let _ = write!(text, " \\\n  {}", shell(&format!("{name}={value}")));
    }
    Call::new("muster call", text)
}

/// A word of a shell's command line.
fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// A text as Python and JSON write it.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// `CreateAppGroup` as the Python SDKs name it: `create_app_group`.
fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for (place, character) in camel.chars().enumerate() {
        if character.is_ascii_uppercase() {
            if place > 0 {
                snake.push('_');
            }
            snake.push(character.to_ascii_lowercase());
        } else {
            snake.push(character);
        }
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            secure: false,
            host: "127.0.0.1:8080".into(),
            project_id: "0f2d".into(),
            region: "local".into(),
        }
    }

    #[test]
    fn names_with_quotes_cannot_leave_their_word() {
        assert_eq!(shell("a'b $(x)"), r"'a'\''b $(x)'");
        assert_eq!(shell("pay.batch"), "pay.batch");
        assert_eq!(quoted("a\"b\n"), r#""a\"b\n""#);
    }

    #[test]
    fn a_put_in_both_forms() {
        let params = [
            ("ContactName", "Rita Vance".to_owned()),
            ("Channels.Mail", "rita@example.com".to_owned()),
            ("Channels.DingWebHook", "http://127.0.0.1/robot".to_owned()),
        ];
        let calls = alibaba(&place(), AlibabaApi::CloudMonitor, "PutContact", &params);
        assert!(calls[0].code.contains("muster call cloudmonitor PutContact \\\n  'ContactName=Rita Vance'"));
        let python = &calls[1].code;
        assert!(python.contains("client.put_contact(models.PutContactRequest("), "{python}");
        assert!(python.contains(
            r#"channels=models.PutContactRequestChannels(mail="rita@example.com", ding_web_hook="http://127.0.0.1/robot"),"#
        ), "{python}");
    }

    #[test]
    fn numbered_parameters_become_a_list() {
        let params = [
            ("ContactNames.1", "a".to_owned()),
            ("ContactNames.2", "b".to_owned()),
            ("EnableSubscribed", "true".to_owned()),
        ];
        let arguments = python_arguments("PutContactGroup", &params);
        assert_eq!(
            arguments,
            [("contact_names".into(), r#"["a", "b"]"#.into()), ("enable_subscribed".into(), "True".into())]
        );
    }

    #[test]
    fn bodies_go_through_the_shell_unharmed() {
        let rest = Rest {
            method: "POST",
            path: "/v2/0f2d/resource-groups".into(),
            body: r#"{"group_name":"it's"}"#.into(),
        };
        let calls = huawei(&place(), HuaweiApi::CloudEye, "CreateResourceGroup", &[], "", &rest);
        assert!(calls[2].code.ends_with("http://127.0.0.1:8080/v2/0f2d/resource-groups"));
        assert!(calls[2].code.contains(r#"-d '{"group_name":"it'\''s"}'"#));
    }
}
