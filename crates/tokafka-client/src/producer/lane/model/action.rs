//! What can happen, and how often it is drawn.

use proptest::prelude::*;

/// How the broker, or the network before it, deals with one request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Treatment {
    Honest,
    /// Not appended, may be tried again.
    Unwilling,
    /// Appended if its sequence is right; answered with a time-out.
    Unsure,
    /// Not appended, for good.
    Unacceptable,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    HandOver(u32),
    Send,
    /// The broker takes the next request of a connection.
    Serve(usize, Treatment),
    /// The next answer of a connection arrives.
    Answer(usize),
    /// A connection is lost; the broker may still find requests in its buffers.
    Cut(usize),
    /// The broker takes a request of a lost connection.
    ServeLost,
    /// Requests go over the other connection from now on.
    Move,
    /// The broker loses its connections, and remembers only the last batch.
    Restart,
    /// The log is asked what a lane wants to know.
    Ask,
    /// The answer arrives.
    Find,
    /// The broker takes only batches of so many rows.
    Limit(u32),
    /// The time for the oldest batch is over.
    GiveUp,
}

/// What a lane must get through without losing anything.
pub(super) fn mild_action() -> impl Strategy<Value = Action> {
    let treatment = prop_oneof![
        8 => Just(Treatment::Honest),
        2 => Just(Treatment::Unwilling),
        1 => Just(Treatment::Unsure),
    ];
    prop_oneof![
        6 => (1_u32..=4).prop_map(Action::HandOver),
        12 => Just(Action::Send),
        10 => (0_usize..2, treatment).prop_map(|(at, how)| Action::Serve(at, how)),
        10 => (0_usize..2).prop_map(Action::Answer),
        1 => (0_usize..2).prop_map(Action::Cut),
        2 => Just(Action::ServeLost),
        1 => Just(Action::Move),
        1 => Just(Action::Restart),
        6 => Just(Action::Ask),
        6 => Just(Action::Find),
    ]
}

pub(super) fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        42 => mild_action(),
        1 => (0_usize..2).prop_map(|at| Action::Serve(at, Treatment::Unacceptable)),
        1 => (1_u32..=4).prop_map(Action::Limit),
        1 => Just(Action::GiveUp),
    ]
}
