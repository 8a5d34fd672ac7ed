//! Options of a statement as they were typed: DataFusion makes a map of them, which has one of each.

use datafusion::{
    error::Result,
    sql::parser::{CopyToStatement, CreateExternalTable, Statement},
};

use crate::table::{STORED_AS, refuse_repeated};

/// Refuses an option of Kafka's that is given twice in a statement, in whatever spelling.
pub(super) fn check(statement: &Statement) -> Result<()> {
    let (format, options) = match statement {
        Statement::CreateExternalTable(CreateExternalTable {
            file_type, options, ..
        }) => (Some(file_type), options),
        Statement::CopyTo(CopyToStatement {
            stored_as, options, ..
        }) => (stored_as.as_ref(), options),
        Statement::Statement(_) | Statement::Explain(_) | Statement::Reset(_) => return Ok(()),
    };
    match format {
        Some(format) if format.eq_ignore_ascii_case(STORED_AS) => {
            refuse_repeated(options.iter().map(|(name, _)| name.as_str()))
        }
        Some(_) | None => Ok(()),
    }
}
