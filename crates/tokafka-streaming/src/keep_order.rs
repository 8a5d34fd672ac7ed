//! Outer joins keep the order of the stream.

use std::{fmt, sync::Arc};

use datafusion::{
    common::{
        JoinType,
        config::ConfigOptions,
        internal_err,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{EquivalenceProperties, PhysicalExpr, PhysicalSortExpr, expressions::Column},
    physical_optimizer::PhysicalOptimizerRule,
    physical_plan::{
        ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan,
        ExecutionPlanProperties, PlanProperties, ReplaceChildrenOptions,
        execution_plan::replace_children_if_necessary, joins::HashJoinExec,
    },
};

/// Puts an [`ArrivalOrderExec`] below each outer join of a stream, on its side. It has to be the last of the rules.
#[derive(Debug)]
pub(crate) struct KeepOrder;

impl PhysicalOptimizerRule for KeepOrder {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(keep_order).map(|kept| kept.data)
    }

    fn name(&self) -> &'static str {
        "keep_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn keep_order(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let Some(join) = plan.downcast_ref::<HashJoinExec>() else {
        return Ok(Transformed::no(plan));
    };
    if *join.join_type() != JoinType::Right || join.right().output_ordering().is_some() {
        return Ok(Transformed::no(plan));
    }
    let right: Arc<dyn ExecutionPlan> = Arc::new(ArrivalOrderExec::new(Arc::clone(join.right())));
    let children = vec![Arc::clone(join.left()), right];
    replace_children_if_necessary(plan, children).map(Transformed::yes)
}

/// Rows whose order matters.
///
/// A hash join writes the rows without a match behind those with one, batch by batch, unless its right side says
/// that it is ordered. This says so, by a column that it is not ordered by: nothing else asks any more, since the
/// plan is optimized.
#[derive(Debug)]
struct ArrivalOrderExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl ArrivalOrderExec {
    fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let schema = input.schema();
        let first = schema.fields().first();
        let order = first
            .map(|field| PhysicalSortExpr::new_default(Arc::new(Column::new(field.name(), 0))));
        let ordered = EquivalenceProperties::new_with_orderings(schema, [order]);
        let properties = input.properties().as_ref().clone();
        Self {
            properties: Arc::new(properties.with_eq_properties(ordered)),
            input,
        }
    }
}

impl DisplayAs for ArrivalOrderExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::Default | DisplayFormatType::Verbose => f.write_str(self.name()),
            DisplayFormatType::TreeRender => Ok(()),
        }
    }
}

impl ExecutionPlan for ArrivalOrderExec {
    fn name(&self) -> &'static str {
        "ArrivalOrderExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.pop()) {
            (Some(input), None) => Ok(Arc::new(Self::new(input))),
            _ => internal_err!("{} has one input", self.name()),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let recompute = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, recompute)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }
}
