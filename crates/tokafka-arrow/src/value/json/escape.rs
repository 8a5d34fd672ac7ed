//! Strings as JSON: what Jackson escapes by default, and nothing else.

/// Appends a string with the quotes around it.
pub(super) fn put_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    put(text, out);
    out.push(b'"');
}

/// Appends a string without quotes.
pub(super) fn put(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some((plain, special, after)) = split(rest) {
        out.extend_from_slice(plain);
        put_escaped(special, out);
        rest = after;
    }
    out.extend_from_slice(rest);
}

/// What comes before the first byte that is escaped, that byte, and what comes after it.
fn split(bytes: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let plain = plain_words(bytes);
    let (head, tail) = bytes.split_at_checked(plain)?;
    let at = head.len() + tail.iter().position(|byte| is_special(*byte))?;
    let (plain, rest) = bytes.split_at_checked(at)?;
    let (special, after) = rest.split_first()?;
    Some((plain, *special, after))
}

/// How many bytes are plain at least: whole words of eight that hold nothing to escape.
fn plain_words(bytes: &[u8]) -> usize {
    let words = bytes.as_chunks::<8>().0.iter();
    let plain = words.take_while(|word| !has_special(u64::from_le_bytes(**word)));
    plain.count() * 8
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// True if one of the eight bytes is special: for each of the three conditions the highest bit of a
/// byte is set if it holds. A borrow from the byte below only ever says so of a word that has one.
fn has_special(word: u64) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let control = below(word, 0x20);
    let quote = below(word ^ (ONES * u64::from(b'"')), 1);
    let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
    (control | quote | backslash) & TOPS != 0
}

#[cold]
fn put_escaped(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => {
            let digit = |half: u8| b"0123456789ABCDEF".get(usize::from(half)).copied();
            let digits = [byte >> 4, byte & 0xf].map(|half| digit(half).unwrap_or(b'0'));
            out.extend_from_slice(b"\\u00");
            return out.extend_from_slice(&digits);
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quoted(text: &str) -> String {
        let mut out = Vec::new();
        put_quoted(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn control_characters_quotes_and_backslashes_are_escaped_as_jackson_does() {
        let cases = [
            ("", r#""""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\u{8}\t\n\u{c}\r", r#""\b\t\n\f\r""#),
            ("\0\u{1f}\u{7f}", "\"\\u0000\\u001F\u{7f}\""),
            ("é/<>&\u{2028}😀", "\"é/<>&\u{2028}😀\""),
        ];
        for (text, json) in cases {
            assert_eq!(quoted(text), json);
        }
    }

    proptest! {
        #[test]
        fn a_string_is_read_back_as_it_was(text in any::<String>(), special in 0_u8..0x80, at in 0_usize..40) {
            let filled = format!("{:at$}{}{text}", "", char::from(special));
            prop_assert_eq!(serde_json::from_str::<String>(&quoted(&filled)).unwrap(), filled);
        }
    }
}
