//! What rows are: records, column by column, or JSON objects.

use crate::{
    args::{RowForm, ShapeArgs},
    exit::wrong_use,
};

/// Columns that a record is made of, and in which order they are selected.
pub(super) const ATTRIBUTES: [&str; 6] =
    ["topic", "key", "value", "headers", "partition", "timestamp"];
/// Columns of a topic that was read: Kafka assigns them anew, so leaving them out drops nothing.
const ASSIGNED: [&str; 2] = ["offset", "timestampType"];

/// The columns of a frame, as a form is told by them.
pub(super) struct Columns<'a> {
    pub(super) names: &'a [String],
    /// True for one that an expression from the command line uses.
    pub(super) is_used: &'a dyn Fn(&str) -> bool,
    /// How messages call the frame.
    pub(super) source: &'a str,
}

impl Columns<'_> {
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|column| column == name)
    }

    /// Those that are not Kafka's and that no expression uses: records leave them out.
    pub(super) fn dropped(&self) -> Vec<String> {
        let known = |name: &str| ATTRIBUTES.contains(&name) || ASSIGNED.contains(&name);
        self.names
            .iter()
            .filter(|name| !known(name) && !(self.is_used)(name))
            .cloned()
            .collect()
    }
}

/// The form that was said, or the one that the columns leave no doubt of.
///
/// Fails, as wrong use, if records have no value, or if rows could be either.
pub(super) fn form(columns: &Columns<'_>, shape: &ShapeArgs) -> anyhow::Result<RowForm> {
    if shape.form == Some(RowForm::Json) {
        return Ok(RowForm::Json);
    }
    if shape.value.is_some() {
        return Ok(RowForm::Records);
    }
    let records = shape.form == Some(RowForm::Records);
    if !records && !ATTRIBUTES.into_iter().any(|name| columns.has(name)) {
        return Ok(RowForm::Json);
    }
    if !columns.has("value") {
        return Err(wrong_use(no_value(columns)));
    }
    let dropped = columns.dropped();
    if records || dropped.is_empty() {
        return Ok(RowForm::Records);
    }
    Err(wrong_use(format!(
        "{} has columns of a record and others, which would be dropped: {}. To drop them, say --as records; \
         to send each row as a JSON object of all its columns, --as json; to shape the rows, use \
         --sql 'SELECT … AS key, … AS value FROM input' or --value EXPR",
        columns.source,
        dropped.join(", ")
    )))
}

fn no_value(columns: &Columns<'_>) -> String {
    format!(
        "{} does not hold records: Required attribute 'value' not found among its columns {}. To send each \
         row as a JSON object of all of them, say --as json; to send one of them, --value EXPR; to shape \
         the rows, --sql 'SELECT … AS key, … AS value FROM input'",
        columns.source,
        columns.names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> ShapeArgs {
        ShapeArgs {
            topic: None,
            sql: None,
            form: None,
            key: None,
            value: None,
            partition: None,
            topic_expr: None,
            header: vec![],
        }
    }

    fn told(names: &[&str], used: &str, shape: &ShapeArgs) -> Result<RowForm, String> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let columns = Columns {
            names: &names,
            is_used: &|name| name == used,
            source: "t.csv",
        };
        form(&columns, shape).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_that_all_are_kafkas_are_records_and_columns_of_which_none_is_are_json() {
        let shape = shape();
        for names in [
            &["value"][..],
            &["key", "value", "headers", "offset", "timestampType"],
        ] {
            assert_eq!(told(names, "", &shape), Ok(RowForm::Records), "{names:?}");
        }
        for names in [&["id"][..], &["id", "offset"], &["Key", "Value"]] {
            assert_eq!(told(names, "", &shape), Ok(RowForm::Json), "{names:?}");
            assert_eq!(told(names, "id", &shape), Ok(RowForm::Json), "{names:?}");
        }
    }

    #[test]
    fn a_mixture_is_refused_unless_nothing_is_dropped_or_it_was_said_what_it_is() {
        let mut shape = shape();
        let mixed = ["host", "value", "note"];
        let error = told(&mixed, "host", &shape).unwrap_err();
        assert!(error.contains("would be dropped: note."), "{error}");
        assert_eq!(told(&mixed[..2], "host", &shape), Ok(RowForm::Records));
        for form in [RowForm::Records, RowForm::Json] {
            shape.form = Some(form);
            assert_eq!(told(&mixed, "", &shape), Ok(form));
        }
    }

    #[test]
    fn columns_of_a_record_without_a_value_are_no_records() {
        let mut shape = shape();
        for names in [&["id", "timestamp"][..], &["key"]] {
            let error = told(names, "id", &shape).unwrap_err();
            assert!(error.contains("'value' not found"), "{error}");
            assert!(error.contains("--as json"), "{error}");
        }
        shape.value = Some("id".to_owned());
        assert_eq!(
            told(&["id", "timestamp"], "id", &shape),
            Ok(RowForm::Records)
        );
    }
}
