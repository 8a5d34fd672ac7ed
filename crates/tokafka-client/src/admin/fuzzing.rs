//! Any metadata and any settings that a broker may answer.

use super::{
    configs::configs,
    describe::{description, listings},
};
use kafka_protocol::messages::{DescribeConfigsResponse, MetadataResponse};

pub(crate) fn described(answer: MetadataResponse) {
    drop(listings(answer.clone()));
    drop(description(answer, "t"));
}

pub(crate) fn configured(answer: DescribeConfigsResponse) {
    drop(configs(answer));
}
