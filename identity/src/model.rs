//! Records of identity: what the store holds, as the rest of Muster sees it.

use muster_core::Timestamp;

/// The uuid that ZStack's built-in admin account and user have, which clients and people know.
pub const FIRST_ACCOUNT_UUID: &str = "36c27e8ff05c4780bf6d2fa65700f22e";

/// A tenant: it owns everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// 16 digits: Alibaba's account id, and the owner in every feature's tables.
    pub id: String,
    /// 32 hexadecimal digits: Huawei's domain id and ZStack's account uuid.
    pub uuid: String,
    /// Its name, unique in this installation: Huawei's domain name, ZStack's account name.
    pub name: String,
    /// Whether anybody may use it.
    pub enabled: bool,
    /// Whether it was made by the first start: ZStack's admin, who sees all accounts.
    pub is_first: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A project of an account (Huawei's word; the other clouds see the default one only).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The owner.
    pub account_id: String,
    /// Its name, unique in the account; the default project's is the region.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// Whether it is the one that calls without a project belong to.
    pub is_default: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Somebody who may sign in or hold access keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// 32 hexadecimal digits: Huawei's user id and ZStack's user uuid. The root user's is its account's.
    pub id: String,
    /// RAM's numeric user id; the root user's is its account's id.
    pub number: String,
    /// The owner.
    pub account_id: String,
    /// Sign-in name, unique in the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether it may do everything in its account.
    pub is_root: bool,
    /// Whether it may do anything at all.
    pub enabled: bool,
    /// When its password was set; without one it cannot sign in.
    pub password_set_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An access key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// What requests name: AccessKeyId, AK.
    pub id: String,
    /// 32 hexadecimal digits: how ZStack names the record.
    pub uuid: String,
    /// The owner.
    pub account_id: String,
    /// Whose key it is.
    pub user_id: String,
    /// Free text.
    pub description: String,
    /// Whether it opens anything.
    pub enabled: bool,
    /// When it stops working: set by a rotation on the old key.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A role: rights that a trusted principal may take on for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// 32 hexadecimal digits.
    pub id: String,
    /// RAM's numeric id.
    pub number: String,
    /// The owner.
    pub account_id: String,
    /// Its name, unique in the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The trust policy: who may assume it.
    pub trust: String,
    /// The longest session, in seconds.
    pub max_session_s: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Role {
    /// RAM's name of the role.
    pub fn arn(&self) -> String {
        format!("acs:ram::{}:role/{}", self.account_id, self.name)
    }
}

/// What a session was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// A ZStack session: two hours after the last call.
    ZStack,
    /// A Huawei token: 24 hours, for one project or for the account.
    HuaweiToken,
    /// A browser at the console: 12 hours.
    Console,
}

impl SessionKind {
    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::ZStack => "zstack",
            Self::HuaweiToken => "huawei",
            Self::Console => "console",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::ZStack, Self::HuaweiToken, Self::Console].into_iter().find(|kind| kind.word() == word)
    }

    /// How long it lasts, in milliseconds.
    pub fn lifetime_ms(self) -> i64 {
        const HOUR: i64 = 3_600_000;
        match self {
            Self::ZStack => 2 * HOUR,
            Self::HuaweiToken => 24 * HOUR,
            Self::Console => 12 * HOUR,
        }
    }

    /// Whether every call makes it last longer.
    pub fn slides(self) -> bool {
        self == Self::ZStack
    }
}

/// Somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What it was opened for.
    pub kind: SessionKind,
    /// The user's account.
    pub account_id: String,
    /// Who is signed in.
    pub user_id: String,
    /// The only project it is valid for, if it is bound to one.
    pub project_id: Option<String>,
    /// What a console's form must carry.
    pub csrf: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last made to last longer, on disk.
    pub extended_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A policy, built in or of the account's own making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name, unique in the account among policies of its kind.
    pub name: String,
    /// Whether it is built in and cannot be changed.
    pub is_system: bool,
    /// Free text.
    pub description: String,
    /// The document, as it was given.
    pub document: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its document was changed last.
    pub updated_at: Timestamp,
}

/// Users that share policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserGroup {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The owner.
    pub account_id: String,
    /// Its name, unique in the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A user was granted every action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which, such as [`crate::app_group_resource`].
    pub resource: String,
    /// Whom: RAM's number or our id of a user. Nobody checks that it exists, as in the original.
    pub user_id: String,
    /// What the granting call calls the user.
    pub user_name: String,
    /// Whether the user may grant it to others.
    pub can_grant: bool,
    /// When it was granted first.
    pub created_at: Timestamp,
}

/// The keys of somebody who assumed a role, or who asked for keys that end.
#[derive(Clone, Debug)]
pub struct TemporaryCredentials {
    /// `STS.` and 24 characters.
    pub access_key_id: String,
    /// The secret that signatures are made with.
    pub access_key_secret: crate::Secret,
    /// What every request must carry beside its signature.
    pub security_token: crate::Secret,
    /// When all three end.
    pub expires_at: Timestamp,
}
