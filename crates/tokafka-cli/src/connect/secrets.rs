//! `${env:NAME}` and `${file:PATH}`: values that are not on the command line.

use std::fs;

use crate::{environment, exit::wrong_use};

/// The value that a reference stands for; `None` if the text is not a reference.
///
/// A whole value is one reference; text around it is not. One line break at the end of a file is cut.
pub(super) fn resolve(text: &str) -> anyhow::Result<Option<String>> {
    let Some(reference) = text
        .strip_prefix("${")
        .and_then(|text| text.strip_suffix('}'))
    else {
        return Ok(None);
    };
    let (source, name) = reference.split_once(':').unwrap_or((reference, ""));
    value(source, name).map(Some)
}

/// The value that `${source:name}` stands for.
pub(crate) fn value(source: &str, name: &str) -> anyhow::Result<String> {
    match source {
        "env" => from_environment(name),
        "file" => from_file(name),
        _ => Err(wrong_use(format!(
            "${{{source}:{name}}} is neither ${{env:NAME}} nor ${{file:PATH}}"
        ))),
    }
}

fn from_environment(name: &str) -> anyhow::Result<String> {
    environment::variable(name).ok_or_else(|| {
        wrong_use(format!(
            "the environment variable {name} is not set or empty"
        ))
    })
}

fn from_file(path: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).map_err(|error| wrong_use(format!("{path}: {error}")))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_no_reference() {
        for text in ["", "secret", "$env:X", "a${env:X}", "${env:X}b", "${"] {
            assert_eq!(resolve(text).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn a_file_gives_its_text_without_the_last_line_break() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "s3cret \r\n").unwrap();
        let value = resolve(&format!("${{file:{}}}", file.path().display())).unwrap();
        assert_eq!(value.as_deref(), Some("s3cret "));
    }

    #[test]
    fn what_cannot_be_resolved_is_named() {
        let error = resolve("${env:TOKAFKA_NOT_SET_ANYWHERE}")
            .unwrap_err()
            .to_string();
        assert!(error.contains("TOKAFKA_NOT_SET_ANYWHERE"), "{error}");
        let error = resolve("${vault:x}").unwrap_err().to_string();
        assert!(error.contains("${env:NAME}"), "{error}");
    }
}
