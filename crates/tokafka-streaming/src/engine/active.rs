//! The queries of this process that are active: a name, an id and a checkpoint are each of one of them.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

use crate::StartError;

static ACTIVE: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Entry {
    ticket: Uuid,
    name: Option<String>,
    checkpoint: PathBuf,
    id: Option<Uuid>,
}

/// A query that starts or is active, until this is dropped.
#[derive(Debug)]
pub(super) struct Active {
    ticket: Uuid,
}

impl Active {
    /// Takes the name.
    ///
    /// # Errors
    /// [`StartError::Refused`], in Spark's words, if an active query has the name or the checkpoint.
    pub(super) fn enter(name: Option<&str>, checkpoint: &str) -> Result<Self, StartError> {
        let checkpoint = comparable(checkpoint);
        let mut active = lock();
        if let Some(name) = name
            && active
                .iter()
                .any(|entry| entry.name.as_deref() == Some(name))
        {
            return Err(StartError::Refused(name_taken(name)));
        }
        let running = active.iter().find(|entry| entry.checkpoint == checkpoint);
        if let Some(running) = running {
            return Err(StartError::Refused(id_taken(running.id.as_ref())));
        }
        let ticket = Uuid::new_v4();
        active.push(Entry {
            ticket,
            name: name.map(str::to_owned),
            checkpoint,
            id: None,
        });
        Ok(Self { ticket })
    }

    /// Takes the id, which is known when the checkpoint is open.
    ///
    /// # Errors
    /// [`StartError::Refused`], in Spark's words, if an active query has it: its checkpoint is a copy.
    pub(super) fn identify(&self, id: Uuid) -> Result<(), StartError> {
        let mut active = lock();
        if active.iter().any(|entry| entry.id == Some(id)) {
            return Err(StartError::Refused(id_taken(Some(&id))));
        }
        let own = active.iter_mut().find(|entry| entry.ticket == self.ticket);
        if let Some(own) = own {
            own.id = Some(id);
        }
        Ok(())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        lock().retain(|entry| entry.ticket != self.ticket);
    }
}

/// The same for two spellings of a directory that is there.
fn comparable(checkpoint: &str) -> PathBuf {
    let path = checkpoint.strip_prefix("file://").unwrap_or(checkpoint);
    std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path))
}

fn name_taken(name: &str) -> String {
    format!(
        "Cannot start query with name {name} as a query with that name is already active in this SparkSession"
    )
}

fn id_taken(id: Option<&Uuid>) -> String {
    let id = id.map_or_else(|| "null".to_owned(), Uuid::to_string);
    format!(
        "Cannot start query with id {id} as another query with same id is already active. Perhaps you are attempting \
         to restart a query from checkpoint that is already active. You may stop the old query and retry."
    )
}

fn lock() -> MutexGuard<'static, Vec<Entry>> {
    ACTIVE.lock().unwrap_or_else(PoisonError::into_inner)
}
