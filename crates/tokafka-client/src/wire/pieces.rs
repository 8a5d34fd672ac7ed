//! Bytes in several pieces, written without joining them.

use std::{collections::VecDeque, io::IoSlice};

use bytes::{Buf, Bytes};

/// A queue of byte strings that reads as one. Writing it to a socket is one vectored write.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// None of them empty.
    pieces: VecDeque<Bytes>,
    remaining: usize,
}

impl Pieces {
    pub(super) fn new(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        let pieces: VecDeque<Bytes> = pieces
            .into_iter()
            .filter(|piece| !piece.is_empty())
            .collect();
        let remaining = pieces.iter().map(Bytes::len).sum();
        Self { pieces, remaining }
    }

    /// Puts a piece before all others.
    pub(super) fn prepend(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.remaining += piece.len();
            self.pieces.push_front(piece);
        }
    }
}

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.remaining
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| piece)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let filled = slices.iter_mut().zip(&self.pieces);
        filled
            .map(|(slice, piece)| *slice = IoSlice::new(piece))
            .count()
    }

    /// Skips bytes; more than remain skips them all.
    fn advance(&mut self, count: usize) {
        let mut left = count.min(self.remaining);
        self.remaining -= left;
        while left > 0
            && let Some(piece) = self.pieces.front_mut()
        {
            if piece.len() > left {
                piece.advance(left);
                return;
            }
            left -= piece.len();
            self.pieces.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(texts: &[&'static str]) -> Pieces {
        Pieces::new(texts.iter().map(|text| Bytes::from_static(text.as_bytes())))
    }

    #[test]
    fn pieces_read_as_one_string_wherever_reading_stops() {
        for first in 0..=9 {
            let mut all = pieces(&["abc", "", "d", "efghi"]);
            let start = all.copy_to_bytes(first);
            let rest = all.copy_to_bytes(all.remaining());
            assert_eq!([start, rest].concat(), b"abcdefghi");
        }
    }

    #[test]
    fn every_piece_is_a_slice_of_one_vectored_write() {
        let mut all = pieces(&["cd", "efg"]);
        all.prepend(Bytes::from_static(b"ab"));
        all.advance(3);
        let mut slices = [IoSlice::new(&[]); 8];
        assert_eq!(all.chunks_vectored(&mut slices), 2);
        assert_eq!((&*slices[0], &*slices[1]), (&b"d"[..], &b"efg"[..]));
    }
}
