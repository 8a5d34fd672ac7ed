//! Which failures of a batch time can heal.

use std::{error::Error, io};

use datafusion::error::DataFusionError;
use tokafka_arrow::WriteError;
use tokafka_client::error::{ConnectError, ReadError, RequestError, TopicError};
use tokafka_datafusion::{KafkaReadError, KafkaWriteError, WriteFailure};

use crate::Heals;

/// Of a batch that was run.
pub(super) fn write(error: &KafkaWriteError) -> Heals {
    match &error.source {
        WriteFailure::Write(error) => heals(error.may_heal()),
        WriteFailure::Query(error) => query(error),
        WriteFailure::Plan(_) => Heals::Never,
        // Not by the query, which knows when it was stopped.
        WriteFailure::Cancelled => Heals::WithTime,
    }
}

/// Of reading and computing: what the first of the causes says that can tell. An expression, a cast or a row
/// that fails is no such cause.
pub(super) fn query(error: &DataFusionError) -> Heals {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(known) = known(error) {
            return heals(known);
        }
        cause = error.source();
    }
    Heals::Never
}

/// What an error says of itself, if it is of a kind that can be an outage.
fn known(error: &(dyn Error + 'static)) -> Option<bool> {
    let scan = error.downcast_ref().map(KafkaReadError::may_heal);
    let read = || error.downcast_ref().map(ReadError::may_heal);
    let topic = || error.downcast_ref().map(TopicError::may_heal);
    let request = || error.downcast_ref().map(RequestError::may_heal);
    let connect = || error.downcast_ref().map(ConnectError::may_heal);
    let write = || error.downcast_ref().map(WriteError::may_heal);
    // The static side of a join.
    let store = || error.downcast_ref().map(store_may_heal);
    let socket = || error.downcast_ref().map(socket_may_heal);
    scan.or_else(read)
        .or_else(topic)
        .or_else(request)
        .or_else(connect)
        .or_else(write)
        .or_else(store)
        .or_else(socket)
}

fn store_may_heal(error: &object_store::Error) -> bool {
    use object_store::Error as Store;
    matches!(
        error,
        Store::Generic { .. }
            | Store::NotFound { .. }
            | Store::PermissionDenied { .. }
            | Store::Unauthenticated { .. }
            | Store::JoinError { .. }
    )
}

fn socket_may_heal(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
    )
}

fn heals(may: bool) -> Heals {
    match may {
        true => Heals::WithTime,
        false => Heals::Never,
    }
}
