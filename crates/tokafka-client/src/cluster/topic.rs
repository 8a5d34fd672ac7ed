//! Looking up a topic, and for how long waiting for it makes sense.

use std::{slice::from_ref, sync::Arc, time::Duration};

use kafka_protocol::messages::MetadataRequest;
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    handle::Cluster,
    metadata::{Answer, AutoCreate, refused},
    names::check_topic_name,
    view::TopicView,
};
use crate::{
    backoff::Backoff,
    error::{RequestError, ResponseError, TopicError},
    settings::ClientSettings,
    wire::Api,
};

/// A broker that creates topics says that the topic is unknown until it is there, which takes
/// fractions of a second. One that says so for longer does not create topics.
const CREATION: Duration = Duration::from_secs(5);

impl Cluster {
    /// A topic with a leader for each partition, by fresh answers of the cluster.
    ///
    /// Waits for up to `max.block.ms`, asking again after `retry.backoff.ms`, while the cluster
    /// cannot be asked, while the topic is being created, and while a partition has no leader. A
    /// topic that does not exist is an error at once, or with [`AutoCreate::Allowed`] after the few
    /// seconds in which it could have been created. May be dropped at any time; a topic may have
    /// been created then.
    pub async fn topic(
        &self,
        name: &str,
        auto_create: AutoCreate,
    ) -> Result<Arc<TopicView>, TopicError> {
        check_topic_name(name)?;
        let name: Arc<str> = name.into();
        let mut patience = Patience::new(self.settings());
        loop {
            let asked = self.ask_topic(&name, auto_create);
            let verdict = match timeout_at(patience.deadline, asked).await {
                Ok(verdict) => verdict,
                Err(_) => return Err(patience.exhausted()),
            };
            match verdict {
                Verdict::Ready(topic) => return Ok(topic),
                Verdict::Final(error) => return Err(error),
                Verdict::Wait(error) => patience.wait(error).await?,
            }
        }
    }

    /// A topic by one fresh answer of the cluster, without waiting or creating it. Partitions may
    /// be without leader.
    pub async fn fresh_topic(&self, name: &str) -> Result<Arc<TopicView>, TopicError> {
        check_topic_name(name)?;
        let name: Arc<str> = name.into();
        let answer = self.ask(from_ref(&name), AutoCreate::Never).await?;
        match find(&answer, &name, AutoCreate::Never) {
            Verdict::Ready(topic) => Ok(topic),
            Verdict::Final(error) | Verdict::Wait(error) => Err(error),
        }
    }

    async fn ask_topic(&self, name: &Arc<str>, auto_create: AutoCreate) -> Verdict {
        match self.ask(from_ref(name), auto_create).await {
            Ok(answer) => match find(&answer, name, auto_create) {
                Verdict::Ready(topic) => led(topic),
                waiting => waiting,
            },
            Err(error) if error.is_retriable() => Verdict::Wait(error.into()),
            Err(error) => Verdict::Final(error.into()),
        }
    }
}

/// What an answer says of a topic.
#[derive(Debug)]
enum Verdict {
    Ready(Arc<TopicView>),
    /// Asking again may give another answer.
    Wait(TopicError),
    Final(TopicError),
}

fn find(answer: &Answer, name: &Arc<str>, auto_create: AutoCreate) -> Verdict {
    let text = name.to_string();
    match answer.errors.get(name) {
        None => match answer.view.topic(name) {
            Some(topic) => Verdict::Ready(topic.clone()),
            None => unknown(text, auto_create),
        },
        Some(ResponseError::UnknownTopicOrPartition) => unknown(text, auto_create),
        Some(ResponseError::TopicAuthorizationFailed) => {
            Verdict::Final(TopicError::NotAuthorized { name: text })
        }
        Some(ResponseError::InvalidTopicException) => {
            let reason = "the broker does not accept it";
            Verdict::Final(TopicError::InvalidName { name: text, reason })
        }
        Some(code) if code.is_retriable() => Verdict::Wait(refused(*code).into()),
        Some(code) => Verdict::Final(refused(*code).into()),
    }
}

fn unknown(name: String, auto_create: AutoCreate) -> Verdict {
    match auto_create {
        AutoCreate::Never => Verdict::Final(TopicError::Unknown { name, reason: None }),
        AutoCreate::Allowed => {
            let reason = format!(
                "the cluster does not create topics by itself (auto.create.topics.enable). \
                 Create it first, for example with kafka-topics.sh --create --topic {name}"
            );
            Verdict::Wait(TopicError::Unknown {
                name,
                reason: Some(reason),
            })
        }
    }
}

/// A topic is ready when every partition has a leader.
fn led(topic: Arc<TopicView>) -> Verdict {
    let leaderless = topic
        .partitions
        .iter()
        .position(|partition| partition.leader.is_none());
    match leaderless {
        None => Verdict::Ready(topic),
        Some(partition) => Verdict::Wait(TopicError::Request(RequestError::Refused {
            api: MetadataRequest::NAME,
            code: ResponseError::LeaderNotAvailable,
            message: Some(format!(
                "topic {} partition {partition} has no leader",
                topic.name
            )),
        })),
    }
}

/// How long to go on.
struct Patience {
    deadline: Instant,
    max_block: Duration,
    backoff: Backoff,
    failures: u32,
    unknown_since: Option<Instant>,
    last: Option<TopicError>,
}

impl Patience {
    fn new(settings: &ClientSettings) -> Self {
        Self {
            deadline: Instant::now() + settings.max_block,
            max_block: settings.max_block,
            backoff: Backoff::of_retries(settings),
            failures: 0,
            unknown_since: None,
            last: None,
        }
    }

    /// Waits before the next attempt; gives the error back if there is no time for one.
    async fn wait(&mut self, error: TopicError) -> Result<(), TopicError> {
        self.failures = self.failures.saturating_add(1);
        let now = Instant::now();
        let limit = match error {
            TopicError::Unknown { .. } => self
                .deadline
                .min(*self.unknown_since.get_or_insert(now) + CREATION),
            TopicError::InvalidName { .. }
            | TopicError::NoSuchPartition { .. }
            | TopicError::NotAuthorized { .. }
            | TopicError::Request(_) => self.deadline,
        };
        let pause = self.backoff.after(self.failures);
        if now + pause > limit {
            return Err(error);
        }
        self.last = Some(error);
        sleep(pause).await;
        Ok(())
    }

    /// The time ended during an attempt: what the one before came to.
    fn exhausted(self) -> TopicError {
        self.last.unwrap_or_else(|| {
            TopicError::Request(RequestError::TimedOut {
                address: "the cluster".into(),
                api: MetadataRequest::NAME,
                after: self.max_block,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::settings;

    /// How long it waits in all when every attempt ends like this.
    async fn patience_with(error: TopicError) -> Duration {
        let (start, mut patience) = (Instant::now(), Patience::new(&settings(Vec::new())));
        while patience.wait(error.clone()).await.is_ok() {}
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_topic_that_stays_unknown_is_given_up_after_seconds_and_a_cluster_after_max_block() {
        let unknown = TopicError::Unknown {
            name: "t".into(),
            reason: None,
        };
        assert_eq!(patience_with(unknown).await.as_millis().div_ceil(1000), 5);
        let leaderless = refused(ResponseError::LeaderNotAvailable).into();
        assert_eq!(
            patience_with(leaderless).await.as_millis().div_ceil(1000),
            60
        );
    }
}
