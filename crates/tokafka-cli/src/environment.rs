//! The one place that reads the environment.

/// The value of a variable, if it is set to text that is not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "the program, and only it, reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
