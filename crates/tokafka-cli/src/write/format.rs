//! Formats of files: by name, and whether the content is what the name says.

use std::{fmt, path::Path};

use crate::args::FileFormat;

/// How CSV is written down.
#[derive(Debug, Clone, Copy)]
pub(super) struct CsvForm {
    pub(super) delimiter: u8,
    pub(super) header: bool,
}

impl FileFormat {
    /// The format that a file's extension stands for.
    pub(super) fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "parquet" | "parq" => Some(Self::Parquet),
            "csv" => Some(Self::Csv),
            "ndjson" | "jsonl" | "json" => Some(Self::Ndjson),
            "arrow" | "arrows" | "ipc" | "feather" => Some(Self::Arrow),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Csv => "CSV",
            Self::Ndjson => "NDJSON (one JSON object per line)",
            Self::Arrow => "Arrow IPC",
        }
    }
}

/// What the first bytes of a file show it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Parquet,
    ArrowFile,
    ArrowStream,
    Gzip,
    Zstd,
    JsonObject,
    JsonArray,
    Text,
    Binary,
}

/// Bytes that `Content::of` needs to see, or all if the file is shorter.
pub(super) const HEAD_LEN: usize = 512;

impl Content {
    /// Looks at the first bytes of a file.
    pub(super) fn of(head: &[u8]) -> Self {
        const MAGIC: [(&[u8], Content); 5] = [
            (b"PAR1", Content::Parquet),
            (b"ARROW1", Content::ArrowFile),
            (b"\xff\xff\xff\xff", Content::ArrowStream),
            (b"\x1f\x8b", Content::Gzip),
            (b"\x28\xb5\x2f\xfd", Content::Zstd),
        ];
        if let Some((_, content)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
            return *content;
        }
        if head.contains(&0) {
            return Self::Binary;
        }
        let text = head
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(head)
            .trim_ascii_start();
        match text.first() {
            Some(b'{') => Self::JsonObject,
            Some(b'[') => Self::JsonArray,
            _ => Self::Text,
        }
    }

    /// What to do if a file that is taken for `format` starts like this; `None` if it fits.
    pub(super) fn mismatch(self, format: FileFormat) -> Option<String> {
        let fits = match format {
            FileFormat::Parquet => self == Self::Parquet,
            FileFormat::Arrow => matches!(self, Self::ArrowFile | Self::ArrowStream),
            FileFormat::Ndjson => self == Self::JsonObject,
            FileFormat::Csv => matches!(self, Self::Text | Self::JsonObject | Self::JsonArray),
        };
        (!fits).then(|| {
            format!(
                "not {}: it looks like {self}; {}",
                format.name(),
                self.advice()
            )
        })
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Parquet => "say --format parquet",
            Self::ArrowFile | Self::ArrowStream => "say --format arrow",
            Self::Gzip => {
                "unpack it first, for instance: gzip -dc FILE | tokafka write - --format …"
            }
            Self::Zstd => {
                "unpack it first, for instance: zstd -dc FILE | tokafka write - --format …"
            }
            Self::JsonObject => "say --format ndjson",
            Self::JsonArray => "make it one object per line, for instance with: jq -c '.[]' FILE",
            Self::Text => "if it is CSV, say --format csv",
            Self::Binary => "Parquet, CSV, NDJSON and Arrow IPC can be read",
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parquet => "Parquet",
            Self::ArrowFile => "an Arrow IPC file",
            Self::ArrowStream => "an Arrow IPC stream",
            Self::Gzip => "a gzip archive",
            Self::Zstd => "a zstd archive",
            Self::JsonObject => "a JSON object",
            Self::JsonArray => "a JSON array",
            Self::Text => "text",
            Self::Binary => "binary data of another kind",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_known_by_its_first_bytes() {
        let cases: [(&[u8], Content); 8] = [
            (b"PAR1\x15\x04", Content::Parquet),
            (b"ARROW1\0\0", Content::ArrowFile),
            (b"\xff\xff\xff\xff\x70\0", Content::ArrowStream),
            (b"\x1f\x8b\x08", Content::Gzip),
            (b"\xef\xbb\xbf \n {\"a\":1}", Content::JsonObject),
            (b"[{}]", Content::JsonArray),
            (b"key,value\n", Content::Text),
            (b"a\0b", Content::Binary),
        ];
        for (head, content) in cases {
            assert_eq!(Content::of(head), content, "{head:?}");
        }
    }

    #[test]
    fn a_name_that_promises_another_format_is_answered_with_what_to_say() {
        let hint = Content::Text.mismatch(FileFormat::Parquet).unwrap();
        assert_eq!(
            hint,
            "not Parquet: it looks like text; if it is CSV, say --format csv"
        );
        assert_eq!(Content::ArrowStream.mismatch(FileFormat::Arrow), None);
    }
}
