//! Options of a statement as they were typed: DataFusion makes a map of them, which has one of each.

use datafusion::{
    error::Result,
    sql::parser::{CopyToStatement, CreateExternalTable, ExplainStatement, Statement},
};

use crate::table::refuse_repeated;

/// The word behind STORED AS.
const KAFKA: &str = "KAFKA";

/// Refuses an option of Kafka's that is given twice in a statement, in whatever spelling.
pub(super) fn check(statement: &Statement) -> Result<()> {
    let (format, options) = match statement {
        Statement::CreateExternalTable(CreateExternalTable {
            file_type, options, ..
        }) => (Some(file_type), options),
        Statement::CopyTo(CopyToStatement {
            stored_as, options, ..
        }) => (stored_as.as_ref(), options),
        Statement::Explain(ExplainStatement { statement, .. }) => return check(statement),
        Statement::Statement(_) | Statement::Reset(_) => return Ok(()),
    };
    match format {
        Some(format) if format.eq_ignore_ascii_case(KAFKA) => {
            refuse_repeated(options.iter().map(|(name, _)| name.as_str()))
        }
        Some(_) | None => Ok(()),
    }
}
