//! A scratch directory, the program in it, and a broker.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use tempfile::TempDir;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

/// Nothing here may take longer.
const DEADLINE: Duration = Duration::from_secs(60);

/// A directory of its own for each test; the program runs in it.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// A scratch directory with a file `t.csv` of three records.
    pub(crate) fn with_records() -> Self {
        let scratch = Self::new();
        scratch.file("t.csv", "key,value\n007,a\n008,b\n007,c\n");
        scratch
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs `tokafka` with arguments separated by blanks.
    pub(crate) fn run(&self, line: &str) -> Ran {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn run_args(&self, args: &[&str]) -> Ran {
        finish(self.command(args).spawn().unwrap())
    }

    pub(crate) fn run_with_input(&self, line: &str, input: &[u8]) -> Ran {
        self.run_args_with_input(&line.split_whitespace().collect::<Vec<_>>(), input)
    }

    pub(crate) fn run_args_with_input(&self, args: &[&str], input: &[u8]) -> Ran {
        use std::io::Write;
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // The program may fail before it has read all; what it says is looked at instead.
        let _ = stdin.write_all(input);
        drop(stdin);
        finish(child)
    }

    /// The program, its output piped, without the surroundings of whoever runs the tests.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokafka"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env_remove("TOKAFKA_BOOTSTRAP_SERVERS")
            .env_remove("TOKAFKA_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// Waits for the end of a program. One that hangs is ended and fails the test.
pub(crate) fn finish(child: Child) -> Ran {
    let pid = child.id();
    let (done, ended) = mpsc::sync_channel(1);
    thread::spawn(move || done.send(child.wait_with_output()));
    match ended.recv_timeout(DEADLINE) {
        Ok(output) => Ran::from(output.unwrap()),
        Err(_) => {
            signal(pid, "KILL");
            panic!("the program did not end within {DEADLINE:?}");
        }
    }
}

pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), pid.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// What a run of the program left behind.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) bytes: Vec<u8>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            bytes: output.stdout,
        }
    }
}

impl Ran {
    /// Done, with exit code 0.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.show());
        self
    }

    /// Failed with exit code 1, nothing on standard output, and these texts on standard error.
    #[track_caller]
    pub(crate) fn failed(self, texts: &[&str]) -> Self {
        self.refused(1, texts)
    }

    /// Wrong use, exit code 2, nothing on standard output, and these texts on standard error.
    #[track_caller]
    pub(crate) fn wrong_use(self, texts: &[&str]) -> Self {
        self.refused(2, texts)
    }

    #[track_caller]
    fn refused(self, code: i32, texts: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.show());
        assert_eq!(self.stdout, "", "{}", self.show());
        assert!(!self.stderr.contains("panicked"), "{}", self.show());
        let errors = self
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "))
            .count();
        assert_eq!(errors, 1, "one message: {}", self.show());
        self.says(texts)
    }

    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "expected {text:?}\n{}",
                self.show()
            );
        }
        self
    }

    /// Standard output as JSON, a value per line.
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn show(&self) -> String {
        let Self {
            code,
            stdout,
            stderr,
            ..
        } = self;
        format!("exit code {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---")
    }
}

/// Waits until something is so. If that takes too long the test fails.
#[track_caller]
pub(crate) fn until(mut is_so: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let so = async {
            while !is_so() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(DEADLINE, so).await;
        assert!(waited.is_ok(), "not within {DEADLINE:?}: {caller}");
    }
}

/// A broker in this process on a free port. Needs a runtime with several threads.
pub(crate) async fn broker() -> DevBroker {
    DevBroker::start(DevBrokerConfig::default()).await.unwrap()
}

/// An address that nobody listens at.
pub(crate) fn dead_address() -> String {
    // Not a free port: another test's broker might be given it.
    "127.0.0.1:1".to_owned()
}

/// A file of this repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}
