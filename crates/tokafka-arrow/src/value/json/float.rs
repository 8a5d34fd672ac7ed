//! Floating-point numbers as Java prints them: the shortest digits (as since Java 19), Java's
//! notation. Jackson writes what is not a number as a string.

/// The notation is plain from here on up to [`SCIENTIFIC`], exclusive.
const PLAIN: f64 = 1e-3;
const SCIENTIFIC: f64 = 1e7;

/// Appends a double.
pub(super) fn put_f64(number: f64, out: &mut Vec<u8>) {
    let size = number.abs();
    if is_plain(size) {
        let mut buffer = zmij::Buffer::new();
        return out.extend_from_slice(buffer.format_finite(number).as_bytes());
    }
    if !number.is_finite() {
        return put_not_finite(number, out);
    }
    // One digit alone does not say which of several numbers is meant only among the tiniest.
    if size < 1e-322 {
        return put_two_digits(&format!("{number:.1e}"), out);
    }
    let mut buffer = zmij::Buffer::new();
    put_scientific(buffer.format_finite(number), out);
}

/// Appends a float.
pub(super) fn put_f32(number: f32, out: &mut Vec<u8>) {
    let size = f64::from(number.abs());
    if is_plain(size) {
        let mut buffer = zmij::Buffer::new();
        return out.extend_from_slice(buffer.format_finite(number).as_bytes());
    }
    if !number.is_finite() {
        return put_not_finite(number.into(), out);
    }
    if size < 1e-43 {
        return put_two_digits(&format!("{number:.1e}"), out);
    }
    let mut buffer = zmij::Buffer::new();
    put_scientific(buffer.format_finite(number), out);
}

fn is_plain(size: f64) -> bool {
    (PLAIN..SCIENTIFIC).contains(&size) || size == 0.0
}

fn put_not_finite(number: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(match number {
        f64::INFINITY => b"\"Infinity\"",
        f64::NEG_INFINITY => b"\"-Infinity\"",
        _ => b"\"NaN\"",
    });
}

/// Java prints two digits at least, and those that are closest.
#[cold]
fn put_two_digits(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(text.replace('e', "E").as_bytes());
}

/// Appends a number that was printed in whatever notation: `123456789.0`, `1.5e-7`, `1e300`.
fn put_scientific(text: &str, out: &mut Vec<u8>) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let point = mantissa.find('.').unwrap_or(mantissa.len());
    let mut digits = mantissa.bytes().enumerate();
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let Some((at, first)) = digits.find(|(_, byte)| is_digit(*byte) && *byte != b'0') else {
        return out.extend_from_slice(b"0.0");
    };
    if mantissa.starts_with('-') {
        out.push(b'-');
    }
    out.extend_from_slice(&[first, b'.']);
    let start = out.len();
    out.extend(digits.map(|(_, byte)| byte).filter(|byte| is_digit(*byte)));
    let zeros = out
        .iter()
        .skip(start + 1)
        .rev()
        .take_while(|byte| **byte == b'0');
    out.truncate(out.len() - zeros.count());
    if out.len() == start {
        out.push(b'0');
    }
    // How many places the point moves to stand behind the first digit.
    let moved = if at < point { point - at - 1 } else { 0 };
    let moved = moved as i32 - if at > point { (at - point) as i32 } else { 0 };
    out.push(b'E');
    let exponent = exponent.parse().unwrap_or(0) + moved;
    out.extend_from_slice(itoa::Buffer::new().format(exponent).as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn f64_text(number: f64) -> String {
        let mut out = Vec::new();
        put_f64(number, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn f32_text(number: f32) -> String {
        let mut out = Vec::new();
        put_f32(number, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn doubles_are_in_the_notation_of_java() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.001, "0.001"),
            (0.00099, "9.9E-4"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (123_456_789.0, "1.23456789E8"),
            (1.5e-7, "1.5E-7"),
            (1e23, "1.0E23"),
            (-1.234e300, "-1.234E300"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::from_bits(1), "4.9E-324"),
            (f64::from_bits(2), "9.9E-324"),
            (f64::from_bits(3), "1.5E-323"),
            (f64::NAN, "\"NaN\""),
            (f64::INFINITY, "\"Infinity\""),
            (f64::NEG_INFINITY, "\"-Infinity\""),
        ];
        for (number, text) in cases {
            assert_eq!(f64_text(number), text);
        }
    }

    #[test]
    fn floats_have_their_own_shortest_digits() {
        let cases = [
            (0.1_f32, "0.1"),
            (0.001, "0.001"),
            (3.4e38, "3.4E38"),
            (16_777_216.0, "1.6777216E7"),
            (f32::from_bits(1), "1.4E-45"),
            (f32::NAN, "\"NaN\""),
        ];
        for (number, text) in cases {
            assert_eq!(f32_text(number), text);
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_back_as_it_was(bits in any::<u64>(), small in -1e9..1e9_f64) {
            for number in [f64::from_bits(bits), small] {
                if number.is_finite() {
                    prop_assert_eq!(f64_text(number).parse::<f64>().unwrap().to_bits(), number.to_bits());
                }
                let number = number as f32;
                if number.is_finite() {
                    prop_assert_eq!(f32_text(number).parse::<f32>().unwrap().to_bits(), number.to_bits());
                }
            }
        }
    }
}
