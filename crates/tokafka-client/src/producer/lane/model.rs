//! A lane against a broker that keeps Kafka's rules of sequences (`ProducerStateManager`), over
//! connections that lose and delay.

use proptest::prelude::*;

use super::Break;

mod action;
mod broker;
mod rows;
mod world;

use action::{action, mild_action};
use world::World;

proptest! {
    #[test]
    fn no_acknowledged_row_is_missing_none_is_there_twice_and_each_is_told_of_once(
        actions in prop::collection::vec(action(), 1..120)
    ) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
        }
        world.settle();
        world.check();
    }

    #[test]
    fn losses_delays_moves_and_restarts_alone_lose_nothing(
        actions in prop::collection::vec(mild_action(), 1..120)
    ) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
        }
        world.settle();
        world.check();
        prop_assert_eq!(world.lane.broken(), None);
        let rows: Vec<u32> = (0..world.next_row).collect();
        prop_assert_eq!(&world.broker.log, &rows);
    }

    #[test]
    fn a_broker_that_forgets_the_producer_writes_nothing_twice(
        actions in prop::collection::vec(mild_action(), 1..120)
    ) {
        let mut world = World::of(true);
        for action in actions {
            world.act(action);
        }
        world.settle();
        // It accepts any sequence first, so that a batch may come before one that it was to follow: then
        // that one fails.
        world.check();
    }

    #[test]
    fn a_lane_that_is_ended_at_any_moment_tells_the_truth(
        actions in prop::collection::vec(action(), 1..60)
    ) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
        }
        world.break_up(Break::Ended);
        world.settle();
        world.check();
    }
}
