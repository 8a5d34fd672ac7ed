//! The files of a checkpoint, of any bytes. Also run by tests of `tokafka-streaming`.

use super::entry;

/// The first byte says which file it is; the rest is the file. What is taken for one is the same when it is
/// written down again.
pub(crate) fn checkpoint(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    match kind % 4 {
        0 => metadata(bytes),
        1 => offsets(bytes),
        2 => drop(entry::parse_commit(bytes)),
        _ => initial(bytes),
    }
}

fn metadata(bytes: &[u8]) {
    if let Ok(id) = entry::parse_metadata(bytes) {
        let text = entry::print_metadata(id);
        assert_eq!(entry::parse_metadata(text.as_bytes()), Ok(id));
    }
}

fn offsets(bytes: &[u8]) {
    let Ok(first) = entry::parse_offsets(bytes) else {
        return;
    };
    let text = entry::print_offsets(&first);
    let second = entry::parse_offsets(text.as_bytes()).expect("an entry");
    assert_eq!(second.sources, first.sources);
    assert_eq!(second.conf.get(), first.conf.get());
    assert_eq!(entry::print_offsets(&second), text);
}

fn initial(bytes: &[u8]) {
    if let Ok(offsets) = entry::parse_initial(bytes) {
        let text = entry::print_initial(&offsets);
        assert_eq!(entry::parse_initial(text.as_bytes()), Ok(offsets));
    }
}
