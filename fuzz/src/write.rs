//! What of the program reads files.

#[path = "../../crates/tokafka-cli/src/write/arrow_input.rs"]
mod arrow_input;
#[path = "../../crates/tokafka-cli/src/write/files.rs"]
mod files;
#[path = "../../crates/tokafka-cli/src/write/footer.rs"]
mod footer;
#[path = "../../crates/tokafka-cli/src/write/format.rs"]
mod format;
#[path = "files.rs"]
mod fuzzed;
#[path = "../../crates/tokafka-cli/src/write/inputs.rs"]
mod inputs;
#[path = "../../crates/tokafka-cli/src/write/lengths.rs"]
mod lengths;

mod plan {
    use super::format::CsvForm;
    use crate::args::FileFormat;

    pub(super) struct SourcePlan {
        pub(super) inputs: Vec<String>,
        pub(super) format: Option<FileFormat>,
        pub(super) csv: CsvForm,
    }
}

pub(super) fn file(path: &std::path::Path, data: &[u8]) {
    fuzzed::file(path, data);
}
