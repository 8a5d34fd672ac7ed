//! Clusters of one scripted broker, or of a few.

mod connections;
mod script;
mod topics;
