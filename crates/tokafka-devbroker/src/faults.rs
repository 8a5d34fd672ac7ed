//! Faults that a test injects, and which request meets which.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use kafka_protocol::{ResponseError, messages::ApiKey};

/// Something that goes wrong `times` times for requests that match.
///
/// A request matches if it is of kind `api` and names the topic and the partition, as far as they
/// are given. A request meets at most one fault: of those that match, the first injected that has
/// let `after` requests pass and is not used up. Faults injected later do not count that request.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The kind of request.
    pub api: ApiKey,
    /// Any topic if none is named.
    pub topic: Option<String>,
    /// Any partition if none is named. Requests that name no partitions never match one.
    pub partition: Option<i32>,
    /// Matching requests that pass first.
    pub after: u32,
    /// Matching requests that meet the fault then.
    pub times: u32,
    /// What happens to them.
    pub action: FaultAction,
}

/// What happens to a request that meets a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultAction {
    /// Not carried out; answered with this error (per matching partition).
    Refuse(ResponseError),
    /// Carried out, then answered with this error.
    CarryOutThenAnswer(ResponseError),
    /// Carried out; the connection is cut instead of an answer.
    LoseAnswer,
    /// Not carried out; the connection is cut.
    Cut,
    /// Carried out; never answered. As answers keep their order, the connection stays open but no
    /// later request on it is carried out.
    Silence,
    /// Carried out and answered after a while.
    Delay(Duration),
    /// Carried out once the test calls [`DevBroker::release`](crate::DevBroker::release), and then
    /// answered. Later requests on the connection wait behind it.
    Hold,
    /// Carried out twice, as a network that repeats would have it; answered once.
    Repeat,
    /// Carried out and answered at once with this `throttle_time_ms`; the connection is not muted.
    Throttle(Duration),
}

/// What a request acts on: a topic, and a partition if its kind names partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) topic: String,
    pub(crate) partition: Option<i32>,
}

/// The faults that are not used up, in order of injection.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn inject(&self, fault: Fault) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }

    /// Decides what happens to a request, and counts it.
    pub(crate) fn meet(&self, api: ApiKey, targets: &[Target]) -> Verdict {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let met = faults
            .iter_mut()
            .filter(|fault| fault.matches(api, targets))
            .find_map(Fault::count);
        faults.retain(|fault| fault.times > 0);
        Verdict(met)
    }
}

impl Fault {
    fn matches(&self, api: ApiKey, targets: &[Target]) -> bool {
        let whole_request = self.topic.is_none() && self.partition.is_none();
        self.api == api && (whole_request || targets.iter().any(|target| self.covers(target)))
    }

    fn covers(&self, target: &Target) -> bool {
        self.topic
            .as_ref()
            .is_none_or(|topic| *topic == target.topic)
            && self
                .partition
                .is_none_or(|partition| target.partition == Some(partition))
    }

    /// Counts a matching request; `Some` if it meets this fault.
    fn count(&mut self) -> Option<Self> {
        if self.after > 0 {
            self.after -= 1;
            return None;
        }
        self.times = self.times.checked_sub(1)?;
        Some(self.clone())
    }
}

/// The fault that one request meets, if any.
#[derive(Debug)]
pub(crate) struct Verdict(Option<Fault>);

impl Verdict {
    pub(crate) fn action(&self) -> Option<FaultAction> {
        self.0.as_ref().map(|fault| fault.action)
    }

    /// The error to answer for a partition that must not be carried out.
    pub(crate) fn refuses(&self, topic: &str, partition: Option<i32>) -> Option<ResponseError> {
        match self.covering(topic, partition)? {
            FaultAction::Refuse(error) => Some(error),
            FaultAction::CarryOutThenAnswer(_)
            | FaultAction::LoseAnswer
            | FaultAction::Cut
            | FaultAction::Silence
            | FaultAction::Delay(_)
            | FaultAction::Hold
            | FaultAction::Repeat
            | FaultAction::Throttle(_) => None,
        }
    }

    /// The error to answer for a partition that was carried out.
    pub(crate) fn belies(&self, topic: &str, partition: Option<i32>) -> Option<ResponseError> {
        match self.covering(topic, partition)? {
            FaultAction::CarryOutThenAnswer(error) => Some(error),
            FaultAction::Refuse(_)
            | FaultAction::LoseAnswer
            | FaultAction::Cut
            | FaultAction::Silence
            | FaultAction::Delay(_)
            | FaultAction::Hold
            | FaultAction::Repeat
            | FaultAction::Throttle(_) => None,
        }
    }

    /// The error to answer for a request of a kind that names no topics.
    pub(crate) fn spoils_request(&self) -> Option<ResponseError> {
        match self.action()? {
            FaultAction::Refuse(error) | FaultAction::CarryOutThenAnswer(error) => Some(error),
            FaultAction::LoseAnswer
            | FaultAction::Cut
            | FaultAction::Silence
            | FaultAction::Delay(_)
            | FaultAction::Hold
            | FaultAction::Repeat
            | FaultAction::Throttle(_) => None,
        }
    }

    fn covering(&self, topic: &str, partition: Option<i32>) -> Option<FaultAction> {
        let target = Target {
            topic: topic.to_owned(),
            partition,
        };
        self.0
            .as_ref()
            .filter(|fault| fault.covers(&target))
            .map(|fault| fault.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(topic: &str, after: u32, times: u32, action: FaultAction) -> Fault {
        Fault {
            api: ApiKey::Produce,
            topic: Some(topic.to_owned()),
            partition: Some(0),
            after,
            times,
            action,
        }
    }

    fn meet(faults: &Faults, topic: &str) -> Option<FaultAction> {
        let target = Target {
            topic: topic.to_owned(),
            partition: Some(0),
        };
        faults.meet(ApiKey::Produce, &[target]).action()
    }

    #[test]
    fn faults_act_one_per_request_in_order_of_injection() {
        let faults = Faults::default();
        faults.inject(fault("t", 1, 1, FaultAction::Cut));
        faults.inject(fault("t", 0, 2, FaultAction::LoseAnswer));
        let met: Vec<_> = (0..4).map(|_| meet(&faults, "t")).collect();
        let (cut, lost) = (Some(FaultAction::Cut), Some(FaultAction::LoseAnswer));
        assert_eq!(met, [lost, cut, lost, None]);
    }

    #[test]
    fn a_fault_for_another_topic_does_not_count_the_request() {
        let faults = Faults::default();
        faults.inject(fault("t", 0, 1, FaultAction::Cut));
        assert_eq!(meet(&faults, "u"), None);
        assert_eq!(meet(&faults, "t"), Some(FaultAction::Cut));
    }
}
