//! Which offsets of a partition filters leave.

mod comparison;

use std::{ops::Range, sync::Arc};

use datafusion::{
    arrow::{
        array::{AsArray, Int32Array, RecordBatch},
        datatypes::{DataType, Field, Schema},
    },
    catalog::Session,
    common::{
        DFSchema,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    error::Result,
    logical_expr::{
        BinaryExpr, Expr, Operator, TableProviderFilterPushDown, expr_rewriter::unnormalize_col,
    },
};

use self::comparison::{Side, comparison};

const PARTITION: &str = "partition";

/// How much of a filter a scan does by itself: all of it, some, or nothing.
pub(super) fn claim(filter: &Expr) -> TableProviderFilterPushDown {
    if is_exact(filter) {
        TableProviderFilterPushDown::Exact
    } else if narrows(filter) {
        TableProviderFilterPushDown::Inexact
    } else {
        TableProviderFilterPushDown::Unsupported
    }
}

/// What may be left of a partition: at least what the filters keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) offsets: Range<i64>,
    /// No record before the first one that is as late is kept; milliseconds since the epoch.
    pub(super) since: Option<i64>,
}

impl Window {
    const ALL: Self = Self {
        offsets: i64::MIN..i64::MAX,
        since: None,
    };
    const NOTHING: Self = Self {
        offsets: 0..0,
        since: None,
    };

    fn and(self, other: Self) -> Self {
        let start = self.offsets.start.max(other.offsets.start);
        let end = self.offsets.end.min(other.offsets.end);
        Self {
            offsets: start..end,
            since: self.since.max(other.since),
        }
    }

    /// The least window that holds both.
    fn or(self, other: Self) -> Self {
        if self.offsets.is_empty() {
            return other;
        }
        if other.offsets.is_empty() {
            return self;
        }
        let start = self.offsets.start.min(other.offsets.start);
        let end = self.offsets.end.max(other.offsets.end);
        Self {
            offsets: start..end,
            since: self.since.zip(other.since).map(|(one, two)| one.min(two)),
        }
    }
}

/// What all of these filters leave of a partition.
///
/// # Errors
/// A filter on the partition that cannot be computed.
pub(super) fn window(session: &dyn Session, filters: &[Expr], partition: i32) -> Result<Window> {
    let mut window = Window::ALL;
    for filter in filters {
        window = window.and(left_by(session, filter, partition)?);
    }
    Ok(window)
}

fn left_by(session: &dyn Session, filter: &Expr, partition: i32) -> Result<Window> {
    if is_of_partition(filter) {
        return Ok(match holds(session, filter, partition)? {
            true => Window::ALL,
            false => Window::NOTHING,
        });
    }
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_logic(*op) => {
            let left = left_by(session, left, partition)?;
            let right = left_by(session, right, partition)?;
            Ok(match op {
                Operator::And => left.and(right),
                _ => left.or(right),
            })
        }
        _ => Ok(leaf(filter).unwrap_or(Window::ALL)),
    }
}

fn is_logic(operator: Operator) -> bool {
    matches!(operator, Operator::And | Operator::Or)
}

fn is_exact(filter: &Expr) -> bool {
    match filter {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::And,
            right,
        }) => is_exact(left) && is_exact(right),
        _ => {
            is_of_partition(filter)
                || comparison(filter).is_some_and(|found| {
                    matches!(found.1, Side::Offset(_)) && found.0 != Operator::NotEq
                })
        }
    }
}

/// True if a window of the filter can be less than all.
fn narrows(filter: &Expr) -> bool {
    match filter {
        _ if is_of_partition(filter) => true,
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_logic(*op) => match op {
            Operator::And => narrows(left) || narrows(right),
            _ => narrows(left) && narrows(right),
        },
        _ => leaf(filter).is_some_and(|window| window != Window::ALL),
    }
}

fn leaf(filter: &Expr) -> Option<Window> {
    let (operator, side) = comparison(filter)?;
    Some(match side {
        Side::Offset(value) => {
            let next = value.saturating_add(1);
            let offsets = match operator {
                Operator::Eq => value..next,
                Operator::Lt => i64::MIN..value,
                Operator::LtEq => i64::MIN..next,
                Operator::Gt => next..i64::MAX,
                Operator::GtEq => value..i64::MAX,
                _ => i64::MIN..i64::MAX,
            };
            Window {
                offsets,
                since: None,
            }
        }
        Side::Time(millis) => {
            let is_lower = matches!(operator, Operator::Eq | Operator::Gt | Operator::GtEq);
            Window {
                since: is_lower.then_some(millis),
                ..Window::ALL
            }
        }
    })
}

/// True for what can be computed of the partition alone.
fn is_of_partition(filter: &Expr) -> bool {
    let mut any = false;
    let mut only = true;
    let looked = filter.apply(|part| {
        match part {
            Expr::Column(column) => {
                any = true;
                only &= column.name == PARTITION;
            }
            Expr::Literal(_, _)
            | Expr::BinaryExpr(_)
            | Expr::Not(_)
            | Expr::Negative(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::InList(_)
            | Expr::Between(_)
            | Expr::Cast(_) => {}
            _ => only = false,
        }
        Ok(TreeNodeRecursion::Continue)
    });
    looked.is_ok() && any && only
}

fn holds(session: &dyn Session, filter: &Expr, partition: i32) -> Result<bool> {
    let field = Field::new(PARTITION, DataType::Int32, true);
    let schema = Arc::new(Schema::new(vec![field]));
    let filter = session.create_physical_expr(
        unnormalize_col(filter.clone()),
        &DFSchema::try_from(Arc::clone(&schema))?,
    )?;
    let row = Arc::new(Int32Array::from(vec![partition]));
    let row = RecordBatch::try_new(schema, vec![row])?;
    let kept = filter.evaluate(&row)?.into_array(1)?;
    Ok(kept
        .as_boolean_opt()
        .is_some_and(|kept| kept.iter().flatten().any(|kept| kept)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::{
        prelude::{SessionContext, col, lit},
        scalar::ScalarValue,
    };

    fn of(filter: Expr, partition: i32) -> Window {
        let state = SessionContext::new().state();
        window(&state, &[filter], partition).unwrap()
    }

    fn time(millis: i64) -> Expr {
        lit(ScalarValue::TimestampMillisecond(
            Some(millis),
            Some("UTC".into()),
        ))
    }

    #[test]
    fn offsets_and_partitions_are_exact_and_times_are_not() {
        use TableProviderFilterPushDown::{Exact, Inexact, Unsupported};
        let offset = || col("offset").gt(lit(5_i64));
        let partition = || col("partition").in_list(vec![lit(1), lit(2)], false);
        let key = || col("key").eq(lit("k"));
        assert_eq!(claim(&offset().and(partition())), Exact);
        assert_eq!(claim(&partition().or(col("partition").eq(lit(7)))), Exact);
        assert_eq!(claim(&lit(5_i64).lt_eq(col("offset"))), Exact);
        assert_eq!(claim(&offset().or(partition())), Inexact);
        assert_eq!(claim(&offset().or(col("offset").lt(lit(1_i64)))), Inexact);
        assert_eq!(claim(&col("timestamp").gt_eq(time(1))), Inexact);
        assert_eq!(claim(&col("timestamp").lt(time(1))), Unsupported);
        assert_eq!(claim(&key().and(offset())), Inexact);
        assert_eq!(claim(&key().or(offset())), Unsupported);
        assert_eq!(claim(&col("offset").not_eq(lit(5_i64))), Unsupported);
    }

    #[test]
    fn a_window_is_the_least_that_holds_what_is_kept() {
        let offset = |from: i64, to: i64| {
            col("offset")
                .gt_eq(lit(from))
                .and(col("offset").lt(lit(to)))
        };
        assert_eq!(of(offset(3, 9), 0).offsets, 3..9);
        assert_eq!(of(col("offset").eq(lit(4_i64)), 0).offsets, 4..5);
        assert_eq!(of(lit(4_i64).gt(col("offset")), 0).offsets, i64::MIN..4);
        assert_eq!(of(offset(1, 2).or(offset(7, 9)), 0).offsets, 1..9);
        let partition = |number: i32| col("partition").eq(lit(number));
        let each = || {
            let first = partition(0).and(offset(1, 5));
            first.or(partition(1).and(offset(10, 20)))
        };
        assert_eq!(of(each(), 0).offsets, 1..5);
        assert_eq!(of(each(), 1).offsets, 10..20);
        assert!(of(each(), 2).offsets.is_empty());
        let odd = (col("partition") % lit(2)).eq(lit(1));
        assert_eq!(of(odd.clone(), 3), Window::ALL);
        assert!(of(odd, 2).offsets.is_empty());
    }

    #[test]
    fn only_a_lower_bound_of_time_narrows() {
        assert_eq!(of(col("timestamp").gt_eq(time(7)), 0).since, Some(7));
        assert_eq!(of(col("timestamp").lt(time(7)), 0), Window::ALL);
        let both = col("timestamp")
            .gt(time(7))
            .and(col("timestamp").gt(time(9)));
        assert_eq!(of(both, 0).since, Some(9));
        let either = col("timestamp")
            .gt(time(7))
            .or(col("timestamp").gt(time(9)));
        assert_eq!(of(either, 0).since, Some(7));
        let open = col("timestamp")
            .gt(time(7))
            .or(col("offset").gt(lit(3_i64)));
        assert_eq!(of(open, 0).since, None);
    }
}
