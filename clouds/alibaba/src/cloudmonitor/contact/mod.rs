//! Contacts and contact groups: one operation, one file.

mod channels;
mod delete_contact;
mod delete_contact_group;
mod describe_contact_group_list;
mod describe_contact_list;
mod describe_contact_list_by_contact_group;
mod put_contact;
mod put_contact_group;

pub(super) use delete_contact::DeleteContact;
pub(super) use delete_contact_group::DeleteContactGroup;
pub(super) use describe_contact_group_list::DescribeContactGroupList;
pub(super) use describe_contact_list::DescribeContactList;
pub(super) use describe_contact_list_by_contact_group::DescribeContactListByContactGroup;
pub(super) use put_contact::PutContact;
pub(super) use put_contact_group::PutContactGroup;
