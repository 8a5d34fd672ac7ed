//! Paths, globs and standard input to files of one format.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, anyhow, bail};
use tempfile::{NamedTempFile, TempPath};
use tokio_util::sync::CancellationToken;

use super::{
    arrow_input::{ARROW_STREAM_START, ArrowInput, check_stream_file},
    footer::{check_arrow_file, check_parquet_file},
    format::{Content, HEAD_LEN},
    plan::SourcePlan,
};
use crate::{args::FileFormat, exit::wrong_use};

/// Where rows come from.
#[derive(Debug)]
pub(super) enum Inputs {
    Files(InputFiles),
    /// An Arrow IPC stream on standard input, read as it comes.
    Stream(Arc<ArrowInput>),
}

/// Files that exist, can be read, are not empty and start like their format.
#[derive(Debug)]
pub(super) struct InputFiles {
    pub(super) format: FileFormat,
    pub(super) files: Vec<InputFile>,
    /// Holds standard input; removed when this is dropped.
    _spool: Option<TempPath>,
}

#[derive(Debug)]
pub(super) struct InputFile {
    pub(super) path: PathBuf,
    /// How the user knows it.
    pub(super) shown: String,
    pub(super) content: Content,
}

const STDIN: &str = "-";
const STDIN_SHOWN: &str = "standard input";

impl Inputs {
    /// Finds and checks the files, in the order given; a glob's files by name. Waits for the columns of
    /// an Arrow stream on standard input; anything else there is copied to a temporary file until it
    /// ends. `stop` ends the waiting.
    pub(super) async fn open(
        source: &SourcePlan,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        if source.inputs.iter().any(|input| input == STDIN) {
            return Self::from_stdin(source, stop).await;
        }
        let mut paths = Vec::new();
        for input in &source.inputs {
            paths.extend(expand(input)?);
        }
        let format = common_format(source.format, &paths)?;
        let files = paths
            .into_iter()
            .map(|path| InputFile::check(path.display().to_string(), path, format))
            .collect::<anyhow::Result<Vec<_>>>()?;
        check_arrow_kinds(&files)?;
        Ok(Self::Files(InputFiles {
            format,
            files,
            _spool: None,
        }))
    }

    async fn from_stdin(source: &SourcePlan, stop: &CancellationToken) -> anyhow::Result<Self> {
        if source.inputs.len() > 1 {
            return Err(wrong_use("standard input (-) cannot be mixed with files"));
        }
        let format = source.format.ok_or_else(|| {
            wrong_use("standard input (-) has no name: say its format with --format")
        })?;
        tokio::select! {
            opened = tokio::task::spawn_blocking(move || open_stdin(format)) => opened?,
            () = stop.cancelled() => bail!("stopped while reading standard input: nothing was written"),
        }
    }

    /// What the user calls all of them.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Files(files) => files.shown(),
            Self::Stream(_) => STDIN_SHOWN.to_owned(),
        }
    }
}

fn open_stdin(format: FileFormat) -> anyhow::Result<Inputs> {
    let mut head = Vec::with_capacity(HEAD_LEN);
    let cannot_read = || format!("cannot read {STDIN_SHOWN}");
    if format == FileFormat::Arrow {
        let mut start = io::stdin().take(ARROW_STREAM_START as u64);
        start.read_to_end(&mut head).with_context(cannot_read)?;
        if Content::of(&head) == Content::ArrowStream {
            let input = ArrowInput::open(head).with_context(cannot_read)?;
            return Ok(Inputs::Stream(input));
        }
    }
    let spool = spool(io::Cursor::new(head).chain(io::stdin()))?;
    let file = InputFile::check(STDIN_SHOWN.to_owned(), spool.to_path_buf(), format)?;
    Ok(Inputs::Files(InputFiles {
        format,
        files: vec![file],
        _spool: Some(spool),
    }))
}

impl InputFiles {
    pub(super) fn shown(&self) -> String {
        match self.files.as_slice() {
            [] => "no file".to_owned(),
            [file] => file.shown.clone(),
            [first, rest @ ..] => format!("{} and {} more", first.shown, rest.len()),
        }
    }
}

impl InputFile {
    fn check(shown: String, path: PathBuf, format: FileFormat) -> anyhow::Result<Self> {
        let head = head(&path).with_context(|| format!("cannot read {shown}"))?;
        if head.is_empty() {
            bail!("{shown} is empty: it holds no bytes at all");
        }
        let content = Content::of(&head);
        if let Some(hint) = content.mismatch(format) {
            bail!("{shown} is {hint}");
        }
        match content {
            Content::ArrowStream => check_stream_file(&path),
            Content::ArrowFile => check_arrow_file(&path),
            Content::Parquet => check_parquet_file(&path),
            _ => Ok(()),
        }
        .with_context(|| format!("cannot read {shown}"))?;
        Ok(Self {
            path,
            shown,
            content,
        })
    }
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_LEN);
    File::open(path)?
        .take(HEAD_LEN as u64)
        .read_to_end(&mut head)?;
    Ok(head)
}

fn spool(mut input: impl Read) -> anyhow::Result<TempPath> {
    let mut spool = NamedTempFile::new().context("no temporary file for standard input")?;
    io::copy(&mut input, &mut spool)
        .with_context(|| format!("copying standard input to {}", spool.path().display()))?;
    Ok(spool.into_temp_path())
}

fn expand(input: &str) -> anyhow::Result<Vec<PathBuf>> {
    let path = Path::new(input);
    if path.is_dir() {
        bail!(
            "{input} is a directory: name its files, for instance '{}'",
            path.join("*.parquet").display()
        );
    }
    if path.exists() || !input.contains(['*', '?', '[']) {
        fs::metadata(path).with_context(|| format!("cannot read {input}"))?;
        return Ok(vec![path.to_owned()]);
    }
    let found = glob::glob(input).map_err(|error| wrong_use(format!("{input}: {error}")))?;
    let files = found
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| anyhow!("{}: {}", error.path().display(), error.error()))?
        .into_iter()
        .filter(|path| !path.is_dir())
        .collect::<Vec<_>>();
    if files.is_empty() {
        bail!("no file matches {input}");
    }
    Ok(files)
}

fn common_format(asked: Option<FileFormat>, paths: &[PathBuf]) -> anyhow::Result<FileFormat> {
    if let Some(format) = asked {
        return Ok(format);
    }
    let mut common = None;
    for path in paths {
        let format = FileFormat::of_name(path).ok_or_else(|| unknown_format(path))?;
        match common {
            Some((first, other)) if other != format => {
                return Err(wrong_use(format!(
                    "{} and {} have different formats: write them one after the other",
                    Path::display(first),
                    path.display()
                )));
            }
            _ => common = Some((path, format)),
        }
    }
    common
        .map(|(_, format)| format)
        .ok_or_else(|| anyhow!("no input"))
}

fn unknown_format(path: &Path) -> anyhow::Error {
    wrong_use(format!(
        "the name of {} does not say its format: say it with --format (parquet, csv, ndjson, arrow)",
        path.display()
    ))
}

/// One scan reads all its Arrow files in the same way.
fn check_arrow_kinds(files: &[InputFile]) -> anyhow::Result<()> {
    let Some(first) = files.first() else {
        return Ok(());
    };
    let is_arrow =
        |file: &InputFile| matches!(file.content, Content::ArrowFile | Content::ArrowStream);
    match files
        .iter()
        .find(|file| is_arrow(file) && file.content != first.content)
    {
        Some(other) => bail!(
            "{} is {} and {} is {}: write them one after the other",
            first.shown,
            first.content,
            other.shown,
            other.content
        ),
        None => Ok(()),
    }
}
