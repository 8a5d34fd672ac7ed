//! Any metadata answer.

use kafka_protocol::messages::MetadataResponse;

use super::{metadata::take_in, view::View};

pub(crate) fn described(answer: MetadataResponse) {
    let mut view = View::default();
    for _ in 0..2 {
        drop(take_in(&mut view, answer.clone()));
    }
}
