//! `from_json(text, schema)`: JSON texts as columns, as Spark reads them in its PERMISSIVE mode.

mod ddl;
mod decode;
mod scalar;

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray},
        compute::cast,
        datatypes::{DataType, Field, FieldRef},
    },
    common::{exec_err, plan_datafusion_err, plan_err},
    error::Result,
    logical_expr::{
        ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
        Signature, Volatility,
    },
    scalar::ScalarValue,
};

use super::options::pairs;

const NAME: &str = "from_json";

/// JSON texts as values of an Arrow type: a struct, a list or a map of the types that
/// [`functions`](crate::functions) lists. The session needs nothing registered.
///
/// # Errors
/// A type that JSON is not read as.
pub fn from_json(text: Expr, schema: &DataType) -> Result<Expr> {
    let function = FromJson::new(Some(checked(schema.clone())?));
    Ok(ScalarUDF::new_from_impl(function).call(vec![text]))
}

/// The same with the schema in Spark's words: `id INT, tags ARRAY<STRING>`.
///
/// # Errors
/// A schema that is not understood, with the place.
pub fn from_json_ddl(text: Expr, schema: &str) -> Result<Expr> {
    from_json(text, &ddl::parse(schema)?)
}

/// `from_json(text, schema[, options])`; with a schema of its own, `from_json(text)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct FromJson {
    signature: Signature,
    schema: Option<DataType>,
}

/// What the arguments after the text say.
struct Call {
    schema: DataType,
    fail_fast: bool,
    corrupt: String,
}

impl FromJson {
    pub(super) fn new(schema: Option<DataType>) -> Self {
        Self {
            signature: Signature::variadic_any(Volatility::Immutable),
            schema,
        }
    }

    fn call(&self, rest: &[Option<&ScalarValue>]) -> Result<Call> {
        let (schema, options) = match (&self.schema, rest) {
            (Some(schema), []) => (schema.clone(), None),
            (None, [schema]) => (given(*schema)?, None),
            (None, [schema, options]) => (given(*schema)?, Some(*options)),
            _ => {
                return plan_err!(
                    "{NAME} takes a text, a schema such as 'id INT, name STRING', and a map of options if need be"
                );
            }
        };
        let mut call = Call {
            schema,
            fail_fast: false,
            corrupt: "_corrupt_record".to_owned(),
        };
        let options = match options {
            Some(Some(options)) => pairs(NAME, options)?,
            // A map is a constant only once the plan was optimized.
            Some(None) | None => Vec::new(),
        };
        for (name, value) in options {
            call.set(&name, value)?;
        }
        Ok(call)
    }
}

impl Call {
    fn set(&mut self, name: &str, value: String) -> Result<()> {
        match (
            name.to_ascii_lowercase().as_str(),
            value.to_ascii_uppercase().as_str(),
        ) {
            ("mode", "PERMISSIVE") => self.fail_fast = false,
            ("mode", "FAILFAST") => self.fail_fast = true,
            ("mode", _) => {
                return plan_err!("{NAME}: mode must be PERMISSIVE or FAILFAST, not {value:?}");
            }
            ("columnnameofcorruptrecord", _) => self.corrupt = value,
            _ => {
                return plan_err!(
                    "{NAME}: unknown option {name:?}; there are mode and columnNameOfCorruptRecord"
                );
            }
        }
        Ok(())
    }
}

fn given(schema: Option<&ScalarValue>) -> Result<DataType> {
    match schema.and_then(ScalarValue::try_as_str).flatten() {
        Some(schema) => ddl::parse(schema),
        None => {
            plan_err!("the schema of {NAME} must be a constant text, such as 'id INT, name STRING'")
        }
    }
}

fn checked(schema: DataType) -> Result<DataType> {
    match &schema {
        DataType::Struct(_) | DataType::List(_) | DataType::Map(_, _) => {}
        other => return plan_err!("{NAME} gives a struct, an array or a map, not {other}"),
    }
    match decode::check(&schema) {
        Ok(()) => Ok(schema),
        Err(error) => plan_err!("{NAME}: {error}"),
    }
}

impl ScalarUDFImpl for FromJson {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("the type of {NAME} depends on its schema")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let Some((text, _)) = args.arg_fields.split_first() else {
            return plan_err!("{NAME} takes a text");
        };
        if !is_text(text.data_type()) {
            return plan_err!(
                "{NAME} takes a text, not {}: CAST(… AS STRING) makes one of it",
                text.data_type()
            );
        }
        let call = self.call(args.scalar_arguments.get(1..).unwrap_or_default())?;
        Ok(Arc::new(Field::new(NAME, checked(call.schema)?, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some((text, rest)) = args.args.split_first() else {
            return plan_err!("{NAME} takes a text");
        };
        let constant = |value: &ColumnarValue| match value {
            ColumnarValue::Scalar(value) => Ok(value.clone()),
            ColumnarValue::Array(_) => Err(plan_datafusion_err!(
                "the schema and options of {NAME} must be constant"
            )),
        };
        let rest: Vec<_> = rest.iter().map(constant).collect::<Result<_>>()?;
        let call = self.call(&rest.iter().map(Some).collect::<Vec<_>>())?;
        match text {
            ColumnarValue::Array(texts) => Ok(ColumnarValue::Array(decoded(texts, &call)?)),
            ColumnarValue::Scalar(text) => {
                let values = decoded(&text.to_array()?, &call)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                    &values, 0,
                )?))
            }
        }
    }
}

fn decoded(texts: &ArrayRef, call: &Call) -> Result<ArrayRef> {
    let texts = cast(texts, &DataType::Utf8)?;
    let decoded = decode::decode(texts.as_string(), &call.schema, &call.corrupt)?;
    match decoded.first_bad {
        Some(row) if call.fail_fast => exec_err!(
            "{NAME}: row {row} of its batch does not fit the schema; mode PERMISSIVE makes null of what \
             does not fit"
        ),
        _ => Ok(decoded.values),
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}
