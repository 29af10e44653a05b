//! SMS and phone: one HTTP gateway of the operator for each.

use std::time::Duration;

use muster_core::{Error, Result};
use serde_json::json;

use super::Outcome;
use crate::address::is_http_url;
use crate::config::TextGatewaySettings;
use crate::model::Message;
use crate::outbound::{Client, Post};

#[derive(Debug)]
pub(super) struct TextGateway {
    section: &'static str,
    settings: TextGatewaySettings,
    client: Client,
}

impl TextGateway {
    pub(super) fn new(
        section: &'static str,
        settings: TextGatewaySettings,
        timeout: Duration,
    ) -> Result<Self> {
        if settings.url.as_deref().is_some_and(|url| !is_http_url(url)) {
            return Err(Error::invalid(format!("{section}.url"), "must be an http or https address"));
        }
        Ok(Self { section, settings, client: Client::unrestricted(timeout) })
    }

    pub(super) fn send(&self, message: &Message) -> Outcome {
        let Some(url) = &self.settings.url else {
            return Outcome::Failed(format!(
                "channel not configured: the setting {}.url names no gateway",
                self.section
            ));
        };
        let body =
            json!({"to": message.target, "text": message.content.text, "key": message.key}).to_string();
        let mut headers = Vec::new();
        if let Some(value) = &self.settings.authorization {
            headers.push(("Authorization", value.as_str()));
        }
        match self.client.post(&Post {
            url,
            content_type: "application/json; charset=utf-8",
            headers: &headers,
            body: body.as_bytes(),
        }) {
            Ok(answer) => match answer.status {
                200..=299 => Outcome::Delivered(format!("HTTP {}", answer.status)),
                // The operator's gateway may be misconfigured for a while; a user's number is not the cause
                // then.
                401 | 403 | 404 | 408 | 429 | 500..=599 => Outcome::Retry(format!("HTTP {}", answer.status)),
                status => Outcome::Failed(format!("HTTP {status}")),
            },
            Err(failure) => Outcome::of_failure(failure),
        }
    }
}
