//! A data frame over streams.

use datafusion::{
    common::{DFSchema, TableReference},
    error::Result,
    logical_expr::{Expr, JoinType, LogicalPlan, select_expr::SelectExpr},
    prelude::{DataFrame, SessionContext},
};

use crate::DataStreamWriter;

/// A query over streams, shaped row by row. It runs once it is written: see [`DataStreamWriter::start`].
///
/// What DataFusion's [`DataFrame`] has besides goes through [`transform`](Self::transform), and SQL through
/// [`create_view`](Self::create_view) and [`from_frame`](Self::from_frame). What needs the rows of all batches
/// (aggregations, `DISTINCT`, `ORDER BY`, `LIMIT`, window functions, joins of two streams) is refused when the
/// query is started, by name.
///
/// Within a batch `now()` is the time at which the batch was planned, also when it runs again. Static tables
/// are read anew for each batch.
#[derive(Clone)]
pub struct StreamingFrame {
    frame: DataFrame,
}

impl StreamingFrame {
    /// A frame with streams in it, of SQL for instance:
    ///
    /// ```
    /// use datafusion::prelude::*;
    /// use tokafka_streaming::{StreamingFrame, read_stream};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let ctx = SessionContext::new();
    /// let orders = read_stream(&ctx)
    ///     .option("kafka.bootstrap.servers", "localhost:9092")
    ///     .option("subscribe", "orders")
    ///     .load()?;
    /// orders.create_view(&ctx, "orders")?;
    /// let query = "SELECT key, CAST(value AS STRING) AS value FROM orders WHERE key IS NOT NULL";
    /// let paid = StreamingFrame::from_frame(tokafka_datafusion::sql(&ctx, query).await?);
    /// let writer = paid.write_stream();
    /// # drop(writer);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// That there is a stream in it is checked at the start.
    pub fn from_frame(frame: DataFrame) -> Self {
        Self { frame }
    }

    /// A query with streams in it, in the session that it is planned in.
    pub fn from_plan(context: &SessionContext, plan: LogicalPlan) -> Self {
        Self::from_frame(DataFrame::new(context.state(), plan))
    }

    /// The columns.
    pub fn schema(&self) -> &DFSchema {
        self.frame.schema()
    }

    /// Any transformation of DataFusion's data frame: of a static frame that is joined with the stream, for
    /// instance.
    ///
    /// # Errors
    /// Those of `transformation`.
    pub fn transform(
        self,
        transformation: impl FnOnce(DataFrame) -> Result<DataFrame>,
    ) -> Result<Self> {
        transformation(self.frame).map(Self::from_frame)
    }

    /// Columns by expressions.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn select(self, exprs: impl IntoIterator<Item = impl Into<SelectExpr>>) -> Result<Self> {
        self.transform(|frame| frame.select(exprs))
    }

    /// Columns by expressions of SQL, in the spellings of [`tokafka_datafusion::sql()`].
    ///
    /// # Errors
    /// DataFusion's.
    pub fn select_exprs(self, exprs: &[&str]) -> Result<Self> {
        self.transform(|frame| tokafka_datafusion::select_exprs(frame, exprs))
    }

    /// The rows for which `predicate` is true.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn filter(self, predicate: Expr) -> Result<Self> {
        self.transform(|frame| frame.filter(predicate))
    }

    /// A column more, or another one in the place of that name.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn with_column(self, name: &str, expr: Expr) -> Result<Self> {
        self.transform(|frame| frame.with_column(name, expr))
    }

    /// A column under another name. No change if there is none.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn with_column_renamed(self, old: &str, new: &str) -> Result<Self> {
        self.transform(|frame| frame.with_column_renamed(old, new))
    }

    /// Without these columns.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn drop_columns(self, columns: &[&str]) -> Result<Self> {
        self.transform(|frame| frame.drop_columns(columns))
    }

    /// The rows of both, columns by their place. Each partition of both has a writer of its own.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn union(self, other: Self) -> Result<Self> {
        self.transform(|frame| frame.union(other.frame))
    }

    /// The rows of both, columns by their name.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn union_by_name(self, other: Self) -> Result<Self> {
        self.transform(|frame| frame.union_by_name(other.frame))
    }

    /// The name of the whole, for qualified columns.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn alias(self, alias: &str) -> Result<Self> {
        self.transform(|frame| frame.alias(alias))
    }

    /// A row for each element of these lists, and a column for each field of these structs.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn unnest_columns(self, columns: &[&str]) -> Result<Self> {
        self.transform(|frame| frame.unnest_columns(columns))
    }

    /// The stream's rows with those of a static table that have equal columns. The table is held in memory, and
    /// the order of the stream's rows stays as it is.
    ///
    /// `Inner`, `Left`, `LeftSemi` and `LeftAnti` can be started; a static frame is joined with a stream on its
    /// right side by [`transform`](Self::transform).
    ///
    /// # Errors
    /// DataFusion's.
    #[expect(
        clippy::too_many_arguments,
        reason = "those of DataFusion's data frame"
    )]
    pub fn join(
        self,
        right: DataFrame,
        join_type: JoinType,
        left_columns: &[&str],
        right_columns: &[&str],
        filter: Option<Expr>,
    ) -> Result<Self> {
        self.transform(|frame| frame.join(right, join_type, left_columns, right_columns, filter))
    }

    /// As [`join`](Self::join), by expressions, one of which has to say that columns are equal.
    ///
    /// # Errors
    /// DataFusion's.
    pub fn join_on(
        self,
        right: DataFrame,
        join_type: JoinType,
        on: impl IntoIterator<Item = Expr>,
    ) -> Result<Self> {
        self.transform(|frame| frame.join_on(right, join_type, on))
    }

    /// Makes it a table of a session, which SQL can select from: see [`from_frame`](Self::from_frame).
    ///
    /// # Errors
    /// A table of that name.
    pub fn create_view(
        &self,
        context: &SessionContext,
        name: impl Into<TableReference>,
    ) -> Result<()> {
        let view = self.frame.clone().into_view();
        context.register_table(name, view).map(drop)
    }

    /// Says how it is written.
    pub fn write_stream(self) -> DataStreamWriter {
        DataStreamWriter::new(self.frame)
    }
}

impl From<DataFrame> for StreamingFrame {
    fn from(frame: DataFrame) -> Self {
        Self::from_frame(frame)
    }
}

impl std::fmt::Debug for StreamingFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StreamingFrame").field(&self.frame).finish()
    }
}
