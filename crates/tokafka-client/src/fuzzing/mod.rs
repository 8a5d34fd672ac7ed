//! What the fuzz targets call, and no user: each function takes any bytes at all. Whatever they are, it
//! returns; a panic, a hang or memory out of proportion is a finding.

mod batches;
mod responses;
mod settings;
#[cfg(test)]
mod tests;

pub use batches::{read_batches, round_trip};
pub use responses::responses;
pub use settings::settings;

/// The bytes that a connection reads after its first requests were sent.
pub fn frames(data: &[u8]) {
    crate::wire::fuzzing::frames(data);
}
