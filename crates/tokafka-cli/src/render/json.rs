//! One JSON object per record.

use std::io::{self, Write};

use tokafka_client::batch::RecordRef;

use super::{bytes::Shown, time::rfc3339};

/// Writes a record as one line. What is not UTF-8 is in `key_base64` and so on instead.
pub(super) fn line(out: &mut impl Write, partition: i32, record: &RecordRef<'_>) -> io::Result<()> {
    let time = rfc3339(record.timestamp);
    write!(
        out,
        r#"{{"partition":{partition},"offset":{},"timestamp":"{time}","#,
        record.offset
    )?;
    field(out, "key", record.key)?;
    out.write_all(b",")?;
    field(out, "value", record.value)?;
    out.write_all(br#","headers":["#)?;
    for (index, (key, value)) in record.headers.enumerate() {
        out.write_all(if index == 0 { b"{" } else { b",{" })?;
        field(out, "key", Some(key.as_bytes()))?;
        out.write_all(b",")?;
        field(out, "value", value)?;
        out.write_all(b"}")?;
    }
    out.write_all(b"]}\n")
}

fn field(out: &mut impl Write, name: &str, bytes: Option<&[u8]>) -> io::Result<()> {
    match Shown::new(bytes) {
        Shown::Null => write!(out, r#""{name}":null"#),
        Shown::Binary(base64) => write!(out, r#""{name}_base64":"{base64}""#),
        Shown::Text(text) => {
            write!(out, r#""{name}":"#)?;
            serde_json::to_writer(out, text).map_err(io::Error::from)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, bytes: Option<&[u8]>) -> String {
        let mut out = Vec::new();
        field(&mut out, name, bytes).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_null_and_bytes_stay_different() {
        assert_eq!(text("key", None), r#""key":null"#);
        assert_eq!(text("key", Some(b"")), r#""key":"""#);
        assert_eq!(text("key", Some(b"a\"\n")), r#""key":"a\"\n""#);
        assert_eq!(text("key", Some(b"\xff\0")), r#""key_base64":"/wA=""#);
    }
}
