//! Where a checkpoint is: a directory, or a URL of an object store.

use std::{
    io,
    path::{Path as DiskPath, PathBuf},
    sync::{Arc, LazyLock},
};

use object_store::{
    ObjectStore, ObjectStoreScheme, local::LocalFileSystem, memory::InMemory, path::Path,
};
use url::Url;

use super::{CheckpointError, files::Files};

/// What is at `memory:` URLs, as long as the process lives.
static MEMORY: LazyLock<Arc<InMemory>> = LazyLock::new(Arc::default);

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
    let told = |error: &dyn std::fmt::Display| refused(location, &error.to_string());
    let (scheme, prefix) = ObjectStoreScheme::parse(url).map_err(|error| told(&error))?;
    let store = match store(&scheme, url) {
        Some(store) => store.map_err(|error| told(&error))?,
        None => return Err(refused(location, absent(&scheme))),
    };
    Ok(Files::new(location, store, prefix, None))
}

/// The store of a URL, with the credentials that the environment has, as the store's own programs take
/// them; `None` if it is not built in.
fn store(
    scheme: &ObjectStoreScheme,
    url: &Url,
) -> Option<object_store::Result<Arc<dyn ObjectStore>>> {
    let _ = url;
    match scheme {
        ObjectStoreScheme::Memory => Some(Ok(Arc::<InMemory>::clone(&MEMORY))),
        #[cfg(feature = "aws")]
        ObjectStoreScheme::AmazonS3 => Some(built(
            object_store::aws::AmazonS3Builder::from_env()
                .with_url(url.as_str())
                .build(),
        )),
        #[cfg(feature = "gcp")]
        ObjectStoreScheme::GoogleCloudStorage => Some(built(
            object_store::gcp::GoogleCloudStorageBuilder::from_env()
                .with_url(url.as_str())
                .build(),
        )),
        #[cfg(feature = "azure")]
        ObjectStoreScheme::MicrosoftAzure => Some(built(
            object_store::azure::MicrosoftAzureBuilder::from_env()
                .with_url(url.as_str())
                .build(),
        )),
        _ => None,
    }
}

#[cfg(any(feature = "aws", feature = "gcp", feature = "azure"))]
fn built<S: ObjectStore>(
    store: object_store::Result<S>,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    store.map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
}

fn absent(scheme: &ObjectStoreScheme) -> &'static str {
    match scheme {
        ObjectStoreScheme::AmazonS3 => "this build has no Amazon S3: build it with the feature aws",
        ObjectStoreScheme::GoogleCloudStorage => {
            "this build has no Google Cloud Storage: build it with the feature gcp"
        }
        ObjectStoreScheme::MicrosoftAzure => {
            "this build has no Azure Blob Storage: build it with the feature azure"
        }
        _ => "a checkpoint lies in a directory or at a URL of s3://, gs:// or abfss://",
    }
}

fn refused(location: &str, problem: &str) -> CheckpointError {
    CheckpointError::Location {
        location: location.to_owned(),
        problem: problem.to_owned(),
    }
}
