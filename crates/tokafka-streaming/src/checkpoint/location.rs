//! Where a checkpoint is: a directory, or a URL of an object store.

use std::{
    io,
    path::{Path as DiskPath, PathBuf},
    sync::Arc,
};

use object_store::{ObjectStore, local::LocalFileSystem, path::Path};
use url::Url;

use super::{CheckpointError, files::Files};

/// The files at a location. Nothing is written, and nothing needs to be there.
pub(super) fn files(location: &str) -> Result<Files, CheckpointError> {
    match url(location) {
        None => on_disk(location, DiskPath::new(location)),
        Some(url) if url.scheme() == "file" => match url.to_file_path() {
            Ok(path) => on_disk(location, &path),
            Err(()) => Err(refused(
                location,
                "a file: URL names no host, as file:///path",
            )),
        },
        Some(url) => in_store(location, &url),
    }
}

/// A URL, unless it is a path: `C:\checkpoints` is one too.
fn url(location: &str) -> Option<Url> {
    let (scheme, _) = location.split_once(':')?;
    let is_url = location.contains("://") || scheme == "file";
    is_url.then(|| Url::parse(location).ok()).flatten()
}

fn on_disk(location: &str, path: &DiskPath) -> Result<Files, CheckpointError> {
    if location.trim().is_empty() {
        return Err(refused(location, "it is empty"));
    }
    let disk = |source: io::Error| CheckpointError::Disk {
        path: path.to_owned(),
        source: Arc::new(source),
    };
    let root: PathBuf = super::disk::resolved(path).map_err(disk)?;
    let prefix =
        Path::from_absolute_path(&root).map_err(|error| refused(location, &format!("{error}")))?;
    let store = Arc::new(LocalFileSystem::new());
    Ok(Files::new(location, store, prefix, Some(root)))
}

fn in_store(location: &str, url: &Url) -> Result<Files, CheckpointError> {
    let (store, prefix) =
        object_store::parse_url(url).map_err(|error| refused(location, &format!("{error}")))?;
    Ok(Files::new(
        location,
        Arc::<dyn ObjectStore>::from(store),
        prefix,
        None,
    ))
}

fn refused(location: &str, problem: &str) -> CheckpointError {
    CheckpointError::Location {
        location: location.to_owned(),
        problem: problem.to_owned(),
    }
}
