//! `PutContactGroup`: makes or changes a contact group by name.

use muster_wire::{Access, Cx, Operation};

use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) struct PutContactGroup(muster_notify::PutContactGroup);

impl Operation<CloudMonitor> for PutContactGroup {
    const NAME: &'static str = "PutContactGroup";
    const PERMISSION: &'static str = "cms:PutContactGroup";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        Ok(Self(muster_notify::PutContactGroup {
            name: parameters.required("ContactGroupName")?.to_owned(),
            description: parameters.text("Describe").map(str::to_owned),
            subscribed: parameters.boolean("EnableSubscribed")?,
            members: members(parameters)?,
        }))
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        cx.services.notify.put_contact_group(cx.tx, cx.caller, &self.0)?;
        cx.touch("contact group", &self.0.name);
        Ok(answer::success())
    }
}

/// The members in place of the former ones. The wire cannot express an empty list, so a single empty item
/// stands for it; absent means that they stay.
fn members(parameters: &Parameters) -> Result<Option<Vec<String>>, Refusal> {
    if !parameters.has("ContactNames") {
        return Ok(None);
    }
    let names = parameters.texts("ContactNames")?;
    if names == [""] { Ok(Some(Vec::new())) } else { Ok(Some(names)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(pairs: &[(&str, &str)]) -> Result<muster_notify::PutContactGroup, Refusal> {
        let name = ("ContactGroupName", "考勤系统组");
        let pairs =
            pairs.iter().chain([&name]).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        PutContactGroup::decode(&Parameters::from_pairs(pairs)).map(|operation| operation.0)
    }

    #[test]
    fn absent_empty_and_present() {
        let put = decoded(&[]).expect("only the name is required");
        assert_eq!((put.description, put.subscribed, put.members), (None, None, None));
        let put = decoded(&[("Describe", ""), ("EnableSubscribed", "True"), ("ContactNames.1", "")])
            .expect("all given");
        assert_eq!(
            (put.description, put.subscribed, put.members),
            (Some(String::new()), Some(true), Some(vec![]))
        );
        let put = decoded(&[("ContactNames.1", "Alice"), ("ContactNames.2", "lucy")]).expect("two names");
        assert_eq!(put.members, Some(vec!["Alice".to_owned(), "lucy".to_owned()]));
    }

    #[test]
    fn what_cannot_be_read_is_an_illegal_parameter() {
        let fault = decoded(&[("EnableSubscribed", "yes")]).map(drop).expect_err("no boolean").into_fault();
        assert_eq!((fault.status.as_u16(), &*fault.code), (400, "InvalidParameterValue"));
        assert!(fault.message.starts_with("Illegal parameters."), "{}", fault.message);
        let fault =
            PutContactGroup::decode(&Parameters::default()).map(drop).expect_err("no name").into_fault();
        assert_eq!(&*fault.code, "MissingContactGroupName");
    }
}
