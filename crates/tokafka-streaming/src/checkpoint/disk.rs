//! Files on a local disk that are whole and durable, or not there.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Component, Path, PathBuf},
};

use uuid::Uuid;

/// Writes a file that must not be there yet; false if it is. Durable when it returns, also if it was there.
///
/// A stale checksum beside it, which makes Spark refuse the file, is removed before the file appears.
pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidFilename.into());
    };
    create_directories(directory)?;
    let name = name.to_string_lossy();
    let temporary = directory.join(format!(".{name}.{}.tmp", Uuid::new_v4()));
    let created = write(&temporary, bytes).and_then(|()| link(&temporary, path));
    let removed = fs::remove_file(&temporary);
    let created = created?;
    removed?;
    sync_directory(directory)?;
    Ok(created)
}

/// Creates a directory and those above it, durably.
pub(super) fn create_directories(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    if let Some(above) = directory.parent() {
        create_directories(above)?;
    }
    match fs::create_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => {}
        created => created?,
    }
    directory.parent().map_or(Ok(()), sync_directory)
}

/// Removes a file and its checksum, if they are there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    remove_checksum(path)?;
    remove_if_there(path)
}

/// The path without links and dots, also of what does not exist yet.
pub(super) fn resolved(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let absolute = std::path::absolute(path)?;
            let mut parts = absolute.components();
            match parts.next_back() {
                Some(Component::Normal(name)) => Ok(resolved(parts.as_path())?.join(name)),
                // What does not exist is no link: its parent is the one that is written.
                Some(Component::ParentDir) => {
                    let mut above = resolved(parts.as_path())?;
                    above.pop();
                    Ok(above)
                }
                _ => Err(error),
            }
        }
        resolved => resolved,
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives the file its name, unless that is taken.
fn link(temporary: &Path, path: &Path) -> io::Result<bool> {
    remove_checksum(path)?;
    match fs::hard_link(temporary, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            File::open(path)?.sync_all()?;
            Ok(false)
        }
        linked => linked.map(|()| true),
    }
}

fn remove_checksum(path: &Path) -> io::Result<()> {
    let Some(name) = path.file_name() else {
        return Ok(());
    };
    let name = format!(".{}.crc", name.to_string_lossy());
    remove_if_there(&path.with_file_name(name))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    // Only Unix opens directories.
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
