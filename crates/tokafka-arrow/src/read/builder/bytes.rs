//! Keys or values, as views.

use arrow::{
    array::{BinaryViewArray, BinaryViewBuilder},
    buffer::Buffer,
};
use bytes::Bytes;

/// Longer ones are looked at where they are; these are part of their view.
const INLINE: usize = 12;

/// Bodies from this length on are shared. Shorter ones are copied: many small blocks cost more than their copy,
/// and few bytes should not keep an answer of a broker in memory.
const WORTH_SHARING: usize = 4 << 10;

/// The records of a batch of a log in memory that columns can share.
#[derive(Debug)]
pub(super) struct Body(Buffer);

impl Body {
    pub(super) fn worth_sharing(bytes: &Bytes) -> Option<Self> {
        (bytes.len() >= WORTH_SHARING).then(|| Self(Buffer::from(bytes.clone())))
    }

    /// Where a part of the body begins.
    fn offset_of(&self, part: &[u8]) -> Option<u32> {
        let offset = part.as_ptr().addr().checked_sub(self.0.as_ptr().addr())?;
        u32::try_from(offset).ok()
    }
}

/// Bytes of records.
#[derive(Debug, Default)]
pub(super) struct BytesColumn {
    builder: BinaryViewBuilder,
    /// The body that records come of, if one of its bytes are shared.
    block: Option<u32>,
}

impl BytesColumn {
    /// Adds bytes, which are a part of `body` if there is one; gives their number.
    #[inline]
    pub(super) fn push(&mut self, bytes: Option<&[u8]>, body: Option<&Body>) -> usize {
        let Some(bytes) = bytes else {
            self.builder.append_null();
            return 0;
        };
        let shared = match body {
            Some(body) if bytes.len() > INLINE => self.share(bytes, body),
            _ => false,
        };
        if !shared {
            self.builder.append_value(bytes);
        }
        bytes.len()
    }

    /// False if they are no part of it.
    #[inline]
    fn share(&mut self, bytes: &[u8], body: &Body) -> bool {
        let place = body.offset_of(bytes).zip(u32::try_from(bytes.len()).ok());
        let Some((offset, length)) = place else {
            return false;
        };
        let builder = &mut self.builder;
        let block = *self
            .block
            .get_or_insert_with(|| builder.append_block(body.0.clone()));
        builder.try_append_view(block, offset, length).is_ok()
    }

    /// What comes next is of another body.
    pub(super) fn end_of_body(&mut self) {
        self.block = None;
    }

    pub(super) fn finish(&mut self) -> BinaryViewArray {
        self.block = None;
        self.builder.finish()
    }
}
