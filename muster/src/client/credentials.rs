//! What the first start wrote for its users, and where the server of a data folder is reached.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// `credentials.json` of a data folder.
#[derive(Clone, Deserialize)]
pub struct Credentials {
    /// The access key's id, in every cloud.
    pub access_key_id: String,
    /// The access key's secret.
    pub access_key_secret: String,
    /// The account's name.
    pub account: String,
    /// The account's id.
    pub account_id: String,
    /// The root user's name.
    pub user: String,
    /// The root user's password.
    pub password: String,
    /// The default project's id.
    pub project_id: String,
    /// The default project's name.
    pub project_name: String,
    /// The account's id in Huawei's words.
    pub domain_id: String,
    /// The region.
    pub region: String,
}

/// `endpoints.json` of a data folder: the addresses that its server really has.
#[derive(Clone, Debug, Deserialize)]
pub struct Endpoints {
    /// `http://127.0.0.1:8080`
    pub http: String,
    /// `127.0.0.1:52014`
    pub worker: Option<String>,
}

impl Credentials {
    /// Reads the file of the data folder.
    ///
    /// # Errors
    /// A sentence that says which file cannot be read and why.
    pub fn of(data: &Path) -> Result<Self, String> {
        read(&data.join("credentials.json"))
    }
}

impl Endpoints {
    /// Reads the file of the data folder.
    ///
    /// # Errors
    /// A sentence that says which file cannot be read and why.
    pub fn of(data: &Path) -> Result<Self, String> {
        read(&data.join("endpoints.json"))
    }

    /// Host and port of the HTTP listener.
    pub fn host(&self) -> &str {
        self.http.split_once("://").map_or(self.http.as_str(), |(_, rest)| rest).trim_end_matches('/')
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}
