//! Streams: how they are planned, what is refused, what arrives.

mod frames;
mod plans;
mod refused;
