/// What rows hold and their records do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Omissions {
    /// Fields of structs that are null, and that JSON leaves out.
    pub null_fields: u64,
    /// True if a time had digits behind its milliseconds.
    pub cut_times: bool,
}
