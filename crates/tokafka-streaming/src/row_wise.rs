//! What a query may do with a stream: what it makes of each record by itself.

use datafusion::{
    common::{
        JoinType,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    error::Result,
    logical_expr::{Distinct, Join, LogicalPlan},
};

use crate::{static_side::reads_stream, table::is_stream};

/// Why a plan, as it was written, cannot be a stream's: the first of its nodes that is not row by row, and what to do instead.
///
/// # Errors
/// DataFusion's.
pub(crate) fn refusal(plan: &LogicalPlan) -> Result<Option<String>> {
    first(plan, |node| {
        let mut in_subquery = false;
        node.apply_subqueries(|subquery| {
            in_subquery |= has_stream_anywhere(subquery)?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        match in_subquery {
            true => Ok(Some(unsupported(SUBQUERY))),
            false => of_node(node),
        }
    })
}

/// Why a plan, as it was optimized, cannot be a stream's: joins that would not keep the order of its records.
///
/// # Errors
/// DataFusion's.
pub(crate) fn join_refusal(optimized: &LogicalPlan) -> Result<Option<String>> {
    first(optimized, |node| {
        let LogicalPlan::Join(join) = node else {
            return Ok(None);
        };
        if !reads_stream(node)? {
            return Ok(None);
        }
        Ok(match join {
            join if join.null_aware => Some(unsupported(NOT_IN)),
            join if join.on.is_empty() => Some(unsupported(NO_EQUALITY)),
            _ => None,
        })
    })
}

/// An operator, why a stream cannot have it, and what to do instead.
type Reason = (&'static str, &'static str);

const AGGREGATION: Reason = (
    "aggregation",
    "GROUP BY and aggregate functions need the rows of all batches. Write the rows, and aggregate where they are read",
);
const DISTINCT: Reason = (
    "DISTINCT",
    "it needs the rows of all batches. Write all rows, and leave out repeated ones where they are read",
);
const UNION_DISTINCT: Reason = (
    "UNION without ALL",
    "repeated rows can only be found among all batches. Use UNION ALL",
);
const SORT: Reason = (
    "ORDER BY",
    "there is no last row. Leave it out: the records of each partition are written in their order",
);
const LIMIT: Reason = (
    "LIMIT",
    "there is no last row. For smaller batches set maxOffsetsPerTrigger; for the first records of a topic read it in batch",
);
const WINDOW: Reason = (
    "a window function",
    "it needs the rows of all batches. Write the rows, and use it where they are read",
);
const REPARTITION: Reason = (
    "repartition",
    "each partition of a topic has a writer of its own, which keeps its order. For more writers set minPartitions",
);
const RECURSIVE: Reason = (
    "a recursive query",
    "it needs the rows of all batches. Write the rows, and query them where they are read",
);
const SUBQUERY: Reason = (
    "a subquery",
    "a batch does not hold what the subquery looks for. Select from the stream itself, and look up in static tables",
);
const STATIC_UNION: Reason = (
    "UNION with a static table",
    "its rows would be written with every batch. Write the static table once, in batch",
);
const TWO_STREAMS: &str = "a join of two streams is not supported: rows that belong together may come in \
     different batches. Join with a static table, or write both and join where they are read";
const NOT_IN: Reason = (
    "NOT IN (SELECT …)",
    "it would hold all rows of the stream. Use NOT EXISTS (SELECT …)",
);
const NO_EQUALITY: Reason = (
    "a join without an equality of columns",
    "it would not keep the order of the records. Join by columns that are equal, or take a single value by (SELECT …)",
);

fn unsupported((operator, reason): Reason) -> String {
    format!("{operator} is not supported over a stream: {reason}")
}

fn first(
    plan: &LogicalPlan,
    refusal: impl Fn(&LogicalPlan) -> Result<Option<String>>,
) -> Result<Option<String>> {
    let mut found = None;
    plan.apply(|node| {
        found = refusal(node)?;
        Ok(match found {
            Some(_) => TreeNodeRecursion::Stop,
            None => TreeNodeRecursion::Continue,
        })
    })?;
    Ok(found)
}

fn has_stream_anywhere(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found |= is_stream(node);
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// Why a node cannot be above a stream.
fn of_node(node: &LogicalPlan) -> Result<Option<String>> {
    let inputs = node.inputs().into_iter().map(reads_stream);
    let inputs: Vec<bool> = inputs.collect::<Result<_>>()?;
    if !inputs.contains(&true) {
        return Ok(None);
    }
    let reason = match node {
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Unnest(_) => return Ok(None),
        LogicalPlan::Union(_) if inputs.contains(&false) => STATIC_UNION,
        LogicalPlan::Union(_) => return Ok(None),
        LogicalPlan::Join(join) => return of_join(join),
        LogicalPlan::Aggregate(_) => AGGREGATION,
        LogicalPlan::Distinct(Distinct::All(input)) if matches!(**input, LogicalPlan::Union(_)) => {
            UNION_DISTINCT
        }
        LogicalPlan::Distinct(_) => DISTINCT,
        LogicalPlan::Sort(_) => SORT,
        LogicalPlan::Limit(_) => LIMIT,
        LogicalPlan::Window(_) => WINDOW,
        LogicalPlan::Repartition(_) => REPARTITION,
        LogicalPlan::RecursiveQuery(_) => RECURSIVE,
        LogicalPlan::Subquery(_) => SUBQUERY,
        other => return Ok(Some(unknown(other))),
    };
    Ok(Some(unsupported(reason)))
}

fn unknown(node: &LogicalPlan) -> String {
    let node = node.display().to_string();
    let node = node.split([':', ' ']).next().unwrap_or_default();
    format!("{node} is not supported over a stream: select, filter and join what its records hold")
}

/// Which side of a join may be a stream: all whose rows are each written by themselves, when they come.
fn of_join(join: &Join) -> Result<Option<String>> {
    let (left, right) = (reads_stream(&join.left)?, reads_stream(&join.right)?);
    if left && right {
        return Ok(Some(TWO_STREAMS.to_owned()));
    }
    let preserves_static = match join.join_type {
        JoinType::Inner => false,
        JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => right,
        JoinType::Right | JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => left,
        JoinType::Full => true,
    };
    Ok(preserves_static.then(|| outer(join.join_type, left)))
}

/// In Spark's words, where it has them.
fn outer(join_type: JoinType, stream_is_left: bool) -> String {
    let (stream, other) = match stream_is_left {
        true => ("left", "right"),
        false => ("right", "left"),
    };
    let (name, instead) = match join_type {
        JoinType::Left | JoinType::Right | JoinType::Full => (
            "outer join",
            "rows of the static side would be written for every batch that does not match them. Use an inner join, or keep the rows of the stream",
        ),
        _ => (
            "join",
            "rows of the static side would be written with every batch. Keep the rows of the stream",
        ),
    };
    format!(
        "{join_type} {name} with a streaming DataFrame/Dataset on the {stream} and a static DataFrame/Dataset on the {other} not supported: {instead}"
    )
}
