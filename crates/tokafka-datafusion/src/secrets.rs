//! `${env:NAME}`, `${file:PATH}`: options whose values do not stand in a statement.

use std::{error::Error, fmt, sync::Arc};

use datafusion::{
    common::{plan_datafusion_err, plan_err},
    error::Result,
};

/// Gives the values that options of SQL statements refer to: of `${env:NAME}` the one of `NAME`, and
/// so on for every source that it knows.
///
/// tokafka reads neither the environment nor files on its own: a statement may come from someone
/// who must not see them. A closure of source and name will do:
///
/// ```
/// use datafusion::prelude::SessionContext;
/// use tokafka_datafusion::{SqlOptions, register_with};
///
/// let ctx = SessionContext::new();
/// let secrets = |source: &str, name: &str| match source {
///     "env" => std::env::var(name).map_err(Into::into),
///     other => Err(format!("{other} is not a source of secrets").into()),
/// };
/// register_with(&ctx, SqlOptions::new().secrets(secrets));
/// ```
pub trait SecretResolver: Send + Sync {
    /// The value of `${source:name}`. It is called whenever a statement is planned.
    ///
    /// # Errors
    /// Why there is no value. The text is shown, with the name of the option before it.
    fn resolve(
        &self,
        source: &str,
        name: &str,
    ) -> std::result::Result<String, Box<dyn Error + Send + Sync>>;
}

impl<F> SecretResolver for F
where
    F: Fn(&str, &str) -> std::result::Result<String, Box<dyn Error + Send + Sync>> + Send + Sync,
{
    fn resolve(
        &self,
        source: &str,
        name: &str,
    ) -> std::result::Result<String, Box<dyn Error + Send + Sync>> {
        self(source, name)
    }
}

/// What a session resolves references with, if it does.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Option<Arc<dyn SecretResolver>>);

impl Secrets {
    pub(crate) fn new(resolver: impl SecretResolver + 'static) -> Self {
        Self(Some(Arc::new(resolver)))
    }

    /// Source and name, if the whole text is a reference.
    pub(crate) fn reference(text: &str) -> Option<(&str, &str)> {
        text.strip_prefix("${")?.strip_suffix('}')?.split_once(':')
    }

    /// The value of a reference, which `option` is set to.
    pub(crate) fn resolve(&self, option: &str, (source, name): (&str, &str)) -> Result<String> {
        let Some(resolver) = &self.0 else {
            return plan_err!(
                "option '{option}' is '${{{source}:{name}}}', and this session resolves no \
                 references: register with tokafka::register_with and SqlOptions::secrets, which resolve them"
            );
        };
        resolver.resolve(source, name).map_err(|error| {
            plan_datafusion_err!("option '{option}' is '${{{source}:{name}}}': {error}")
        })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.0.is_some()).finish()
    }
}
