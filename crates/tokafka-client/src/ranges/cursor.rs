use super::page::Page;
use crate::{batch::StoredBatch, error::BatchError};
use std::ops::Range;

/// Answers without a batch, one after the other, by which a broker shows that there is none. One
/// alone may mean that the broker gave up waiting for its own storage.
const SILENT_ANSWERS: u32 = 3;

/// A whole batch whose checksum is right.
#[derive(Debug)]
pub struct FetchedBatch {
    /// The batch.
    pub stored: StoredBatch,
    /// Which of its offsets lie in the range and were not given out before; never empty.
    pub offsets: Range<i64>,
    /// True for a control batch and, if committed records were asked for, for one of an aborted
    /// transaction: readers do not get its records.
    pub hidden: bool,
}

/// How far a range was read, and the answer that is being read.
#[derive(Debug)]
pub(super) struct RangeCursor {
    position: i64,
    end: i64,
    page: Page,
    /// Where the page begins.
    asked_for: i64,
    /// How many answers in a row showed nothing up to the end.
    silent: u32,
}

impl RangeCursor {
    pub(super) fn new(range: Range<i64>) -> Self {
        Self {
            position: range.start,
            end: range.end,
            page: Page::nothing(),
            asked_for: range.start,
            silent: 0,
        }
    }

    /// The offset that is read next: all below were given out, or will never be.
    pub(super) fn position(&self) -> i64 {
        self.position
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position >= self.end
    }

    /// True if the log ends before the range, as far as is known.
    pub(super) fn is_beyond_log(&self) -> bool {
        !self.is_at_end() && self.page.ends_before(self.end)
    }

    /// Goes to an offset, from which all is read anew.
    pub(super) fn rewind(&mut self, offset: i64) {
        self.position = offset;
        self.page = Page::nothing();
    }

    /// The next batch of the answer that has offsets in the range; `None` where the answer or the
    /// range ends.
    ///
    /// Fails as well for an answer that brings the reader no further: to ask again would be for ever.
    pub(super) fn next_batch(&mut self) -> Result<Option<FetchedBatch>, BatchError> {
        while !self.is_at_end()
            && let Some(stored) = self.page.next_batch().transpose()?
        {
            if let Some(batch) = self.take(stored)? {
                return Ok(Some(batch));
            }
        }
        if !self.is_at_end() && self.page.had_bytes() && self.position == self.asked_for {
            return Err(BatchError::Malformed(
                "the answer holds no whole batch from the offset on",
            ));
        }
        Ok(None)
    }

    /// Where the range goes on behind the answer, if there is something already.
    pub(super) fn page_after(&self) -> Option<i64> {
        self.page.after().filter(|after| *after < self.end)
    }

    /// Goes on with the answer of a broker that was asked for what lies at the position.
    pub(super) fn turn_to(&mut self, page: Page) {
        self.silent = if page.shows_nothing_before(self.end) {
            self.silent + 1
        } else {
            0
        };
        if self.silent >= SILENT_ANSWERS {
            self.position = self.end;
        }
        (self.page, self.asked_for) = (page, self.position);
    }

    fn take(&mut self, stored: StoredBatch) -> Result<Option<FetchedBatch>, BatchError> {
        let (first, last) = (stored.header.base_offset, stored.header.last_offset());
        if first >= self.end {
            self.position = self.end;
            return Ok(None);
        }
        stored.verify()?;
        let hidden = self.page.hides(&stored.header);
        let offsets = first.max(self.position)..last.saturating_add(1).min(self.end);
        if offsets.is_empty() {
            return Ok(None);
        }
        self.position = offsets.end;
        Ok(Some(FetchedBatch {
            stored,
            offsets,
            hidden,
        }))
    }
}

#[cfg(test)]
mod tests;
