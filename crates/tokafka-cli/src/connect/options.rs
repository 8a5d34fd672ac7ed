//! The options that are set, wherever they were set.

use std::{collections::BTreeMap, fs};

use anyhow::Context;
use tokafka_client::settings::{FetchSettings, Properties, rule};

use super::secrets;
use crate::{args::ConnectArgs, environment, exit::wrong_use, notice::Notices};

/// Kafka's name for the addresses of the cluster.
pub(crate) const BOOTSTRAP: &str = "bootstrap.servers";
const BOOTSTRAP_VARIABLE: &str = "TOKAFKA_BOOTSTRAP_SERVERS";
const SPARK_PREFIX: &str = "kafka.";

/// Options by name: Kafka's properties without `kafka.`, and the ones of a write.
///
/// It holds secrets and is therefore not printable.
#[derive(Clone, Default)]
pub(crate) struct OptionSet {
    values: BTreeMap<String, String>,
    typed_secrets: Vec<&'static str>,
}

impl OptionSet {
    /// Collects what was typed and what `--config` says.
    pub(crate) fn collect(args: &ConnectArgs, notices: &Notices) -> anyhow::Result<Self> {
        let mut set = Self::default();
        if let Some(path) = &args.config {
            set.read_config(path)?;
        }
        for (name, value) in &args.set {
            set.put_typed(name, value, notices)?;
        }
        if let Some(servers) = &args.bootstrap_server {
            set.put(BOOTSTRAP, servers.clone());
        }
        Ok(set)
    }

    fn read_config(&mut self, path: &std::path::Path) -> anyhow::Result<()> {
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| wrong_use(format!("--config {shown}: {error}")))?;
        let parsed = Properties::parse(&text)
            .map_err(|error| wrong_use(format!("--config {shown}: {error}")))?;
        for (name, value) in parsed.iter() {
            let value = secrets::resolve(value)
                .with_context(|| format!("--config {shown}: {name}"))?
                .unwrap_or_else(|| value.to_owned());
            self.put(name, value);
        }
        Ok(())
    }

    fn put_typed(&mut self, name: &str, value: &str, notices: &Notices) -> anyhow::Result<()> {
        let name = name.strip_prefix(SPARK_PREFIX).unwrap_or(name);
        let resolved = secrets::resolve(value).with_context(|| format!("-X {name}"))?;
        if resolved.is_none()
            && let Some(secret) = rule(name).filter(|rule| rule.secret)
        {
            self.typed_secrets.push(secret.name);
            notices.warn(&format!(
                "-X {name}: a secret on the command line is seen by everyone who can list processes; \
                 use -X '{name}=${{env:NAME}}' or -X '{name}=${{file:PATH}}'"
            ));
        }
        self.put(name, resolved.unwrap_or_else(|| value.to_owned()));
        Ok(())
    }

    /// Sets an option; the last one set stays.
    pub(crate) fn put(&mut self, name: &str, value: String) {
        let name = of_a_write(name).unwrap_or(name);
        self.values.insert(name.to_owned(), value);
    }

    /// The value of an option, its secrets resolved.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Secrets whose values were typed on the command line.
    pub(crate) fn typed_secrets(&self) -> &[&'static str] {
        &self.typed_secrets
    }

    /// Takes the addresses from the environment if nothing else said them.
    pub(crate) fn default_bootstrap(&mut self) {
        if self.get(BOOTSTRAP).is_none()
            && let Some(servers) = environment::variable(BOOTSTRAP_VARIABLE)
        {
            self.put(BOOTSTRAP, servers);
        }
    }

    /// Fails, as wrong use, if it is not known where the cluster is.
    pub(crate) fn require_bootstrap(&self, or_else: &str) -> anyhow::Result<()> {
        if self.get(BOOTSTRAP).is_some() {
            return Ok(());
        }
        Err(wrong_use(format!(
            "no cluster: say where it is with -b HOST:PORT (or {BOOTSTRAP_VARIABLE}){or_else}"
        )))
    }

    /// What reads records. Fails, as wrong use, if a value cannot be, or if an option is one of a write.
    pub(crate) fn fetch_settings(&self) -> anyhow::Result<FetchSettings> {
        let (properties, others) = self.split();
        if let Some((name, _)) = others.first() {
            return Err(wrong_use(format!(
                "option {name} belongs to a write, not to a read"
            )));
        }
        FetchSettings::from_properties(&properties).map_err(|error| wrong_use(error.to_string()))
    }

    /// Kafka's properties among them, and the rest: the options of a write.
    pub(crate) fn split(&self) -> (Properties, Vec<(String, String)>) {
        let mut properties = Properties::new();
        let mut others = Vec::new();
        for (name, value) in &self.values {
            if tokafka_arrow::OPTIONS
                .iter()
                .any(|rule| rule.name.eq_ignore_ascii_case(name))
            {
                others.push((name.clone(), value.clone()));
            } else {
                properties.set(name, value);
            }
        }
        (properties, others)
    }
}

/// The name of an option of a write, as documented; their case does not matter.
fn of_a_write(name: &str) -> Option<&'static str> {
    let rule = tokafka_arrow::OPTIONS
        .iter()
        .find(|rule| rule.name.eq_ignore_ascii_case(name));
    rule.map(|rule| rule.name)
}
