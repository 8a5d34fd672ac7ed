//! The files of a checkpoint: whole or not there, and durable once written.

use std::{collections::BTreeSet, io, path::PathBuf, sync::Arc};

use futures::FutureExt as _;
use object_store::{ListResult, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, path::Path};
use uuid::Uuid;

use super::{CheckpointError, disk, lock};

/// The files below one prefix of a store; on a disk, its directory is `root`.
#[derive(Debug, Clone)]
pub(super) struct Files {
    location: String,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    root: Option<PathBuf>,
}

/// What became of a file that should be new.
pub(super) enum Put {
    Written,
    /// The name is taken, by this.
    There(Vec<u8>),
}

impl Files {
    pub(super) fn new(
        location: &str,
        store: Arc<dyn ObjectStore>,
        prefix: Path,
        root: Option<PathBuf>,
    ) -> Self {
        Self {
            location: location.to_owned(),
            store,
            prefix,
            root,
        }
    }

    /// As the user wrote it.
    pub(super) fn location(&self) -> &str {
        &self.location
    }

    /// A file as messages name it.
    pub(super) fn named(&self, name: &str) -> String {
        format!("{}/{name}", self.location.trim_end_matches('/'))
    }

    /// A file's bytes, if it is there.
    pub(super) async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, CheckpointError> {
        let bytes = match self.store.get(&self.path(name)).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        match bytes {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Writes a file that must be new.
    pub(super) async fn create(&self, name: &str, text: String) -> Result<Put, CheckpointError> {
        let created = match &self.root {
            Some(root) => {
                let path = root.join(name);
                let create = move |path: &PathBuf| disk::create(path, text.as_bytes());
                self.blocking(path, create).await?
            }
            None => self.create_object(name, text).await?,
        };
        if created {
            return Ok(Put::Written);
        }
        // Removed in between: whoever does that, this query is not alone.
        Ok(Put::There(self.get(name).await?.unwrap_or_default()))
    }

    /// The numbers that are names in a directory. All other names are ignored, as Spark ignores them.
    pub(super) async fn numbers(&self, directory: &str) -> Result<BTreeSet<u64>, CheckpointError> {
        let names = self.names(directory).await?;
        Ok(names.iter().filter_map(|name| number(name)).collect())
    }

    /// The names of the files in a directory; `""` is the checkpoint's own.
    pub(super) async fn names(&self, directory: &str) -> Result<Vec<String>, CheckpointError> {
        let listed = self.list(directory).await?.objects;
        let names = listed
            .iter()
            .filter_map(|object| object.location.filename());
        Ok(names.map(str::to_owned).collect())
    }

    /// The names of the directories in a directory.
    pub(super) async fn directories(
        &self,
        directory: &str,
    ) -> Result<Vec<String>, CheckpointError> {
        let listed = self.list(directory).await?.common_prefixes;
        let names = listed.iter().filter_map(Path::filename);
        Ok(names.map(str::to_owned).collect())
    }

    async fn list(&self, directory: &str) -> Result<ListResult, CheckpointError> {
        let directory = match directory {
            "" => self.prefix.clone(),
            name => self.path(name),
        };
        match self.store.list_with_delimiter(Some(&directory)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(ListResult {
                objects: Vec::new(),
                common_prefixes: Vec::new(),
            }),
            listed => listed.map_err(|error| self.failed(error)),
        }
    }

    /// Removes a file, if it is there.
    pub(super) async fn remove(&self, name: &str) -> Result<(), CheckpointError> {
        if let Some(root) = &self.root {
            let path = root.join(name);
            return self.blocking(path, |path| disk::remove(path)).await;
        }
        match self.store.delete(&self.path(name)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            removed => removed.map_err(|error| self.failed(error)),
        }
    }

    /// Makes sure, before anything else is written, that only one query writes here: locks a directory, and
    /// tries out whether a store refuses a second object of the same name.
    pub(super) async fn own(&self) -> Result<Option<lock::Outcome>, CheckpointError> {
        let Some(root) = &self.root else {
            return self.try_out().await.map(|()| None);
        };
        let take = |root: &PathBuf| {
            disk::create_directories(root)?;
            lock::Lock::take(root)
        };
        self.blocking(root.clone(), take).await.map(Some)
    }

    /// Who owns it, if that can be known.
    pub(super) async fn owner(&self) -> Result<Option<(String, PathBuf)>, CheckpointError> {
        let Some(root) = &self.root else {
            return Ok(None);
        };
        self.blocking(root.clone(), |root| lock::Lock::held(root))
            .await
    }

    async fn try_out(&self) -> Result<(), CheckpointError> {
        let name = format!(".tokafka.{}.probe", Uuid::new_v4());
        let first = self.create_object(&name, String::new()).await;
        let second = self.create_object(&name, String::new()).await;
        self.remove(&name).await?;
        match (first, second) {
            (Ok(_), Ok(false)) => Ok(()),
            (Err(error), _) | (_, Err(error)) => Err(error),
            (Ok(_), Ok(true)) => Err(CheckpointError::Unconditional {
                location: self.location.clone(),
            }),
        }
    }

    async fn create_object(&self, name: &str, text: String) -> Result<bool, CheckpointError> {
        let options = PutOptions::from(PutMode::Create);
        let path = self.path(name);
        match self.store.put_opts(&path, text.into(), options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(object_store::Error::NotImplemented { .. }) => {
                Err(CheckpointError::Unconditional {
                    location: self.location.clone(),
                })
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn path(&self, name: &str) -> Path {
        let parts = name.split('/');
        parts.fold(self.prefix.clone(), Path::join)
    }

    fn failed(&self, error: object_store::Error) -> CheckpointError {
        CheckpointError::Store {
            location: self.location.clone(),
            source: Arc::new(error),
        }
    }

    /// Waits for the disk, away from the threads that wait for the network.
    async fn blocking<T: Send + 'static>(
        &self,
        path: PathBuf,
        work: impl FnOnce(&PathBuf) -> io::Result<T> + Send + 'static,
    ) -> Result<T, CheckpointError> {
        let place = path.clone();
        let done = tokio::task::spawn_blocking(move || work(&place));
        let done = done.map(|done| done.unwrap_or_else(|error| Err(io::Error::other(error))));
        done.await.map_err(|source| CheckpointError::Disk {
            path,
            source: Arc::new(source),
        })
    }
}

/// `7`, but not `007` or `+7`: nobody writes those, and the file of the number would not be found.
fn number(name: &str) -> Option<u64> {
    let number = name.parse::<u64>().ok()?;
    (number.to_string() == name).then_some(number)
}
