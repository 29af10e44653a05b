//! Templates as V1.0 has them: those whose policies share a namespace and its dimensions.

mod create;
mod delete;
mod list;
mod update;

pub(crate) use create::CreateAlarmTemplate;
pub(crate) use delete::DeleteAlarmTemplate;
pub(crate) use list::ListAlarmTemplates;
pub(crate) use update::UpdateAlarmTemplate;

use muster_alarms::templates::{Kind, NewTemplate, Template};
use serde::Deserialize;

use super::bodies::{ItemBody, check_name, read_description, read_items};
use crate::cloudeye::alarms::policies::PolicyBody;
use crate::request::{Malformed, Object, required};

/// Policies of a template.
const MOST_POLICIES: usize = 30;

#[derive(Deserialize)]
struct Body {
    template_name: Option<String>,
    template_description: Option<String>,
    namespace: Option<String>,
    dimension_name: Option<String>,
    template_items: Option<Vec<Object<Item>>>,
}

#[derive(Deserialize)]
struct Item {
    metric_name: Option<String>,
    condition: Option<Object<PolicyBody>>,
    alarm_level: Option<i64>,
}

impl Body {
    fn read(self) -> Result<NewTemplate, Malformed> {
        let name = required("template_name", self.template_name)?;
        check_name(&name)?;
        let namespace = required("namespace", self.namespace)?;
        let dimension_name = required("dimension_name", self.dimension_name)?;
        let items = required("template_items", self.template_items)?
            .into_iter()
            .map(|Object(item)| {
                let Object(condition) = required("template_items.condition", item.condition)?;
                Ok(Object(ItemBody::new(PolicyBody {
                    metric_name: item.metric_name,
                    level: item.alarm_level,
                    namespace: Some(namespace.clone()),
                    dimension_name: Some(dimension_name.clone()),
                    ..condition
                })))
            })
            .collect::<Result<_, Malformed>>()?;
        Ok(NewTemplate {
            name,
            description: read_description(self.template_description)?.unwrap_or_default(),
            kind: Kind::Metrics,
            items: read_items(Kind::Metrics, items, MOST_POLICIES)?,
        })
    }
}

/// Whether this version can say it.
fn is_of_one_part(template: &Template) -> bool {
    let part = |place: usize| template.items.get(place).map(|item| (&item.namespace, &item.dimension_names));
    template.kind == Kind::Metrics && (1..template.items.len()).all(|place| part(place) == part(0))
}
