//! Comparisons that a scan understands.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::DataType,
    logical_expr::{BinaryExpr, Expr, Operator},
    scalar::ScalarValue,
};

const OFFSET: &str = "offset";
const TIMESTAMP: &str = "timestamp";

/// What a column is compared with.
pub(super) enum Side {
    Offset(i64),
    /// Milliseconds since the epoch, rounded down.
    Time(i64),
}

/// `column operator literal`, or the same the other way round.
pub(super) fn comparison(filter: &Expr) -> Option<(Operator, Side)> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else {
        return None;
    };
    let is_comparison = matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
    );
    if !is_comparison {
        return None;
    }
    if let Expr::Literal(value, _) = right.as_ref() {
        return Some((*op, side(left, value)?));
    }
    let Expr::Literal(value, _) = left.as_ref() else {
        return None;
    };
    Some((op.swap()?, side(right, value)?))
}

fn side(column: &Expr, value: &ScalarValue) -> Option<Side> {
    match (column, value) {
        (Expr::Column(column), ScalarValue::Int64(Some(value))) if column.name == OFFSET => {
            Some(Side::Offset(*value))
        }
        _ if is_time(column) => millis(value).map(Side::Time),
        _ => None,
    }
}

/// The column, or a cast of it to another unit: the time is the same. A cast that leaves out the time zone
/// is not, unless it is UTC.
fn is_time(expr: &Expr) -> bool {
    let (column, to) = match expr {
        Expr::Cast(cast) => (cast.expr.as_ref(), Some(cast.field.data_type())),
        other => (other, None),
    };
    let is_utc = |zone: &Arc<str>| matches!(zone.as_ref(), "UTC" | "+00:00");
    let keeps_time = match to {
        None => true,
        Some(DataType::Timestamp(_, zone)) => zone.as_ref().is_some_and(is_utc),
        Some(_) => false,
    };
    keeps_time && matches!(column, Expr::Column(column) if column.name == TIMESTAMP)
}

fn millis(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::TimestampSecond(Some(value), _) => value.checked_mul(1000),
        ScalarValue::TimestampMillisecond(Some(value), _) => Some(*value),
        ScalarValue::TimestampMicrosecond(Some(value), _) => Some(value.div_euclid(1000)),
        ScalarValue::TimestampNanosecond(Some(value), _) => Some(value.div_euclid(1_000_000)),
        _ => None,
    }
}
