//! `to_json` and `from_json` in SQL and in expressions.
//!
//! [`register`](crate::register) brings them into a session:
//!
//! ```
//! use datafusion::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> datafusion::error::Result<()> {
//! let ctx = SessionContext::new();
//! tokafka_datafusion::register(&ctx);
//! let orders = ctx.sql("SELECT to_json(*) AS value FROM (VALUES (7, 'paid')) AS t (id, state)").await?;
//! # let rows = orders.clone().collect().await?;
//! # let text = datafusion::arrow::util::pretty::pretty_format_batches(&rows)?.to_string();
//! # assert!(text.contains(r#"{"id":7,"state":"paid"}"#), "{text}");
//! # Ok(())
//! # }
//! ```
//!
//! - `to_json(x)` of a struct, a map or a list, as Spark writes it; `to_json(x, map('k', 'v'))`, or
//!   `named_struct('k', 'v', …)` for several, with the options of
//!   [`JsonOptions::set`](crate::JsonOptions::set).
//! - `to_json(*)` and `to_json(t.*)` of all columns, with joins and subqueries as `SELECT *` sees
//!   them. Not of the groups of a GROUP BY.
//! - `to_json(struct(a, b))` names its fields `a` and `b`, as Spark does.
//! - `to_json(struct(*))` and `map('k', 'v', 'k', 'v')`, which DataFusion's parser does not take,
//!   through [`sql`](crate::sql) and [`select_exprs`](crate::select_exprs).
//! - [`to_json`], [`to_json_with`] and [`struct_all`] in the DataFrame API.
//! - `from_json(text, 'id INT, tags ARRAY<STRING>')`, [`from_json`] and [`from_json_ddl`]: JSON texts
//!   as a struct, a list or a map. What does not fit its type is null, in its field alone; a text that
//!   is no JSON gives a struct of nulls, and its text in the field `_corrupt_record`, if the schema
//!   has one. The options are `mode` (`PERMISSIVE`, or `FAILFAST`, which fails the query) and
//!   `columnNameOfCorruptRecord`. Types are Boolean, Int8 to Int64, Float32, Float64, Decimal128, Utf8,
//!   Binary (base64), Date32, Timestamp in microseconds, Struct, List and Map with Utf8 keys.

mod build;
mod from_json;
mod options;
mod star;
mod udf;

use std::sync::Arc;

use datafusion::{logical_expr::ScalarUDF, prelude::SessionContext};

pub use build::{struct_all, to_json, to_json_with};
pub use from_json::{from_json, from_json_ddl};
pub(crate) use udf::as_to_json;

use self::{from_json::FromJson, star::ExpandStar, udf::ToJson};

/// Adds the functions and the analyzer rule.
pub(crate) fn register(context: &SessionContext) {
    context.register_udf(ScalarUDF::new_from_impl(ToJson::new()));
    context.register_udf(ScalarUDF::new_from_impl(FromJson::new(None)));
    context.add_analyzer_rule(Arc::new(ExpandStar));
}
