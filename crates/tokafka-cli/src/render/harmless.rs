//! Text of others on a terminal.

use std::borrow::Cow;

/// The text, its lines kept, with an escape for every other control character, so that none moves the cursor
/// of a terminal.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let is_kept = |c: char| c == '\n' || !c.is_control();
    if text.chars().all(is_kept) {
        return Cow::Borrowed(text);
    }
    let mut harmless = String::new();
    for c in text.chars() {
        if is_kept(c) {
            harmless.push(c);
        } else {
            harmless.extend(c.escape_default());
        }
    }
    Cow::Owned(harmless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_and_other_control_characters_are_escaped() {
        assert_eq!(harmless("a\nb\u{1b}[31m"), "a\nb\\u{1b}[31m");
        assert_eq!(harmless("é\tz"), "é\\tz");
        assert!(matches!(harmless("é\nz"), Cow::Borrowed(_)));
    }
}
