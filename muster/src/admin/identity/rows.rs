//! Results of administration, as programs read them; people see the same as columns and lines.

use muster_core::Timestamp;
use muster_identity::audit::AuditRow;
use muster_identity::{AccessKey, Account, Policy, Project, Role, User, UserGroup};
use serde_json::{Value, json};

fn at(instant: Timestamp) -> String {
    instant.to_string()
}

pub(super) fn account_row(account: &Account) -> Value {
    json!({ "id": account.id, "name": account.name, "domain_id": account.uuid, "enabled": account.enabled,
            "created_at": at(account.created_at) })
}

pub(super) fn user_row(user: &User) -> Value {
    json!({ "id": user.id, "number": user.number, "name": user.name, "root": user.is_root, "enabled": user.enabled,
            "signs_in": user.password_set_at.is_some(), "description": user.description, "created_at": at(user.created_at) })
}

pub(super) fn key_row(key: &AccessKey) -> Value {
    json!({ "id": key.id, "user_id": key.user_id, "enabled": key.enabled, "expires_at": key.expires_at.map(at),
            "description": key.description, "created_at": at(key.created_at) })
}

pub(super) fn project_row(project: &Project) -> Value {
    json!({ "id": project.id, "name": project.name, "default": project.is_default, "enabled": project.enabled,
            "description": project.description, "created_at": at(project.created_at) })
}

pub(super) fn policy_row(policy: &Policy) -> Value {
    json!({ "name": policy.name, "built_in": policy.is_system, "description": policy.description })
}

pub(super) fn group_row(group: &UserGroup) -> Value {
    json!({ "id": group.id, "name": group.name, "description": group.description,
            "created_at": at(group.created_at) })
}

pub(super) fn role_row(role: &Role) -> Value {
    json!({ "name": role.name, "arn": role.arn(), "max_session_seconds": role.max_session_s,
            "description": role.description, "created_at": at(role.created_at) })
}

pub(super) fn audit_row(row: &AuditRow) -> Value {
    let subject = row.subject_kind.as_ref().zip(row.subject_id.as_ref());
    json!({ "id": row.id, "at": at(row.at), "principal": row.principal, "source_ip": row.source_ip, "api": row.api,
            "operation": row.operation, "subject": subject.map(|(kind, id)| format!("{kind} {id}")),
            "refusal": row.refusal, "request_id": row.request_id })
}
