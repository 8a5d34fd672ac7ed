//! A store in memory that fails when it is told to.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    memory::InMemory, path::Path,
};

/// What goes wrong with the next write of an entry, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing is written.
    Full,
    /// It is written, and nobody hears of it.
    AnswerLost,
}

/// How a store takes an object of which there is one already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conditions {
    Kept,
    /// It overwrites.
    Ignored,
    /// It says that it cannot.
    Unknown,
}

#[derive(Debug)]
pub(super) struct Faulty {
    inner: InMemory,
    conditions: Conditions,
    fault: Mutex<Option<Fault>>,
    /// Every call fails.
    away: Mutex<bool>,
}

impl Faulty {
    pub(super) fn new(conditions: Conditions) -> Arc<Self> {
        Arc::new(Self {
            inner: InMemory::new(),
            conditions,
            fault: Mutex::new(None),
            away: Mutex::new(false),
        })
    }

    pub(super) fn fail_next(&self, fault: Fault) {
        *self.fault.lock().unwrap() = Some(fault);
    }

    pub(super) fn go_away(&self, away: bool) {
        *self.away.lock().unwrap() = away;
    }

    fn answer(&self) -> Result<()> {
        match *self.away.lock().unwrap_or_else(PoisonError::into_inner) {
            true => Err(failed("connection refused")),
            false => Ok(()),
        }
    }
}

fn failed(what: &'static str) -> Error {
    Error::Generic {
        store: "faulty",
        source: what.into(),
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faulty")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut opts: PutOptions,
    ) -> Result<PutResult> {
        self.answer()?;
        match self.conditions {
            Conditions::Kept => {}
            Conditions::Ignored => opts.mode = PutMode::Overwrite,
            Conditions::Unknown => {
                return Err(Error::NotImplemented {
                    operation: "put if absent".to_owned(),
                    implementer: self.to_string(),
                });
            }
        }
        let fault = self.fault.lock().unwrap().take();
        match fault {
            Some(Fault::Full) => Err(failed("no space left on device")),
            Some(Fault::AnswerLost) => {
                self.inner.put_opts(location, payload, opts).await?;
                Err(failed("timed out"))
            }
            None => self.inner.put_opts(location, payload, opts).await,
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.answer()?;
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.answer()?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
