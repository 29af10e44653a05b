//! A request after its form was read: which operation, with which parameters, and how the answer is written.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use muster_core::{Timestamp, Uuid};
use muster_wire::encoding::form_pairs;
use muster_wire::{Request, Response};

use super::envelope::{Document, Format, fault_document};
use super::{Fault, Parameters};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-acs-request-id");
const RETRY_AFTER: HeaderName = HeaderName::from_static("x-acs-retry-after");

/// How the answer to one request is written: known even when the request itself cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    format: Format,
    host: String,
    pub(crate) request_id: Uuid,
}

impl Envelope {
    /// An operation's answer; also a refusal in a product's own words, which travels with status 200.
    pub(crate) fn answer(&self, action: &str, mut document: Document) -> Response {
        document.insert("RequestId".to_owned(), self.request_id_text().into());
        self.respond(StatusCode::OK, &format!("{action}Response"), &document)
    }

    /// A refusal of the platform.
    pub(crate) fn refusal(&self, product: &str, fault: &Fault) -> Response {
        let document = fault_document(fault, &self.request_id_text(), &self.host, product);
        let response = self.respond(fault.status, "Error", &document);
        match fault.retry_after_ms {
            Some(ms) => response.with_header(RETRY_AFTER, &ms.to_string()),
            None => response,
        }
    }

    fn respond(&self, status: StatusCode, root: &str, document: &Document) -> Response {
        let body = self.format.write(root, document);
        Response::new(status, self.format.content_type(), body)
            .with_header(REQUEST_ID, &self.request_id_text())
    }

    /// The id as the vendor writes it: in upper case.
    fn request_id_text(&self) -> String {
        format!("{:X}", self.request_id.hyphenated())
    }
}

/// A request that can be read, not yet proved.
#[derive(Debug)]
pub(crate) struct Received {
    /// The operation's name.
    pub(crate) action: String,
    /// The product's version.
    pub(crate) version: String,
    /// Upper case.
    pub(crate) method: Method,
    /// The query string alone: what the newer signature covers besides headers.
    pub(crate) query: Parameters,
    /// Query string and body together.
    pub(crate) parameters: Parameters,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the body is a form, which the older signature covers.
    pub(crate) body_is_form: bool,
    /// Where it came from.
    pub(crate) source_ip: std::net::IpAddr,
    pub(crate) secure: bool,
    /// When it arrived: what its own time is compared with.
    pub(crate) at: Timestamp,
}

/// The format that a query names which cannot be read as a whole: the refusal must be in it all the same, because
/// clients of the older signature read JSON alone.
fn format_of(query: &str) -> Parameters {
    let format = query.split('&').find_map(|pair| pair.strip_prefix("Format="));
    Parameters::from_pairs(format.map(|format| ("Format".to_owned(), format.to_owned())))
}

impl Received {
    /// Reads `request`.
    pub(crate) fn read(request: Request) -> (Envelope, Result<Self, Fault>) {
        let query = parameters(&request.query);
        let (body, body_is_form) = body_parameters(&request);
        let is_v3 = is_v3(&request.headers);
        let has_format = |side: &&Parameters| side.text("Format").is_some();
        let seen = format_of(&request.query);
        let naming = [&query, &body].into_iter().filter_map(|side| side.as_ref().ok()).find(has_format);
        let envelope = Envelope {
            format: Format::wanted(naming.unwrap_or(&seen), &request.headers, is_v3),
            host: request.host().to_owned(),
            request_id: unmistakable(request.id),
        };
        let received = query.and_then(|query| Self::whole(request, query, body?, body_is_form, is_v3));
        (envelope, received)
    }

    fn whole(
        request: Request,
        query: Parameters,
        body: Parameters,
        body_is_form: bool,
        is_v3: bool,
    ) -> Result<Self, Fault> {
        if request.path != "/" {
            return Err(Fault::unknown_path());
        }
        if !matches!(request.method, Method::GET | Method::POST) {
            return Err(Fault::unsupported_method(request.method.as_str()));
        }
        let parameters = if body.is_empty() {
            query.clone()
        } else {
            query
                .clone()
                .merge(body)
                .map_err(|conflict| Fault::invalid(&conflict.name, "query and body carry different values"))?
        };
        let version = named(&request, &parameters, "x-acs-version", "Version", is_v3)?;
        let action = named(&request, &parameters, "x-acs-action", "Action", is_v3)?;
        Ok(Self {
            action,
            version,
            method: request.method,
            query,
            parameters,
            headers: request.headers,
            body: request.body,
            body_is_form,
            source_ip: request.source_ip,
            secure: request.secure,
            at: request.received,
        })
    }
}

/// Whether the newer signature is used. The `x-acs-action` header says nothing: clients send it with the older
/// one as well.
pub(crate) fn is_v3(headers: &HeaderMap) -> bool {
    headers.get(AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"ACS3-"))
}

/// Action and version: from the header with the newer signature, from the parameter with the older one. Where both
/// are there they must agree. What stands in the header alone counts unless the request bears the older signature,
/// which does not cover headers: it would let anybody on the way choose the operation.
fn named(
    request: &Request,
    parameters: &Parameters,
    header: &str,
    parameter: &str,
    is_v3: bool,
) -> Result<String, Fault> {
    let in_header = request.header(header).filter(|text| !text.is_empty());
    let is_v1 = !is_v3 && parameters.word("Signature").is_some();
    match (in_header, parameters.word(parameter)) {
        (Some(one), Some(other)) if one != other => {
            Err(Fault::invalid(parameter, "header and parameter differ"))
        }
        (_, Some(text)) => Ok(text.to_owned()),
        (Some(text), None) if !is_v1 => Ok(text.to_owned()),
        (_, None) => Err(Fault::missing(parameter)),
    }
}

fn parameters(form: &str) -> Result<Parameters, Fault> {
    form_pairs(form)
        .map(Parameters::from_pairs)
        .ok_or_else(|| Fault::unreadable("a parameter is not UTF-8 text"))
}

/// The parameters in the body, and whether it was a form. A body without a content type counts as a form, so
/// that the older signature covers it.
fn body_parameters(request: &Request) -> (Result<Parameters, Fault>, bool) {
    if request.body.is_empty() {
        return (Ok(Parameters::default()), true);
    }
    let content_type = request.headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
    let content_type = content_type.as_deref().unwrap_or_default();
    if content_type.is_empty() || content_type.starts_with(b"application/x-www-form-urlencoded") {
        let text =
            std::str::from_utf8(&request.body).map_err(|_| Fault::unreadable("the body is not UTF-8 text"));
        return (text.and_then(parameters), true);
    }
    if content_type.starts_with(b"application/json") {
        return (Parameters::from_json(&request.body), false);
    }
    (Err(Fault::unreadable("the body is neither a form nor JSON")), false)
}

/// Terraform looks for the code of a missing thing, -10001 or -10003, anywhere in an answer, so no id may hold
/// one by chance. Only the last group is long enough for one.
fn unmistakable(id: Uuid) -> Uuid {
    let mut bytes = id.into_bytes();
    if matches!(bytes[10..13], [0x10, 0x00, 0x10..=0x1f | 0x30..=0x3f]) {
        bytes[10] |= 0xf0;
    }
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn request(method: &str, target: &str, headers: &[(&'static str, &str)], body: &str) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header's text"))
        };
        Request {
            method: method.parse().expect("a method"),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.iter().map(header).collect(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            id: Uuid::nil(),
            received: Timestamp::default(),
        }
    }

    fn code(request: Request) -> String {
        Received::read(request).1.expect_err("unreadable").code.into_owned()
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    #[test]
    fn parameters_come_from_both_sides() {
        let target = "/?Action=CreateJob&Version=2019-04-30&Priority=5";
        let (_, received) = Received::read(request("POST", target, &[FORM], "Name=a+b&Priority=5"));
        let received = received.expect("readable");
        assert_eq!((received.action.as_str(), received.version.as_str()), ("CreateJob", "2019-04-30"));
        assert_eq!((received.parameters.text("Name"), received.query.text("Name")), (Some("a b"), None));
        assert_eq!(code(request("POST", target, &[FORM], "Priority=6")), "InvalidParameter");
    }

    #[test]
    fn action_and_version_in_headers() {
        let acs3 = ("authorization", "ACS3-HMAC-SHA256 Credential=x");
        let names = [acs3, ("x-acs-action", "GetAppGroup"), ("x-acs-version", "2019-04-30")];
        let (_, received) = Received::read(request("GET", "/?GroupId=g", &names, ""));
        assert_eq!(received.expect("readable").action, "GetAppGroup");
        let other = "/?Action=DeleteAppGroup&Version=2019-04-30";
        assert_eq!(code(request("GET", other, &names, "")), "InvalidParameter");
        assert_eq!(code(request("GET", "/", &names[..2], "")), "MissingVersion");
        assert_eq!(code(request("GET", "/?Version=1&Signature=x", &[], "")), "MissingAction");
        let unsigned = [("x-acs-action", "DeleteAppGroup")];
        assert_eq!(code(request("GET", "/?Version=1&Signature=x", &unsigned, "")), "MissingAction");
    }

    #[test]
    fn a_json_body_is_a_flat_map_too() {
        let target = "/?Action=A&Version=1";
        let json = ("content-type", "application/json; charset=utf-8");
        let received =
            Received::read(request("POST", target, &[json], r#"{"Names":["x"]}"#)).1.expect("readable");
        assert_eq!(received.parameters.text("Names.1"), Some("x"));
        assert!(!received.body_is_form);
        assert_eq!(code(request("POST", target, &[json], "[")), "InvalidParameter");
        let stream = ("content-type", "application/octet-stream");
        assert_eq!(code(request("POST", target, &[stream], "x")), "InvalidParameter");
    }

    #[test]
    fn what_cannot_be_read() {
        let target = "/?Action=A&Version=1";
        assert_eq!(code(request("GET", "/path?Action=A&Version=1", &[], "")), "InvalidApi.NotFound");
        assert_eq!(code(request("DELETE", target, &[], "")), "UnsupportedHTTPMethod");
        assert_eq!(code(request("GET", "/?Action=%ff", &[], "")), "InvalidParameter");
        assert_eq!(code(request("POST", target, &[FORM], "A=%00")), "InvalidParameter");
    }

    #[test]
    fn a_refusal_is_in_the_format_that_an_unreadable_request_names() {
        let format = |target| Received::read(request("POST", target, &[], "")).0.format;
        assert_eq!(format("/?Action=%ff&Format=json"), Format::Json);
        assert_eq!(format("/?Action=%ff"), Format::Xml);
    }

    #[test]
    fn no_request_id_looks_like_a_missing_thing() {
        for (id, expected) in [
            ("b4e30db6-f069-5d0b-a589-2a89f7d62a57", "B4E30DB6-F069-5D0B-A589-2A89F7D62A57"),
            ("b4e30db6-f069-5d0b-a589-10001fd62a57", "B4E30DB6-F069-5D0B-A589-F0001FD62A57"),
            ("b4e30db6-f069-5d0b-a589-10003fd62a57", "B4E30DB6-F069-5D0B-A589-F0003FD62A57"),
            ("b4e30db6-f069-5d0b-1000-10002fd62a57", "B4E30DB6-F069-5D0B-1000-10002FD62A57"),
        ] {
            let id: Uuid = id.parse().expect("a UUID");
            assert_eq!(format!("{:X}", unmistakable(id).hyphenated()), expected);
        }
    }
}
