//! The two that are compared: the program, a process for each stream, and Spark, one process for all.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

use super::{
    Job,
    usage::{cpu, cpu_of_children},
};

const SPARK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../dev/spark/stream");
/// What makes Spark's producer fastest, seen in trials: batches of 512 KiB, 20 ms, 64 MiB.
const TUNED: &str =
    r#"{"kafka.batch.size": "524288", "kafka.linger.ms": "20", "kafka.buffer.memory": "67108864"}"#;

/// What a drain took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
}

/// A stream that runs until it is stopped.
pub(super) trait Running {
    fn pid(&self) -> u32;
    fn stop(self) -> anyhow::Result<()>;
}

/// The program.
#[derive(Debug)]
pub(super) struct Ours {
    pub(super) program: PathBuf,
}

impl Ours {
    /// Copies what is there. The process's start and end count.
    pub(super) fn drain(&self, job: &Job) -> anyhow::Result<Cost> {
        let (start, before) = (Instant::now(), cpu_of_children()?);
        let status = self.command(job, "available-now")?.status()?;
        ensure!(status.success(), "tokafka stream: {status}");
        Ok(Cost {
            wall: start.elapsed(),
            cpu: cpu_of_children()? - before,
        })
    }

    pub(super) fn start(&self, job: &Job) -> anyhow::Result<OurStream> {
        Ok(OurStream(self.command(job, "0 seconds")?.spawn()?))
    }

    fn command(&self, job: &Job, trigger: &str) -> anyhow::Result<Command> {
        let Job {
            bootstrap,
            from,
            to,
            checkpoint,
        } = job;
        let sql = format!(
            "CREATE EXTERNAL TABLE source STORED AS KAFKA LOCATION 'kafka://{bootstrap}/{from}'
               OPTIONS ('startingOffsets' 'earliest');
             CREATE EXTERNAL TABLE sink STORED AS KAFKA LOCATION 'kafka://{bootstrap}/{to}';
             INSERT INTO sink SELECT key, value, partition FROM source;"
        );
        let file = checkpoint.with_extension("sql");
        fs::write(&file, sql)?;
        let mut command = Command::new(&self.program);
        command.arg("stream").arg(file).arg("--checkpoint");
        command.arg(checkpoint).args(["--trigger", trigger]);
        command.args(["--progress", "never"]).stdin(Stdio::null());
        Ok(command)
    }
}

/// A stream of the program.
#[derive(Debug)]
pub(super) struct OurStream(Child);

impl Running for OurStream {
    fn pid(&self) -> u32 {
        self.0.id()
    }

    fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status()?;
        ensure!(sent.success(), "kill: {sent}");
        let status = self.0.wait()?;
        ensure!(status.success(), "tokafka stream: {status}");
        Ok(())
    }
}

/// A session of Spark.
#[derive(Debug)]
pub(super) struct Spark {
    process: Child,
    jobs: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// The JVM.
    pid: u32,
}

impl Spark {
    pub(super) fn start() -> anyhow::Result<Self> {
        let mut process = Command::new(SPARK)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context(SPARK)?;
        let jobs = process.stdin.take().context("no input")?;
        let answers = process.stdout.take().context("no output")?;
        let mut spark = Self {
            process,
            jobs,
            answers: BufReader::new(answers),
            pid: 0,
        };
        spark.pid = spark.answer()?.parse()?;
        Ok(spark)
    }

    /// Copies what is there, with a producer that is tuned.
    pub(super) fn drain(&mut self, job: &Job) -> anyhow::Result<Cost> {
        let (start, before) = (Instant::now(), cpu(self.pid)?);
        let done = self.ask(&self.job(job, "available-now", TUNED))?;
        ensure!(done == "done", "Spark: {done}");
        Ok(Cost {
            wall: start.elapsed(),
            cpu: cpu(self.pid)? - before,
        })
    }

    pub(super) fn run(&mut self, job: &Job) -> anyhow::Result<SparkStream<'_>> {
        let started = self.ask(&self.job(job, "0 seconds", "{}"))?;
        ensure!(started == "started", "Spark: {started}");
        Ok(SparkStream(self))
    }

    fn job(&self, job: &Job, trigger: &str, options: &str) -> String {
        let Job {
            bootstrap,
            from,
            to,
            checkpoint,
        } = job;
        let checkpoint: &Path = checkpoint;
        let checkpoint = checkpoint.display();
        format!(
            r#"{{"bootstrap": "{bootstrap}", "from": "{from}", "to": "{to}", "checkpoint": "{checkpoint}", "trigger": "{trigger}", "options": {options}}}"#
        )
    }

    fn ask(&mut self, line: &str) -> anyhow::Result<String> {
        writeln!(self.jobs, "{line}")?;
        self.answer()
    }

    fn answer(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        let length = self.answers.read_line(&mut line)?;
        ensure!(length > 0, "Spark has ended");
        Ok(line.trim().to_owned())
    }
}

impl Drop for Spark {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// A stream of Spark.
#[derive(Debug)]
pub(super) struct SparkStream<'a>(&'a mut Spark);

impl Running for SparkStream<'_> {
    fn pid(&self) -> u32 {
        self.0.pid
    }

    fn stop(self) -> anyhow::Result<()> {
        let stopped = self.0.ask(r#"{"stop": true}"#)?;
        ensure!(stopped == "stopped", "Spark: {stopped}");
        Ok(())
    }
}
