//! Topics and offsets.
