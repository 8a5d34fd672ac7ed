//! What differs from a receipt, and how it is told.

use std::ops::RangeInclusive;

/// Findings that are listed one by one.
const LISTED: usize = 20;

/// All that differs.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

/// Offsets that are not as the receipt says.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) place: String,
    pub(super) offsets: RangeInclusive<i64>,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// There is no record, for this reason.
    Missing(String),
    /// There are others, at some of the offsets at least.
    Other,
}

impl Findings {
    pub(super) fn extend(&mut self, more: impl Iterator<Item = Finding>) {
        self.0.extend(more);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The findings in words, for a receipt of so many rows.
    pub(super) fn told(&self, rows: u64) -> String {
        let (mut missing, mut others) = (0_u64, 0_u64);
        for finding in &self.0 {
            let count = match finding.kind {
                Kind::Missing(_) => &mut missing,
                Kind::Other => &mut others,
            };
            *count = count.saturating_add(finding.count());
        }
        let mut text = match (missing, others) {
            (missing, 0) => format!("{missing} of {rows} rows are not there"),
            (0, others) => format!("among {others} of {rows} rows are others than were written"),
            (missing, others) => format!(
                "{missing} of {rows} rows are not there, and among {others} are others than were written"
            ),
        };
        for finding in self.0.iter().take(LISTED) {
            text.push_str(&format!("\n  {}", finding.told()));
        }
        if let Some(more) = self.0.len().checked_sub(LISTED).filter(|more| *more > 0) {
            text.push_str(&format!("\n  and {more} more runs of offsets"));
        }
        text
    }
}

impl Finding {
    fn told(&self) -> String {
        let Self {
            place,
            offsets,
            kind,
        } = self;
        let reason = match kind {
            Kind::Missing(reason) => reason,
            Kind::Other => {
                "the checksum is another: the topic was created anew, or the log was cut, and others have \
                 written there"
            }
        };
        let (first, last) = offsets.clone().into_inner();
        if first == last {
            format!("{place} offset {first}: {reason}")
        } else {
            format!("{place} offsets {first} to {last}: {reason}")
        }
    }

    fn count(&self) -> u64 {
        let (first, last) = self.offsets.clone().into_inner();
        last.abs_diff(first).saturating_add(1)
    }
}
