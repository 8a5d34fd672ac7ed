/// What values a property takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`, in any case.
    Boolean,
    /// A 32-bit integer, both bounds included.
    Int {
        /// Smallest value.
        min: i32,
        /// Largest value.
        max: i32,
    },
    /// A 64-bit integer of at least this.
    Long {
        /// Smallest value.
        min: i64,
    },
    /// A compression level, both bounds included, or -1 for the codec's own default.
    LevelOrDefault {
        /// Smallest level.
        min: i32,
        /// Largest level.
        max: i32,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, in any case.
    OneOfIgnoringCase(&'static [&'static str]),
}

impl Kind {
    /// An `Int` with a lower bound only.
    pub(super) const fn at_least(min: i32) -> Self {
        Self::Int { min, max: i32::MAX }
    }

    /// Whether `text`, without white space around it, is such a value; if not, why, as Kafka's
    /// `ConfigDef` says it.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        match self {
            Self::Text => Ok(()),
            Self::Boolean => parse_boolean(text).map(drop),
            Self::Int { .. } | Self::Long { .. } | Self::LevelOrDefault { .. } => {
                self.parse_number(text).map(drop)
            }
            Self::OneOf(words) if words.contains(&text) => Ok(()),
            Self::OneOf(words) => Err(format!("String must be one of: {}", words.join(", "))),
            Self::OneOfIgnoringCase(words) if contains_ignoring_case(words, text) => Ok(()),
            Self::OneOfIgnoringCase(words) => Err(format!(
                "String must be one of (case insensitive): {}",
                words.join(", ")
            )),
        }
    }

    /// The number that `text` stands for, within the bounds of this kind.
    pub(super) fn parse_number(self, text: &str) -> Result<i64, String> {
        match self {
            Self::Int { min, max } => {
                let number = parse_int(text)?;
                at_least(number, min.into())?;
                at_most(number, max.into())
            }
            Self::Long { min } => {
                let number = text.parse().map_err(|_| not_a_number("LONG"))?;
                at_least(number, min)
            }
            Self::LevelOrDefault { min, max } => match parse_int(text)? {
                -1 => Ok(-1),
                level if (min.into()..=max.into()).contains(&level) => Ok(level),
                _ => Err(format!(
                    "Value must be between {min} and {max} or equal to -1"
                )),
            },
            Self::Text | Self::Boolean | Self::OneOf(_) | Self::OneOfIgnoringCase(_) => {
                Err(not_a_number("LONG"))
            }
        }
    }
}

/// `true` or `false`, in any case.
pub(super) fn parse_boolean(text: &str) -> Result<bool, String> {
    if text.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if text.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err("Expected value to be either true or false".to_owned())
    }
}

fn parse_int(text: &str) -> Result<i64, String> {
    text.parse::<i32>()
        .map(i64::from)
        .map_err(|_| not_a_number("INT"))
}

fn not_a_number(kind: &str) -> String {
    format!("Not a number of type {kind}")
}

fn at_least(number: i64, min: i64) -> Result<i64, String> {
    if number < min {
        Err(format!("Value must be at least {min}"))
    } else {
        Ok(number)
    }
}

fn at_most(number: i64, max: i64) -> Result<i64, String> {
    if number > max {
        Err(format!("Value must be no more than {max}"))
    } else {
        Ok(number)
    }
}

fn contains_ignoring_case(words: &[&str], text: &str) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}
