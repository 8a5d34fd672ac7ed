//! Short ways to JSON.

use arrow::array::Array;
use tokafka_arrow::{JsonEncoder, JsonOptions};

pub(crate) fn json_with(column: &dyn Array, options: &[(&str, &str)]) -> Vec<Option<String>> {
    let set = |all: JsonOptions, (name, value): &(&str, &str)| all.set(name, value).unwrap();
    let options = options.iter().fold(JsonOptions::new(), set);
    let json = JsonEncoder::new(column.data_type(), &options)
        .unwrap()
        .encode(column);
    json.unwrap()
        .iter()
        .map(|text| text.map(str::to_owned))
        .collect()
}

pub(crate) fn json(column: &dyn Array) -> Vec<Option<String>> {
    json_with(column, &[])
}

/// JSON of rows none of which is null.
pub(crate) fn strings(column: &dyn Array) -> Vec<String> {
    json(column).into_iter().map(Option::unwrap).collect()
}

/// JSON of the only row.
pub(crate) fn row(column: &dyn Array) -> String {
    let [row] = strings(column).try_into().unwrap();
    row
}
