//! Bytes that may be text.

use base64::{Engine, engine::general_purpose::STANDARD};

/// A key, a value or the value of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown<'a> {
    Null,
    Text(&'a str),
    /// Not UTF-8; in base64.
    Binary(String),
}

impl<'a> Shown<'a> {
    pub(super) fn new(bytes: Option<&'a [u8]>) -> Self {
        match bytes.map(|bytes| (std::str::from_utf8(bytes), bytes)) {
            None => Self::Null,
            Some((Ok(text), _)) => Self::Text(text),
            Some((Err(_), bytes)) => Self::Binary(STANDARD.encode(bytes)),
        }
    }
}
