//! Huawei Cloud's protocol and its services.

mod auth;
