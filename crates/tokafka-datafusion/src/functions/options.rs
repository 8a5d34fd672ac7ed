//! The options of `to_json` and `from_json` as they come out of a query.

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StringArray},
        compute::cast,
        datatypes::DataType,
    },
    common::plan_datafusion_err,
    error::Result,
    scalar::ScalarValue,
};
use tokafka_arrow::JsonOptions;

/// Options from a constant map of strings, or from a struct.
pub(super) fn json_options(constant: &ScalarValue) -> Result<JsonOptions> {
    pairs("to_json", constant)?
        .into_iter()
        .try_fold(JsonOptions::new(), |options, (name, value)| {
            options.set(&name, &value)
        })
        .map_err(|error| plan_datafusion_err!("{error}"))
}

/// The names and values that a constant argument of a function holds.
pub(super) fn pairs(function: &str, constant: &ScalarValue) -> Result<Vec<(String, String)>> {
    match constant {
        ScalarValue::Map(map) if map.len() == 1 && map.is_valid(0) => {
            let entries = map.value(0);
            let (names, values) = (text(entries.column(0))?, text(entries.column(1))?);
            let pairs = names.iter().zip(values.iter());
            pairs
                .map(|(name, value)| {
                    Ok((
                        name.unwrap_or_default().to_owned(),
                        given(function, value)?.to_owned(),
                    ))
                })
                .collect()
        }
        ScalarValue::Struct(options) => {
            let columns = options.fields().iter().zip(options.columns());
            columns
                .map(|(field, column)| {
                    let value = text(column)?;
                    Ok((
                        field.name().clone(),
                        given(function, value.iter().next().flatten())?.to_owned(),
                    ))
                })
                .collect()
        }
        other => Err(plan_datafusion_err!(
            "the options of {function} must be a map or a struct of strings, not {}",
            other.data_type()
        )),
    }
}

fn text(array: &ArrayRef) -> Result<StringArray> {
    let text = cast(array, &DataType::Utf8)?;
    Ok(text.as_string::<i32>().clone())
}

fn given<'a>(function: &str, value: Option<&'a str>) -> Result<&'a str> {
    value.ok_or_else(|| plan_datafusion_err!("an option of {function} must not be null"))
}
