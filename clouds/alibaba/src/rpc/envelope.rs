//! Answers as JSON or XML.
//!
//! Operations answer with a JSON object in the order in which its members shall appear; XML is the same
//! object written with tags, so that no operation knows about formats.

use http::HeaderMap;
use http::header::ACCEPT;
use serde_json::{Map, Value};

use super::{Fault, Parameters};

/// The object that an operation answers with.
pub type Document = Map<String, Value>;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json;charset=utf-8`
    Json,
    /// `text/xml;charset=utf-8`
    Xml,
}

impl Format {
    /// The format that a request asks for. The parameter `Format` wins; then the `Accept` header; what is
    /// left is JSON where the newer signature (`is_v3`) is used, and XML, the platform's old default, elsewhere.
    pub fn wanted(parameters: &Parameters, headers: &HeaderMap, is_v3: bool) -> Self {
        match parameters.text("Format") {
            Some(format) if format.eq_ignore_ascii_case("json") => return Self::Json,
            Some(format) if format.eq_ignore_ascii_case("xml") => return Self::Xml,
            _ => {}
        }
        let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        match (accept.contains("json"), accept.contains("xml")) {
            (true, _) => Self::Json,
            (false, true) => Self::Xml,
            (false, false) if is_v3 => Self::Json,
            (false, false) => Self::Xml,
        }
    }

    /// The exact content type: Python's SDK reads XML errors only under this very spelling.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json;charset=utf-8",
            Self::Xml => "text/xml;charset=utf-8",
        }
    }

    /// `document` as bytes; `root` names the outermost XML element.
    pub fn write(self, root: &str, document: &Document) -> Vec<u8> {
        match self {
            // A map of JSON values with text keys cannot fail to serialise.
            Self::Json => serde_json::to_vec(document).unwrap_or_default(),
            Self::Xml => {
                let mut xml = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
                element(root, &mut xml, |xml| members(document, xml));
                xml.into_bytes()
            }
        }
    }
}

/// The error envelope of a platform refusal.
///
/// Every member is a text and `AccessDeniedDetail` an object: the Go SDK, and with it the CLI and Terraform,
/// asserts these types and ends the process otherwise.
pub fn fault_document(fault: &Fault, request_id: &str, host: &str, product: &str) -> Document {
    let recommend = format!(
        "https://api.aliyun.com/troubleshoot?q={}&product={product}&requestId={request_id}",
        fault.code
    );
    let mut document = Document::new();
    let mut put = |name: &str, value: &str| document.insert(name.to_owned(), Value::from(value));
    put("RequestId", request_id);
    put("HostId", host);
    put("Code", &fault.code);
    put("Message", &fault.message);
    put("Recommend", &recommend);
    if let Some(denied) = &fault.access_denied {
        let detail = serde_json::json!({
            "AuthAction": denied.action,
            "AuthPrincipalType": denied.principal_type,
            "AuthPrincipalOwnerId": denied.owner_id,
            "AuthPrincipalDisplayName": denied.principal,
            "PolicyType": "AccountLevelIdentityBasedPolicy",
            "NoPermissionType": if denied.is_explicit { "ExplicitDeny" } else { "ImplicitDeny" },
            "EncodedDiagnosticMessage": "",
        });
        document.insert("AccessDeniedDetail".to_owned(), detail);
    }
    document
}

fn element(name: &str, xml: &mut String, content: impl FnOnce(&mut String)) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    content(xml);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

fn members(document: &Document, xml: &mut String) {
    for (name, value) in document {
        match value {
            // A list is its element repeated, inside the wrapper that the JSON form has as well.
            Value::Array(items) => items.iter().for_each(|item| element(name, xml, |xml| content(item, xml))),
            value => element(name, xml, |xml| content(value, xml)),
        }
    }
}

fn content(value: &Value, xml: &mut String) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => xml.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => xml.push_str(&number.to_string()),
        Value::String(text) => escape(text, xml),
        Value::Array(items) => items.iter().for_each(|item| content(item, xml)),
        Value::Object(object) => members(object, xml),
    }
}

/// Characters that XML 1.0 cannot hold are left out, even escaped it would refuse them.
fn escape(text: &str, xml: &mut String) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            '\t' | '\n' | '\r' => xml.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => xml.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn document(value: Value) -> Document {
        match value {
            Value::Object(object) => object,
            other => panic!("not an object: {other}"),
        }
    }

    #[test]
    fn the_same_answer_in_both_formats() {
        let answer = document(json!({
            "RequestId": "R", "Success": true, "Total": 2,
            "ContactGroupList": {"ContactGroup": [{"Name": "a<&>\"'\u{8}", "Contacts": {"Contact": ["Jimmy", "李"]}}]},
            "Logs": ["x", "y"], "Empty": [],
        }));
        let json = String::from_utf8(Format::Json.write("DescribeResponse", &answer)).expect("text");
        assert!(json.starts_with(r#"{"RequestId":"R","Success":true,"Total":2,"#), "{json}");
        let xml = String::from_utf8(Format::Xml.write("DescribeResponse", &answer)).expect("text");
        assert_eq!(
            xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><DescribeResponse><RequestId>R</RequestId><Success>true</Success>\
             <Total>2</Total><ContactGroupList><ContactGroup><Name>a&lt;&amp;&gt;&quot;&apos;</Name><Contacts>\
             <Contact>Jimmy</Contact><Contact>李</Contact></Contacts></ContactGroup></ContactGroupList>\
             <Logs>x</Logs><Logs>y</Logs></DescribeResponse>"
        );
    }

    #[test]
    fn which_format_is_wanted() {
        let none = Parameters::default();
        let format = |value: &str| Parameters::from_pairs([("Format".to_owned(), value.to_owned())]);
        let accepting =
            |value: &'static str| HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(value))]);
        let plain = HeaderMap::new();
        assert_eq!(Format::wanted(&format("JSON"), &plain, false), Format::Json);
        assert_eq!(Format::wanted(&format("xml"), &accepting("application/json"), true), Format::Xml);
        assert_eq!(Format::wanted(&none, &accepting("application/json"), false), Format::Json);
        assert_eq!(Format::wanted(&none, &accepting("text/xml"), true), Format::Xml);
        assert_eq!(Format::wanted(&none, &plain, true), Format::Json);
        assert_eq!(Format::wanted(&none, &plain, false), Format::Xml);
        assert_eq!(Format::wanted(&format("yaml"), &accepting("*/*"), false), Format::Xml);
    }

    #[test]
    fn every_member_of_an_error_is_a_text() {
        let mut fault = Fault::no_permission("edas:X");
        fault.cause = Some("not for clients".into());
        let document = fault_document(&fault, "R-1", "127.0.0.1:8080", "schedulerx2");
        for (name, value) in &document {
            let is_detail = name == "AccessDeniedDetail";
            assert!(if is_detail { value.is_object() } else { value.is_string() }, "{name}");
        }
        assert_eq!(document["HostId"], "127.0.0.1:8080");
        assert_eq!(document["AccessDeniedDetail"]["AuthAction"], "edas:X");
    }
}
