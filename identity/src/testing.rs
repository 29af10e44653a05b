//! Callers for the tests of other crates, without a store.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use muster_core::Timestamp;

use crate::caller::{Caller, Identity, Origin, Principal};
use crate::model::{Account, FIRST_ACCOUNT_UUID, Project};
use crate::policy::Document;
use crate::rights::Rights;

/// The root user of the account `account_id`, whose name is `account-` and the id.
pub fn root_caller(account_id: &str) -> Caller {
    let root = Principal::Root { user_id: FIRST_ACCOUNT_UUID.to_owned(), name: "admin".to_owned() };
    caller(account_id, root, Rights { unrestricted: true, ..Rights::default() })
}

/// A user of the account with the given policy documents and nothing else.
///
/// # Panics
/// When a document is not one.
#[expect(clippy::expect_used, reason = "a test with a wrong document is a wrong test")]
pub fn user_caller(account_id: &str, documents: &[&str]) -> Caller {
    let compile = |text: &&str| Arc::new(Document::parse(text).expect("a policy document"));
    let user = Principal::User {
        user_id: "00000000000040008000000000000001".to_owned(),
        number: "1000000000007".to_owned(),
        name: "eve".to_owned(),
    };
    caller(
        account_id,
        user,
        Rights { documents: documents.iter().map(compile).collect(), ..Rights::default() },
    )
}

fn caller(account_id: &str, principal: Principal, rights: Rights) -> Caller {
    let at = Timestamp::from_millis(1_768_465_800_000);
    let project = Project {
        id: format!("{account_id:0>32}"),
        account_id: account_id.to_owned(),
        name: "cn-north-4".to_owned(),
        description: String::new(),
        enabled: true,
        is_default: true,
        created_at: at,
    };
    let account = Account {
        id: account_id.to_owned(),
        uuid: format!("{account_id:d>32}"),
        name: format!("account-{account_id}"),
        enabled: true,
        is_first: false,
        created_at: at,
    };
    let identity = Identity {
        account,
        principal,
        projects: vec![project],
        region: "cn-north-4".to_owned(),
        rights: Arc::new(rights),
        expires_at: None,
    };
    Arc::new(identity).caller(Origin {
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        secure: false,
        request_id: muster_core::Uuid::nil(),
        at,
    })
}
