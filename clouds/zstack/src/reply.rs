//! What a call answers with: a JSON object and, where a client needs it, the `schema` that types its parts.

use serde_json::{Map, Value};

/// The classes that the official Java client knows, by the wire's name for them.
pub(crate) mod class {
    pub(crate) const JOB: &str = "org.zstack.header.scheduler.SchedulerJobInventory";
    pub(crate) const JOB_GROUP: &str = "org.zstack.header.scheduler.SchedulerJobGroupInventory";
    pub(crate) const TRIGGER: &str = "org.zstack.header.scheduler.SchedulerTriggerInventory";
    pub(crate) const HISTORY: &str = "org.zstack.header.scheduler.SchedulerJobHistoryInventory";
    pub(crate) const JOB_TRIGGER: &str = "org.zstack.header.scheduler.SchedulerJobSchedulerTriggerInventory";
    pub(crate) const GROUP_JOB: &str = "org.zstack.header.scheduler.SchedulerJobGroupJobRefInventory";
    pub(crate) const GROUP_TRIGGER: &str =
        "org.zstack.header.scheduler.SchedulerJobGroupSchedulerTriggerRefInventory";
    pub(crate) const SESSION: &str = "org.zstack.header.identity.SessionInventory";
    pub(crate) const ACCOUNT: &str = "org.zstack.header.identity.AccountInventory";
    pub(crate) const ACCESS_KEY: &str = "org.zstack.accessKey.AccessKeyInventory";
    pub(crate) const USER_TAG: &str = "org.zstack.header.tag.UserTagInventory";
    pub(crate) const SYSTEM_TAG: &str = "org.zstack.header.tag.SystemTagInventory";
    pub(crate) const TAG_PATTERN: &str = "org.zstack.header.tag.TagPatternInventory";
    pub(crate) const ATTACH_RESULT: &str = "org.zstack.tag2.AttachTagResult";
    pub(crate) const VM: &str = "org.zstack.header.vm.VmInstanceInventory";
    pub(crate) const VOLUME: &str = "org.zstack.header.volume.VolumeInventory";
    pub(crate) const SNAPSHOT: &str = "org.zstack.header.storage.snapshot.VolumeSnapshotInventory";
    pub(crate) const IMAGE_STORE: &str =
        "org.zstack.storage.backup.imagestore.ImageStoreBackupStorageInventory";
    pub(crate) const BACKUP_STORAGE: &str = "org.zstack.header.storage.backup.BackupStorageInventory";
    pub(crate) const ZONE: &str = "org.zstack.header.zone.ZoneInventory";
    pub(crate) const HOST: &str = "org.zstack.header.host.HostInventory";
}

/// The members of one inventory. Members without a value are left out, never null.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members(Map<String, Value>);

impl Members {
    /// No members yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The same with one more if it has a value.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Only the members named in `wanted`.
    #[must_use]
    pub fn only(mut self, wanted: &[String]) -> Self {
        self.0.retain(|name, _| wanted.contains(name));
        self
    }

    /// A member's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Self {
        Self::Object(members.0)
    }
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    body: Map<String, Value>,
    schema: Map<String, Value>,
    /// Members of the inventory that must not be written to the store.
    secrets: Map<String, Value>,
    /// Queries are typed whether the client asked for it or not.
    typed: bool,
}

impl Reply {
    /// `{}`
    pub fn empty() -> Self {
        Self::default()
    }

    /// `{"inventory": …}`
    pub fn inventory(class: &'static str, members: Members) -> Self {
        let mut reply = Self::empty();
        reply.schema.insert("inventory".to_owned(), class.into());
        reply.with("inventory", members.0)
    }

    /// `{"inventories": […]}`
    pub fn inventories(class: &'static str, list: Vec<Members>) -> Self {
        Self::typed_list("inventories", class, list.into_iter().map(Value::from).collect())
    }

    /// A list under another name.
    pub fn typed_list(name: &'static str, class: &'static str, list: Vec<Value>) -> Self {
        let mut reply = Self::empty();
        for index in 0..list.len() {
            reply.schema.insert(format!("{name}[{index}]"), class.into());
        }
        reply.with(name, list)
    }

    /// The same with one more member beside the inventories.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.body.insert(name.to_owned(), value.into());
        self
    }

    /// The same with a secret in its inventory: the caller gets it, the store does not.
    #[must_use]
    pub fn with_secret(mut self, name: &'static str, value: &str) -> Self {
        self.secrets.insert(name.to_owned(), value.into());
        self
    }

    /// Whether it holds a secret.
    pub fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// The same without its secrets.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        self.secrets.clear();
        self
    }

    /// The same, typed even where the client did not ask for it.
    #[must_use]
    pub fn always_typed(mut self) -> Self {
        self.typed = true;
        self
    }

    /// The JSON text, with `schema` where it is wanted.
    pub fn into_json(mut self, schema_wanted: bool) -> String {
        if let Some(Value::Object(inventory)) = self.body.get_mut("inventory") {
            inventory.extend(self.secrets);
        }
        if (schema_wanted || self.typed) && !self.schema.is_empty() {
            self.body.insert("schema".to_owned(), Value::Object(self.schema));
        }
        Value::Object(self.body).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_names_each_item_and_nothing_else() {
        let rows = vec![Members::new().with("uuid", "a"), Members::new().with("uuid", "b")];
        let reply = Reply::inventories(class::JOB, rows).with("total", 2);
        let typed: Value = serde_json::from_str(&reply.clone().into_json(true)).unwrap();
        assert_eq!(
            typed["schema"],
            serde_json::json!({"inventories[0]": class::JOB, "inventories[1]": class::JOB})
        );
        assert_eq!(reply.into_json(false), r#"{"inventories":[{"uuid":"a"},{"uuid":"b"}],"total":2}"#);
    }

    #[test]
    fn an_empty_answer_is_an_object() {
        assert_eq!(Reply::empty().into_json(true), "{}");
        assert_eq!(
            Reply::inventories(class::JOB, Vec::new()).always_typed().into_json(true),
            r#"{"inventories":[]}"#
        );
    }

    #[test]
    fn secrets_can_be_left_out() {
        let members = Members::new().with("uuid", "a");
        let reply = Reply::inventory(class::ACCESS_KEY, members).with_secret("AccessKeySecret", "s");
        let shown = reply.clone().into_json(false);
        assert_eq!(shown, r#"{"inventory":{"uuid":"a","AccessKeySecret":"s"}}"#);
        assert_eq!(reply.without_secrets().into_json(false), r#"{"inventory":{"uuid":"a"}}"#);
    }

    #[test]
    fn members_without_a_value_are_absent() {
        let members = Members::new().with("uuid", "a").with_some("description", None::<String>);
        assert_eq!(Reply::inventory(class::JOB, members).into_json(false), r#"{"inventory":{"uuid":"a"}}"#);
    }
}
