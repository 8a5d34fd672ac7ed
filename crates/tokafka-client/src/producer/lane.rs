//! Stub.
/// Whether records that were not acknowledged can be in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// They are certainly not there.
    No,
    /// They may be there.
    Maybe,
}
/// Why a lane cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The broker refused the sequence of a batch whose predecessors are all in the log.
    SequenceRefused,
    /// The broker calls a batch a duplicate but does not say where it lies.
    DuplicateWithoutOffset,
    /// A batch whose outcome is in doubt can no longer be resolved.
    Unresolved,
    /// A batch was appended although one before it was not.
    AppendedOutOfSequence,
    /// The driver ended it.
    Ended,
}
