//! Faults that a test injects, and which request meets which.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kafka_protocol::{ResponseError, messages::ApiKey};

/// Something that goes wrong `times` times for requests that match.
///
/// A request matches if it is of kind `api` and names the topic and the partition, as far as they
/// are given. A request meets at most one fault: of those that match, the first injected that has
/// let `after` requests pass and is not used up. Faults injected later do not count that request.
///
/// [`FaultAction::CutRequest`] acts before the request is there, so for it alone `topic` and
/// `partition` mean nothing.
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
    /// Matching requests that meet the fault then; `u32::MAX` of them for "until the faults are
    /// cleared".
    pub times: u32,
    /// What happens to them.
    pub action: FaultAction,
}

/// What happens to a request that meets a fault.
///
/// As answers keep their order, nothing else happens on a connection while a request or its answer
/// waits. A client that gives the connection up does not take its waiting request back: it is
/// carried out all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultAction {
    /// Not carried out; answered with this error (per matching partition).
    Refuse(ResponseError),
    /// Not carried out; the connection is cut.
    Cut,
    /// Not carried out; the connection is cut when so many bytes of the request have come, its
    /// length field included.
    CutRequest(usize),
    /// Not carried out, never answered; the connection stays open but is never served again.
    Drop,
    /// Carried out after a while.
    DelayRequest(Duration),
    /// Carried out when the test releases it.
    HoldRequest,
    /// Carried out twice, as if it had come twice; the first outcome is answered.
    Duplicate,
    /// Carried out, then answered with this error.
    CarryOutThenAnswer(ResponseError),
    /// Carried out; the connection is cut instead of an answer.
    LoseAnswer,
    /// Carried out; the connection is cut after so many bytes of the answer, its length field
    /// included.
    CutAnswer(usize),
    /// Carried out, never answered; the connection stays open but is never served again.
    Silence,
    /// Carried out and answered after a while.
    DelayAnswer(Duration),
    /// Carried out, and answered when the test releases it.
    HoldAnswer,
    /// Carried out and answered at once with this `throttle_time_ms`; for that long the connection
    /// is not served (KIP-219).
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
        self.faults().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.faults().clear();
    }

    /// Decides what happens to a request, and counts it.
    pub(crate) fn meet(&self, api: ApiKey, targets: &[Target]) -> Verdict {
        Verdict(
            self.first(|fault| {
                fault.action.cut_of_request().is_none() && fault.matches(api, targets)
            }),
        )
    }

    /// After how many of its bytes a request that begins to come is cut off, and counts it.
    pub(crate) fn cut_request(&self, api: ApiKey) -> Option<usize> {
        self.first(|fault| fault.api == api && fault.action.cut_of_request().is_some())?
            .action
            .cut_of_request()
    }

    fn first(&self, matches: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut faults = self.faults();
        let met = faults
            .iter_mut()
            .filter(|fault| matches(fault))
            .find_map(Fault::count);
        faults.retain(|fault| fault.times > 0);
        met
    }

    fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

impl FaultAction {
    fn cut_of_request(self) -> Option<usize> {
        if let Self::CutRequest(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }

    fn refusal(self) -> Option<ResponseError> {
        if let Self::Refuse(error) = self {
            Some(error)
        } else {
            None
        }
    }

    fn false_answer(self) -> Option<ResponseError> {
        if let Self::CarryOutThenAnswer(error) = self {
            Some(error)
        } else {
            None
        }
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
        self.covering(topic, partition)?.refusal()
    }

    /// The error to answer for a partition that was carried out.
    pub(crate) fn belies(&self, topic: &str, partition: Option<i32>) -> Option<ResponseError> {
        self.covering(topic, partition)?.false_answer()
    }

    /// The error to answer for a request of a kind that names no topics.
    pub(crate) fn spoils_request(&self) -> Option<ResponseError> {
        let action = self.action()?;
        action.refusal().or(action.false_answer())
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

    #[test]
    fn a_request_is_cut_off_by_its_kind_alone() {
        let faults = Faults::default();
        faults.inject(fault("t", 0, 1, FaultAction::CutRequest(7)));
        assert_eq!(faults.cut_request(ApiKey::Fetch), None);
        assert_eq!(meet(&faults, "t"), None);
        assert_eq!(faults.cut_request(ApiKey::Produce), Some(7));
        assert_eq!(faults.cut_request(ApiKey::Produce), None);
    }
}
