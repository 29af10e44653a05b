//! Namespaces.

mod create_namespace;
mod delete_namespace;
mod list_namespaces;
mod update_namespace;

pub(super) use create_namespace::CreateNamespace;
pub(super) use delete_namespace::DeleteNamespace;
pub(super) use list_namespaces::ListNamespaces;
pub(super) use update_namespace::UpdateNamespace;
