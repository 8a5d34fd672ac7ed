//! Any metadata answer.

use super::describe::{description, listings};
use kafka_protocol::messages::MetadataResponse;

pub(crate) fn described(answer: MetadataResponse) {
    drop(listings(answer.clone()));
    drop(description(answer, "t"));
}
