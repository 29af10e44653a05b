//! Route strategies: which share of a job's runs goes to which workers.

mod create_route_strategy;
mod delete_route_strategies;

pub(super) use create_route_strategy::CreateRouteStrategy;
pub(super) use delete_route_strategies::{BatchDeleteRouteStrategy, DeleteRouteStrategy};
