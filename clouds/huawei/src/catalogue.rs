//! Which resources Huawei's services know, and by which series each shows itself (Cloud Eye contract 9.2).

use muster_resources::{Catalogue, Product, ResourceKind};

/// The kind under which tags and projects know whatever reports in a namespace of the users' own.
pub const CUSTOM: &str = "ces-custom";

/// The kinds and products of this cloud.
pub const CATALOGUE: Catalogue = Catalogue { kinds: KINDS, products: PRODUCTS, custom: CUSTOM, naming: &[] };

const fn kind(
    name: &'static str,
    provider: &'static str,
    provider_type: &'static str,
    title: &'static str,
) -> ResourceKind {
    ResourceKind { name, provider, provider_type, title }
}

const fn product(namespace: &'static str, dimension: &'static str, kind: &'static str) -> Product {
    Product { namespace, dimension, kind, id_follows: None }
}

const KINDS: &[ResourceKind] = &[
    kind("ecs", "ecs", "cloudservers", "Elastic Cloud Server"),
    kind("bms", "bms", "servers", "Bare Metal Server"),
    kind("disk", "evs", "volumes", "EVS disk"),
    kind("eip", "vpc", "publicips", "Elastic IP"),
    kind("shared_bandwidth", "vpc", "bandwidths", "Shared bandwidth"),
    kind("loadbalancers", "elb", "loadbalancers", "Load balancer"),
    kind("rds", "rds", "instances", "Relational database"),
    kind("dds", "dds", "instances", "Document database"),
    kind("dcs", "dcs", "redis", "Distributed cache"),
    kind("dms", "dms", "instances", "Message queue"),
    kind("nat", "nat", "natGateways", "NAT gateway"),
    kind("scaling_group", "as", "scalingGroups", "Scaling group"),
    kind("obs", "obs", "buckets", "Bucket"),
    kind("apig", "apig", "instances", "API gateway"),
    // Without metrics: they can be tagged and moved, and are in no group.
    kind("vpcs", "vpc", "vpcs", "Virtual private cloud"),
    kind("security-groups", "vpc", "securityGroups", "Security group"),
    kind("images", "ims", "images", "Image"),
    kind("cdn", "cdn", "domains", "CDN domain"),
    kind(CUSTOM, "ces", "custom", "Resource with metrics of its own"),
];

const PRODUCTS: &[Product] = &[
    product("SYS.ECS", "instance_id", "ecs"),
    product("AGT.ECS", "instance_id", "ecs"),
    product("SERVICE.BMS", "instance_id", "bms"),
    // `<server>-volume-<disk>`; another name, such as `<server>-sda`, stands for itself.
    Product { namespace: "SYS.EVS", dimension: "disk_name", kind: "disk", id_follows: Some("-volume-") },
    product("SYS.VPC", "publicip_id", "eip"),
    product("SYS.VPC", "bandwidth_id", "shared_bandwidth"),
    product("SYS.ELB", "lbaas_instance_id", "loadbalancers"),
    product("SYS.RDS", "rds_cluster_id", "rds"),
    product("SYS.RDS", "postgresql_cluster_id", "rds"),
    product("SYS.RDS", "rds_cluster_sqlserver_id", "rds"),
    product("SYS.DDS", "mongodb_cluster_id", "dds"),
    product("SYS.DDS", "mongodb_instance_id", "dds"),
    product("SYS.DDS", "mongodb_node_id", "dds"),
    product("SYS.DCS", "dcs_instance_id", "dcs"),
    product("SYS.DMS", "kafka_instance_id", "dms"),
    product("SYS.DMS", "rabbitmq_instance_id", "dms"),
    product("SYS.DMS", "reliablemq_instance_id", "dms"),
    product("SYS.NAT", "nat_gateway_id", "nat"),
    product("SYS.AS", "AutoScalingGroup", "scaling_group"),
    product("SYS.OBS", "bucket_name", "obs"),
    product("SYS.APIG", "api_id", "apig"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_is_of_a_kind_that_is_known() {
        for product in PRODUCTS {
            assert!(CATALOGUE.kind(product.kind).is_some(), "{}", product.kind);
        }
    }
}
