//! What the flags of a read mean.

use tokafka_arrow::Place;
use tokafka_client::settings::FetchSettings;

use crate::{
    args::{Isolation, ReadArgs, ReadOutput},
    connect::OptionSet,
    exit::wrong_use,
    notice::Notices,
    render::parse_rfc3339,
};

use super::Extent;

/// A read as it was asked for.
#[derive(Debug)]
pub(super) struct ReadPlan {
    pub(super) topic: String,
    pub(super) settings: FetchSettings,
    pub(super) extent: Extent,
    /// Empty: all of them.
    pub(super) partitions: Vec<i32>,
    pub(super) limit: u64,
    pub(super) follow: bool,
    pub(super) show: Show,
}

/// What is printed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Show {
    Count,
    Records(ReadOutput),
}

impl ReadPlan {
    /// Fails, as wrong use, if the flags or options cannot be.
    pub(super) fn new(args: ReadArgs, notices: &Notices) -> anyhow::Result<Self> {
        let mut options = OptionSet::collect(&args.connect, notices)?;
        options.default_bootstrap();
        options.require_bootstrap("")?;
        if let Some(level) = args.isolation {
            options.put("isolation.level", isolation(level).to_owned());
        }
        let settings = options.fetch_settings()?;
        let from = place("--from", &args.from)?;
        let to = place("--to", &args.to)?;
        if is_backwards(from, to) {
            return Err(wrong_use(format!(
                "--from {} lies after --to {}: nothing is between them",
                args.from, args.to
            )));
        }
        let isolation = settings.isolation;
        Ok(Self {
            topic: args.topic,
            settings,
            extent: Extent {
                from,
                to,
                isolation,
            },
            partitions: args.partition,
            limit: args.limit.unwrap_or(u64::MAX),
            follow: args.follow,
            show: if args.count_only {
                Show::Count
            } else {
                Show::Records(args.output)
            },
        })
    }
}

/// True if no topic can have a record between the two. The end is where it is when reading begins.
fn is_backwards(from: Place, to: Place) -> bool {
    match (from, to) {
        (Place::Offset(from), Place::Offset(to)) | (Place::Time(from), Place::Time(to)) => {
            from > to
        }
        (Place::Earliest, _) | (_, Place::Latest) => false,
        (_, Place::Earliest) | (Place::Latest, _) => true,
        (Place::Offset(_), Place::Time(_)) | (Place::Time(_), Place::Offset(_)) => false,
    }
}

fn isolation(level: Isolation) -> &'static str {
    match level {
        Isolation::ReadCommitted => "read_committed",
        Isolation::ReadUncommitted => "read_uncommitted",
    }
}

fn place(flag: &str, text: &str) -> anyhow::Result<Place> {
    let parsed = match text {
        "earliest" => Some(Place::Earliest),
        "latest" => Some(Place::Latest),
        _ => match text.strip_prefix('@') {
            Some(millis) => millis.parse().ok().map(Place::Time),
            None => offset(text).or_else(|| parse_rfc3339(text).map(Place::Time)),
        },
    };
    parsed.ok_or_else(|| {
        wrong_use(format!(
            "{flag} {text}: expected earliest, latest, an offset, a time such as 2026-01-31T12:00:00Z, or \
             milliseconds such as @1700000000000"
        ))
    })
}

fn offset(text: &str) -> Option<Place> {
    text.parse()
        .ok()
        .filter(|offset| *offset >= 0)
        .map(Place::Offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_lies_between_a_place_and_an_earlier_one() {
        let places = [
            [
                Place::Earliest,
                Place::Offset(3),
                Place::Offset(4),
                Place::Latest,
            ],
            [
                Place::Earliest,
                Place::Time(3),
                Place::Time(4),
                Place::Latest,
            ],
        ];
        for ascending in places {
            for (from, first) in ascending.into_iter().enumerate() {
                for (to, second) in ascending.into_iter().enumerate() {
                    assert_eq!(
                        is_backwards(first, second),
                        from > to,
                        "{first:?} {second:?}"
                    );
                }
            }
        }
        assert!(!is_backwards(Place::Offset(9), Place::Time(1)));
    }

    #[test]
    fn a_place_is_a_word_an_offset_or_a_time() {
        let cases = [
            ("earliest", Place::Earliest),
            ("latest", Place::Latest),
            ("42", Place::Offset(42)),
            ("@1700000000000", Place::Time(1_700_000_000_000)),
            ("2023-11-14T22:13:20Z", Place::Time(1_700_000_000_000)),
        ];
        for (text, expected) in cases {
            assert_eq!(place("--from", text).unwrap(), expected, "{text}");
        }
        for text in ["", "-1", "first", "@x"] {
            assert!(
                place("--from", text)
                    .unwrap_err()
                    .to_string()
                    .starts_with("--from "),
                "{text}"
            );
        }
    }
}
