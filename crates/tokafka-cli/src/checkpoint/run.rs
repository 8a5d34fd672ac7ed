//! Which of the commands it is.

use super::{show::show, skip::skip};
use crate::{
    args::{CheckpointArgs, CheckpointCommand},
    notice::Notices,
};

/// Shows a checkpoint, or writes into it.
pub(crate) async fn run(args: CheckpointArgs, notices: &Notices) -> anyhow::Result<()> {
    match args.command {
        CheckpointCommand::Show(args) => show(&args.location).await,
        CheckpointCommand::Skip(args) => skip(args, notices).await,
    }
}
