//! The function itself.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::ArrayRef,
        datatypes::{DataType, Field, FieldRef},
    },
    common::{plan_datafusion_err, plan_err},
    error::{DataFusionError, Result},
    logical_expr::{
        ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
    },
    physical_expr::{PhysicalExpr, ScalarFunctionExpr, expressions::Literal},
    scalar::ScalarValue,
};
use tokafka_arrow::{JsonEncoder, JsonOptions};

use super::options::json_options;

pub(super) const NAME: &str = "to_json";

/// `to_json(value[, options])`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ToJson {
    signature: Signature,
}

impl ToJson {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for ToJson {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    /// Refuses what is wrong with the arguments, as far as they are known before the query runs. A
    /// star that is still to be expanded has the null type.
    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let (value, rest) = match args.arg_fields {
            [value] => (value, None),
            [value, _] => (value, args.scalar_arguments.get(1)),
            _ => return plan_err!("{NAME} takes a value, and a map of options if need be"),
        };
        let options = match rest.copied().flatten() {
            Some(constant) => json_options(constant)?,
            None => JsonOptions::new(),
        };
        encoder(value.data_type(), &options)?;
        Ok(Arc::new(Field::new(
            NAME,
            DataType::Utf8,
            value.is_nullable(),
        )))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let options = match args.args.get(1) {
            None => JsonOptions::new(),
            Some(ColumnarValue::Scalar(constant)) => json_options(constant)?,
            Some(ColumnarValue::Array(_)) => {
                return plan_err!("the options of {NAME} must be the same for all rows");
            }
        };
        match args.args.first() {
            Some(ColumnarValue::Array(values)) => Ok(ColumnarValue::Array(json(values, &options)?)),
            Some(ColumnarValue::Scalar(value)) => {
                let json = json(&value.to_array()?, &options)?;
                let json = ScalarValue::try_from_array(&json, 0)?;
                Ok(ColumnarValue::Scalar(json))
            }
            None => plan_err!("{NAME} takes a value"),
        }
    }
}

fn json(values: &ArrayRef, options: &JsonOptions) -> Result<ArrayRef> {
    let encoded = encoder(values.data_type(), options)?.encode(values);
    match encoded {
        Ok(json) => Ok(Arc::new(json)),
        Err(error) => {
            let error = DataFusionError::External(Box::new(error));
            Err(error.context(format!("{NAME}, whose rows are counted within their batch")))
        }
    }
}

fn encoder(data_type: &DataType, options: &JsonOptions) -> Result<JsonEncoder> {
    JsonEncoder::new(data_type, options).map_err(|error| plan_datafusion_err!("{error}"))
}

/// The argument of a `to_json` whose options are known, and these.
pub(crate) fn as_to_json(
    expr: &Arc<dyn PhysicalExpr>,
) -> Option<(Arc<dyn PhysicalExpr>, JsonOptions)> {
    let call = expr.downcast_ref::<ScalarFunctionExpr>()?;
    call.fun().inner().downcast_ref::<ToJson>()?;
    match call.args() {
        [value] => Some((Arc::clone(value), JsonOptions::new())),
        [value, options] => {
            let constant = options.downcast_ref::<Literal>()?;
            Some((Arc::clone(value), json_options(constant.value()).ok()?))
        }
        _ => None,
    }
}
