//! Decimals as Java's `BigDecimal.toString` prints them.

use arrow::datatypes::i256;

/// Appends `unscaled` × 10^`-scale`.
pub(super) fn put(unscaled: i128, scale: i8, out: &mut Vec<u8>) {
    if unscaled < 0 {
        out.push(b'-');
    }
    let size = unscaled.unsigned_abs();
    let mut buffer = itoa::Buffer::new();
    match u64::try_from(size) {
        Ok(short) => put_digits(buffer.format(short), scale, out),
        Err(_) => put_digits(buffer.format(size), scale, out),
    }
}

/// Appends a decimal of up to 76 digits.
pub(super) fn put_i256(unscaled: i256, scale: i8, out: &mut Vec<u8>) {
    if let Some(unscaled) = unscaled.to_i128() {
        return put(unscaled, scale, out);
    }
    let text = unscaled.to_string();
    let digits = text.trim_start_matches('-');
    if digits.len() < text.len() {
        out.push(b'-');
    }
    put_digits(digits, scale, out);
}

fn put_digits(digits: &str, scale: i8, out: &mut Vec<u8>) {
    let (digits, count) = (digits.as_bytes(), digits.len() as i32);
    let scale = i32::from(scale);
    let exponent = count - 1 - scale;
    if scale < 0 || exponent < -6 {
        return put_scientific(digits, exponent, out);
    }
    let whole = usize::try_from(count - scale).unwrap_or_default();
    let (whole, fraction) = digits.split_at_checked(whole).unwrap_or_default();
    let zeros = scale as usize - fraction.len();
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
    if scale > 0 {
        out.push(b'.');
        out.resize(out.len() + zeros, b'0');
        out.extend_from_slice(fraction);
    }
}

fn put_scientific(digits: &[u8], exponent: i32, out: &mut Vec<u8>) {
    let (first, rest) = digits.split_at_checked(1).unwrap_or_default();
    out.extend_from_slice(first);
    if !rest.is_empty() {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
    out.extend_from_slice(if exponent < 0 { b"E" } else { b"E+" });
    out.extend_from_slice(itoa::Buffer::new().format(exponent).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_printed_as_big_decimals() {
        let cases = [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (0, 7, "0E-7"),
            (150, 2, "1.50"),
            (-5, 2, "-0.05"),
            (-123, 3, "-0.123"),
            (1, 6, "0.000001"),
            (1, 7, "1E-7"),
            (-123, 10, "-1.23E-8"),
            (1, -3, "1E+3"),
            (123, -2, "1.23E+4"),
            (i128::MIN, 38, "-1.70141183460469231731687303715884105728"),
        ];
        for (unscaled, scale, text) in cases {
            for put in [put, |unscaled, scale, out: &mut _| {
                put_i256(i256::from_i128(unscaled), scale, out);
            }] {
                let mut out = Vec::new();
                put(unscaled, scale, &mut out);
                assert_eq!(String::from_utf8(out).unwrap(), text);
            }
        }
        let mut out = Vec::new();
        put_i256(i256::MIN, 75, &mut out);
        let text =
            "-57.896044618658097711785492504343953926634992332820282019728792003956564819968";
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
}
