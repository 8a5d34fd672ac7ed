//! A number of partitions that the optimizer cannot take away.

use std::{fmt, sync::Arc};

use datafusion::{
    common::tree_node::TreeNodeRecursion,
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{Distribution, EquivalenceProperties, Partitioning, PhysicalExpr},
    physical_plan::{
        ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan,
        ExecutionPlanProperties, InputDistributionRequirements, PlanProperties,
        ReplaceChildrenOptions,
        execution_plan::EmissionType,
        repartition::RepartitionExec,
        stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter},
    },
};
use futures::{StreamExt, stream};

use super::node::only_child;

/// What fixes the number of partitions.
#[derive(Debug, Clone)]
pub enum Pin {
    /// The user's `repartition`: batches dealt out in turn, or rows by hash.
    Exchange(Partitioning),
    /// Whole input partitions joined, as Spark's `coalesce`; fewer if there are fewer.
    AtMost(usize),
    /// Joined or dealt out in turn, whichever is needed.
    Exactly(usize),
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange(partitioning) => write!(f, "repartition={partitioning}"),
            Self::AtMost(count) => write!(f, "coalesce={count}"),
            Self::Exactly(count) => write!(f, "exactly={count}"),
        }
    }
}

/// Gives its input a fixed number of partitions. The exchange happens inside `execute`, where no
/// optimizer rule sees it.
///
/// Partitions that are joined keep their order. Joined to one, they follow each other; joined to
/// several, the partitions of a group alternate.
#[derive(Debug)]
pub struct PinnedPartitionsExec {
    input: Arc<dyn ExecutionPlan>,
    pin: Pin,
    exchange: Exchange,
    properties: Arc<PlanProperties>,
}

/// How a pin is kept for the partitions that the input has.
#[derive(Debug)]
enum Exchange {
    /// The input has them already.
    Through,
    /// All input partitions, one after the other.
    Sequence,
    /// Input partition `i` goes to `i` modulo this count.
    Groups(usize),
    Dealt(Arc<RepartitionExec>),
}

impl PinnedPartitionsExec {
    /// # Errors
    /// DataFusion's, if it does not support the user's partitioning.
    pub fn try_new(input: Arc<dyn ExecutionPlan>, pin: Pin) -> Result<Self> {
        let exchange = Exchange::between(&input, &pin)?;
        let partitions = exchange.partitions(&input);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            input.boundedness(),
        );
        Ok(Self {
            input,
            pin,
            exchange,
            properties: Arc::new(properties),
        })
    }
}

impl Exchange {
    fn between(input: &Arc<dyn ExecutionPlan>, pin: &Pin) -> Result<Self> {
        let there = input.output_partitioning().partition_count();
        match pin {
            Pin::Exchange(Partitioning::RoundRobinBatch(count)) if *count == there => {
                Ok(Self::Through)
            }
            Pin::Exchange(partitioning) => Self::dealt(input, partitioning.clone()),
            Pin::AtMost(count) if there <= *count => Ok(Self::Through),
            Pin::Exactly(count) if there == *count => Ok(Self::Through),
            Pin::AtMost(1) | Pin::Exactly(1) => Ok(Self::Sequence),
            Pin::AtMost(count) => Ok(Self::Groups(*count)),
            Pin::Exactly(count) if there > *count => Ok(Self::Groups(*count)),
            Pin::Exactly(count) => Self::dealt(input, Partitioning::RoundRobinBatch(*count)),
        }
    }

    fn dealt(input: &Arc<dyn ExecutionPlan>, partitioning: Partitioning) -> Result<Self> {
        let node = RepartitionExec::try_new(Arc::clone(input), partitioning)?;
        Ok(Self::Dealt(Arc::new(node)))
    }

    fn partitions(&self, input: &Arc<dyn ExecutionPlan>) -> usize {
        match self {
            Self::Through => input.output_partitioning().partition_count(),
            Self::Sequence => 1,
            Self::Groups(count) => *count,
            Self::Dealt(node) => node.partitioning().partition_count(),
        }
    }
}

impl DisplayAs for PinnedPartitionsExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = self.input.output_partitioning().partition_count();
        match format {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(
                    f,
                    "PinnedPartitionsExec: {}, input_partitions={there}",
                    self.pin
                )
            }
            DisplayFormatType::TreeRender => {
                writeln!(f, "{}", self.pin)?;
                write!(f, "input_partitions={there}")
            }
        }
    }
}

impl ExecutionPlan for PinnedPartitionsExec {
    fn name(&self) -> &'static str {
        "PinnedPartitionsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::UnspecifiedDistribution])
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = only_child(children)?;
        Ok(Arc::new(Self::try_new(input, self.pin.clone())?))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        match &self.exchange {
            Exchange::Dealt(node) => node.apply_expressions(visit),
            Exchange::Through | Exchange::Sequence | Exchange::Groups(_) => {
                Ok(TreeNodeRecursion::Continue)
            }
        }
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        match &self.exchange {
            Exchange::Through => self.input.execute(partition, context),
            Exchange::Sequence => self.sequence(&context),
            Exchange::Groups(count) => self.group(partition, *count, &context),
            Exchange::Dealt(node) => node.execute(partition, context),
        }
    }
}

impl PinnedPartitionsExec {
    fn inputs(&self) -> std::ops::Range<usize> {
        0..self.input.output_partitioning().partition_count()
    }

    /// All partitions start at once, each a batch ahead: partitions of a join wait for each other.
    fn sequence(&self, context: &Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let started: Vec<_> = self
            .inputs()
            .map(|input| self.input.execute(input, Arc::clone(context)).map(ahead))
            .collect::<Result<_>>()?;
        let joined = stream::iter(started).flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            joined,
        )))
    }

    fn group(
        &self,
        partition: usize,
        count: usize,
        context: &Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let inputs = self.inputs().skip(partition).step_by(count);
        let streams: Vec<_> = inputs
            .map(|input| self.input.execute(input, Arc::clone(context)))
            .collect::<Result<_>>()?;
        let joined = stream::select_all(streams);
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            joined,
        )))
    }
}

/// Runs a stream in a task of its own, which waits when a batch is not taken.
fn ahead(mut input: SendableRecordBatchStream) -> SendableRecordBatchStream {
    let mut output = RecordBatchReceiverStream::builder(input.schema(), 1);
    let taken = output.tx();
    output.spawn(async move {
        while let Some(batch) = input.next().await {
            if taken.send(batch).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    output.build()
}
