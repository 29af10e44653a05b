//! Hybrid monitoring: namespaces of Prometheus-like metrics, pushed and read by selectors.

mod describe_hybrid_monitor_data_list;
mod describe_hybrid_monitor_namespace_list;
mod manage_namespaces;
mod put_hybrid_monitor_metric_data;
mod selector;

pub(super) use describe_hybrid_monitor_data_list::DescribeHybridMonitorDataList;
pub(super) use describe_hybrid_monitor_namespace_list::DescribeHybridMonitorNamespaceList;
pub(super) use manage_namespaces::{
    CreateHybridMonitorNamespace, DeleteHybridMonitorNamespace, ModifyHybridMonitorNamespace,
};
pub(super) use put_hybrid_monitor_metric_data::PutHybridMonitorMetricData;

use muster_identity::Caller;
use muster_metrics::Scope;

use super::Refusal;
use crate::rpc::Parameters;

/// Under which namespace of the metrics store the metrics of a hybrid namespace are kept.
fn kept_namespace(name: &str) -> String {
    format!("hybrid.{name}")
}

fn scope(caller: &Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}

/// The name of a namespace: letters, digits and hyphens.
fn read_name(parameters: &Parameters) -> Result<String, Refusal> {
    let name = parameters.required("Namespace")?;
    let fits = name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits {
        Ok(name.to_owned())
    } else {
        Err(Refusal::illegal("Namespace", "must be letters, digits and hyphens, at most 128 of them"))
    }
}

/// Whether a text is a name in Prometheus' sense.
fn is_word(text: &str) -> bool {
    let mut bytes = text.bytes();
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':');
    bytes.next().is_some_and(is_letter) && bytes.all(|byte| is_letter(byte) || byte.is_ascii_digit())
}
