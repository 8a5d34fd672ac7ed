//! Reads [start, end) of a partition.
