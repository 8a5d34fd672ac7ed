//! The program that copies, and how it is ended.

use std::{
    fs::{self, File, OpenOptions},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use anyhow::{Context, ensure};
use tokio::task::spawn_blocking;

/// How to run a stream that copies a topic.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) servers: String,
    pub(crate) source: String,
    pub(crate) sink: String,
    pub(crate) checkpoint: PathBuf,
    /// Holds the SQL, and what the program prints.
    pub(crate) scratch: PathBuf,
}

/// When a stream takes the next batch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trigger {
    AtOnce,
    AvailableNow,
}

impl Program {
    /// Starts `tokafka stream`, which takes at most `limit` records a batch.
    pub(crate) fn start(&self, trigger: Trigger, limit: u64) -> anyhow::Result<Child> {
        let Self {
            servers,
            source,
            sink,
            ..
        } = self;
        let sql = format!(
            "CREATE EXTERNAL TABLE source STORED AS KAFKA LOCATION 'kafka://{servers}/{source}'
               OPTIONS ('startingOffsets' 'earliest', 'maxOffsetsPerTrigger' '{limit}');
             CREATE EXTERNAL TABLE sink STORED AS KAFKA LOCATION 'kafka://{servers}/{sink}';
             INSERT INTO sink SELECT key, value, partition FROM source;"
        );
        let file = self.scratch.join("stream.sql");
        fs::write(&file, sql)?;
        let trigger = match trigger {
            Trigger::AtOnce => "0 seconds",
            Trigger::AvailableNow => "available-now",
        };
        let mut command = Command::new(beside("tokafka")?);
        command
            .args(["stream".as_ref(), file.as_os_str(), "--checkpoint".as_ref()])
            .args([self.checkpoint.as_os_str(), "--trigger".as_ref()])
            .arg(trigger);
        self.spawn(&mut command)
    }

    /// Copies what is there, and dies before a step of the driver that it comes to for the n-th time. Without a
    /// step it prints their names.
    pub(crate) fn step(&self, limit: u64, step: Option<(&str, u32)>) -> anyhow::Result<Command> {
        let mut command = Command::new(beside("examples/die_at_step")?);
        command
            .args([&self.servers, &self.source, &self.sink])
            .arg(&self.checkpoint)
            .arg(limit.to_string());
        if let Some((step, occurrence)) = step {
            command.args([step, &occurrence.to_string()]);
        }
        command.stdin(Stdio::null()).stderr(self.log()?);
        Ok(command)
    }

    /// Copies what is there, to the end.
    pub(crate) async fn drain(&self) -> anyhow::Result<()> {
        let status = wait(self.start(Trigger::AvailableNow, 20_000)?).await?;
        ensure!(status.success(), "the last run: {status}{}", self.said());
        Ok(())
    }

    /// The end of what was printed.
    pub(crate) fn said(&self) -> String {
        let said = fs::read(self.scratch.join("log")).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<_> = said.lines().collect();
        let from = lines.len().saturating_sub(20);
        format!("\n{}", lines.get(from..).unwrap_or_default().join("\n"))
    }

    fn spawn(&self, command: &mut Command) -> anyhow::Result<Child> {
        let command = command.stdin(Stdio::null());
        let command = command.stdout(self.log()?).stderr(self.log()?);
        command.spawn().with_context(|| format!("{command:?}"))
    }

    fn log(&self) -> anyhow::Result<File> {
        let path = self.scratch.join("log");
        Ok(OpenOptions::new().create(true).append(true).open(path)?)
    }
}

/// Waits for the end of a process.
pub(crate) async fn wait(mut child: Child) -> anyhow::Result<ExitStatus> {
    Ok(spawn_blocking(move || child.wait()).await??)
}

/// A program that was built with this one.
fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let ours = std::env::current_exe()?;
    let path = ours.with_file_name(name);
    ensure!(
        path.exists(),
        "{} is missing: cargo build --bins --example die_at_step builds it, with the profile of this program",
        path.display()
    );
    Ok(path)
}
