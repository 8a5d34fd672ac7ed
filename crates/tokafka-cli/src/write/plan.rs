//! What the flags of a write mean.

use std::{path::PathBuf, time::Duration};

use tokafka_client::settings::ProducerSettings;

use super::format::CsvForm;
use crate::{
    args::{FileFormat, RowForm, ShapeArgs, ShowProgress, WriteArgs},
    connect::{BOOTSTRAP, OptionSet},
    exit::wrong_use,
    notice::Notices,
};

/// A write as it was asked for. Nothing was opened or contacted for it.
pub(super) struct WritePlan {
    pub(super) source: SourcePlan,
    pub(super) shape: ShapeArgs,
    pub(super) target: Target,
    pub(super) options: OptionSet,
    pub(super) writers: u16,
    pub(super) receipt: Option<PathBuf>,
    pub(super) dry_run: bool,
    pub(super) progress: ShowProgress,
    pub(super) stop_timeout: Duration,
}

/// Where the rows come from.
pub(super) struct SourcePlan {
    pub(super) inputs: Vec<String>,
    pub(super) format: Option<FileFormat>,
    pub(super) csv: CsvForm,
}

/// Which cluster is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The one at `bootstrap.servers`.
    Cluster,
    /// A broker that this process starts.
    Embedded,
    /// None was named: a dry run then shows the plan, and asks nobody.
    Nowhere,
}

/// Option that names the topic of all rows.
pub(super) const TOPIC: &str = "topic";
/// Stands for the address of a broker that is not running yet, or never will be.
const NO_BROKER_YET: &str = "127.0.0.1:9092";

impl WritePlan {
    /// Fails, as wrong use, if the flags or options cannot be.
    pub(super) fn new(args: WriteArgs, notices: &Notices) -> anyhow::Result<Self> {
        if args.shape.form == Some(RowForm::Json) && args.shape.value.is_some() {
            return Err(wrong_use(
                "both --as json and --value say what the value of a record is: leave one out",
            ));
        }
        let mut options = OptionSet::collect(&args.connect, notices)?;
        let target = target(args.embedded, args.dry_run, &mut options)?;
        check_topic(&args.shape, &options)?;
        check_settings(&options)?;
        Ok(Self {
            source: SourcePlan {
                inputs: args.inputs,
                format: args.format,
                csv: CsvForm {
                    delimiter: args.csv_delimiter,
                    header: !args.no_csv_header,
                },
            },
            shape: args.shape,
            target,
            options,
            writers: args.writers,
            receipt: args.receipt,
            dry_run: args.dry_run,
            progress: args.progress,
            stop_timeout: args.stop_timeout,
        })
    }

    /// Whether all rows go to one topic that was named.
    pub(super) fn has_topic(&self) -> bool {
        self.shape.topic.is_some() || self.options.get(TOPIC).is_some()
    }
}

fn target(embedded: bool, dry_run: bool, options: &mut OptionSet) -> anyhow::Result<Target> {
    if embedded {
        if options.get(BOOTSTRAP).is_some() {
            return Err(wrong_use(format!(
                "both --embedded and an address (-b or {BOOTSTRAP}) are given: the first writes to a \
                 broker in this process, the second to a cluster; leave one out"
            )));
        }
        options.put(BOOTSTRAP, NO_BROKER_YET.to_owned());
        return Ok(Target::Embedded);
    }
    options.default_bootstrap();
    if dry_run && options.get(BOOTSTRAP).is_none() {
        options.put(BOOTSTRAP, NO_BROKER_YET.to_owned());
        return Ok(Target::Nowhere);
    }
    options.require_bootstrap(", or try it out with --embedded")?;
    Ok(Target::Cluster)
}

fn check_topic(shape: &ShapeArgs, options: &OptionSet) -> anyhow::Result<()> {
    if options.get(TOPIC).is_some() && (shape.topic.is_some() || shape.topic_expr.is_some()) {
        return Err(wrong_use(
            "the topic is given twice: by -X topic and by -t or --topic-expr",
        ));
    }
    Ok(())
}

fn check_settings(options: &OptionSet) -> anyhow::Result<()> {
    let (properties, _) = options.split();
    ProducerSettings::from_properties(&properties).map_err(|error| wrong_use(error.to_string()))?;
    Ok(())
}
