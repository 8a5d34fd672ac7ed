//! Any metadata, settings and offsets of groups that a broker may answer.

use super::{
    configs::configs,
    describe::{description, listings},
    groups::{noted, offsets},
};
use kafka_protocol::messages::{
    DescribeConfigsResponse, MetadataResponse, OffsetCommitResponse, OffsetFetchResponse,
};

pub(crate) fn described(answer: MetadataResponse) {
    drop(listings(answer.clone()));
    drop(description(answer, "t"));
}

pub(crate) fn configured(answer: DescribeConfigsResponse) {
    drop(configs(answer));
}

pub(crate) fn committed(answer: OffsetCommitResponse) {
    drop(noted(answer));
}

pub(crate) fn told(answer: OffsetFetchResponse) {
    drop(offsets(answer));
}
