//! tokafka in one dependency.
