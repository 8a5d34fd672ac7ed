//! Streams: how they are planned, what is refused, what arrives.

mod frames;
mod joins;
mod plans;
mod refused;
