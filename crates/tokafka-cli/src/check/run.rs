//! Asks the cluster, and prints what is found.

use std::io::{Write, stdout};

use anyhow::bail;
use serde_json::json;
use tokafka_client::{
    admin::{Admin, TopicOutlook},
    cluster::Cluster,
    settings::{ClientSettings, ProducerSettings},
};

use super::{
    finding::{Facts, Finding, Level},
    options, topics,
};
use crate::{
    args::{CheckArgs, CheckOutput},
    connect::{BOOTSTRAP, OptionSet},
    exit::wrong_use,
    notice::Notices,
};

const TOPIC: &str = "topic";
const INCLUDE_TIMESTAMP: &str = "includeTimestamp";
/// Stands for the address of the cluster where no topic is looked at.
const NO_BROKER: &str = "127.0.0.1:9092";

/// Looks at the options and the topics. Fails if something is risky.
pub(crate) async fn run(args: CheckArgs, notices: &Notices) -> anyhow::Result<()> {
    let mut options = OptionSet::collect(&args.connect, notices)?;
    options.default_bootstrap();
    let names = names(&args, &options);
    if names.is_empty() && options.get(BOOTSTRAP).is_none() {
        options.put(BOOTSTRAP, NO_BROKER.to_owned());
    }
    options.require_bootstrap(", or leave the topics out")?;
    let (properties, others) = options.split();
    let settings = ProducerSettings::from_properties(&properties)
        .map_err(|error| wrong_use(error.to_string()))?;
    let facts = Facts {
        settings: &settings,
        properties: &properties,
        typed_secrets: options.typed_secrets(),
        null_key: args.null_key,
        timed: others
            .iter()
            .any(|(name, value)| name == INCLUDE_TIMESTAMP && value.eq_ignore_ascii_case("true")),
    };
    let mut findings = options::findings(&facts);
    for topic in &outlooks(&names, &settings.client).await? {
        findings.extend(topics::findings(&facts, topic));
    }
    findings.sort_by_key(|finding| finding.level);
    print(&findings, &names, args.output)?;
    match findings
        .iter()
        .filter(|each| each.level == Level::Risk)
        .count()
    {
        0 => Ok(()),
        1 => bail!("1 risk was found"),
        risks => bail!("{risks} risks were found"),
    }
}

/// The topics that were typed, and the one that the options name.
fn names(args: &CheckArgs, options: &OptionSet) -> Vec<String> {
    let mut names = args.topic.clone();
    names.extend(options.get(TOPIC).map(str::to_owned));
    names
}

async fn outlooks(
    names: &[String],
    settings: &ClientSettings,
) -> anyhow::Result<Vec<TopicOutlook>> {
    if names.is_empty() {
        return Ok(vec![]);
    }
    let cluster = Cluster::connect(settings.clone()).await?;
    let admin = Admin::new(&cluster);
    let mut outlooks = Vec::new();
    for name in names {
        outlooks.push(admin.outlook(name).await?);
    }
    cluster.shutdown().await;
    Ok(outlooks)
}

fn print(findings: &[Finding], topics: &[String], output: CheckOutput) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    for finding in findings {
        let Finding {
            level,
            about,
            finding,
            reason,
            remedy,
        } = finding;
        let level = level.name();
        match output {
            CheckOutput::Json => {
                let line = json!({
                    "level": level,
                    "about": about,
                    "finding": finding,
                    "reason": reason,
                    "remedy": remedy,
                });
                writeln!(out, "{line}")?;
            }
            CheckOutput::Table => {
                writeln!(
                    out,
                    "{level}  {about}: {finding}\n      why: {reason}\n      do:  {remedy}"
                )?;
            }
        }
    }
    if findings.is_empty() && output == CheckOutput::Table {
        let topics = topics.iter().map(|topic| format!(" or in {topic}"));
        writeln!(
            out,
            "nothing risky in the options{}",
            topics.collect::<String>()
        )?;
    }
    Ok(())
}
