//! The DingTalk robot: signing, the request's body, and what its answers mean.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use muster_core::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::Outcome;
use crate::model::Content;

/// Answers that will change by themselves: the robot is busy, or was asked too often.
const PASSING: [i64; 4] = [-1, 130_101, 410_100, 88];

/// The address to post to. A `secret=SEC…` parameter in the stored URL is ours: it is taken out and replaced
/// by the signature that a robot in sign mode asks for.
pub(crate) fn signed_url(url: &str, now: Timestamp) -> String {
    let Some((base, query)) = url.split_once('?') else { return url.to_owned() };
    let mut secret = None;
    let mut kept: Vec<&str> = Vec::new();
    for pair in query.split('&') {
        match pair.strip_prefix("secret=") {
            Some(value) if value.starts_with("SEC") => secret = Some(value),
            _ => kept.push(pair),
        }
    }
    let Some(secret) = secret else { return url.to_owned() };
    let timestamp = now.millis().to_string();
    let signature = percent_encode(&sign(secret, &timestamp));
    let (stamp, sign) = (format!("timestamp={timestamp}"), format!("sign={signature}"));
    kept.retain(|pair| !pair.is_empty());
    kept.extend([stamp.as_str(), sign.as_str()]);
    format!("{base}?{}", kept.join("&"))
}

fn sign(secret: &str, timestamp: &str) -> String {
    // HMAC takes keys of every length; the type merely cannot say so.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("{timestamp}\n{secret}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Base64 has three characters that mean something else in a query.
fn percent_encode(base64: &str) -> String {
    base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// The request's body. `keyword` is added where it is missing: robots can be set to refuse texts without it.
pub(crate) fn body(content: &Content, keyword: &str) -> String {
    let mut text = format!("### {}\n\n{}", content.subject, content.text);
    if !keyword.is_empty() && !text.contains(keyword) {
        text.push_str("\n\n");
        text.push_str(keyword);
    }
    json!({
        "msgtype": "markdown",
        "markdown": {"title": content.subject, "text": text},
        "at": {"atMobiles": [], "isAtAll": content.at_all},
    })
    .to_string()
}

/// What an answer with HTTP status `status` means.
pub(crate) fn read_answer(status: u16, body: &[u8]) -> Outcome {
    if status == 429 || status >= 500 {
        return Outcome::Retry(format!("HTTP {status}"));
    }
    if status != 200 {
        return Outcome::Failed(format!("HTTP {status}"));
    }
    let answer: Value = match serde_json::from_slice(body) {
        Ok(answer) => answer,
        Err(_) => return Outcome::Failed("the answer is not JSON".to_owned()),
    };
    let message = answer["errmsg"].as_str().unwrap_or("").to_owned();
    match answer["errcode"].as_i64() {
        Some(0) => Outcome::Delivered("errcode 0".to_owned()),
        Some(code) if PASSING.contains(&code) => Outcome::Retry(format!("errcode {code}: {message}")),
        Some(code) => Outcome::Failed(format!("errcode {code}: {message}")),
        None => Outcome::Failed("the answer has no errcode".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "SECmuster0000000000000000000000000000000000000000000000000000";

    #[test]
    fn the_signature_of_the_contract() {
        let url = signed_url(
            &format!("https://oapi.dingtalk.com/robot/send?access_token=abc&secret={SECRET}"),
            Timestamp::from_millis(1_768_465_800_000),
        );
        assert_eq!(
            url,
            "https://oapi.dingtalk.com/robot/send?access_token=abc&timestamp=1768465800000&sign=UXiUCPGowzC%2BJqXqx3RC0IVrKWb%2Fmt0bqGFuW7tUiAU%3D"
        );
    }

    #[test]
    fn a_url_without_a_secret_stays_as_it_is() {
        for url in
            ["http://127.0.0.1:9/robot", "http://h/robot?access_token=a&secret=other", "http://h/robot?"]
        {
            assert_eq!(signed_url(url, Timestamp::from_millis(1)), url);
        }
    }

    #[test]
    fn the_keyword_stands_in_every_text_once() {
        let content = Content { subject: "Disk full".into(), text: "on db-1".into(), ..Content::default() };
        let text = |keyword| {
            let body: Value = serde_json::from_str(&body(&content, keyword)).unwrap();
            body["markdown"]["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(text("CloudMonitor"), "### Disk full\n\non db-1\n\nCloudMonitor");
        assert_eq!(text("Disk"), "### Disk full\n\non db-1");
        assert_eq!(text(""), "### Disk full\n\non db-1");
    }

    #[test]
    fn answers() {
        assert!(matches!(read_answer(200, br#"{"errcode":0,"errmsg":"ok"}"#), Outcome::Delivered(_)));
        assert!(
            matches!(read_answer(200, br#"{"errcode":310000,"errmsg":"sign not match"}"#), Outcome::Failed(why) if why.contains("sign not match"))
        );
        assert!(matches!(read_answer(200, br#"{"errcode":130101,"errmsg":"too fast"}"#), Outcome::Retry(_)));
        assert!(matches!(read_answer(200, b"<html>"), Outcome::Failed(_)));
        assert!(matches!(read_answer(502, b""), Outcome::Retry(_)));
        assert!(matches!(read_answer(404, b""), Outcome::Failed(_)));
    }
}
