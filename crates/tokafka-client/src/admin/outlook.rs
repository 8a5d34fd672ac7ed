use super::{
    configs::Configs,
    describe::{PartitionDescription, TopicDescription},
    handle::Admin,
    requests::NewTopic,
};
use crate::error::{RequestError, TopicError};

/// What a write to a topic would meet, as far as the cluster lets us know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOutlook {
    /// Its name.
    pub name: String,
    /// Whether there is such a topic, or would be.
    pub state: TopicState,
    /// How many partitions it has, or would get; `None` if that cannot be known.
    pub partitions: Option<u32>,
    /// How many replicas its partitions have at least, or would get; `None` if that cannot be known.
    pub replicas: Option<u32>,
    /// Partitions that nobody leads at the moment.
    pub leaderless: Vec<i32>,
    /// Whether we may write to it; `None` if the cluster does not say.
    pub may_write: Option<bool>,
    /// Its settings, or those it would get; `None` if we may not see them.
    pub configs: Option<Configs>,
}

/// Whether a write would find a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicState {
    /// It is there.
    Exists,
    /// It is not there, and the cluster would create it by itself.
    WouldBeCreated,
    /// It is not there, and whether the cluster would create it cannot be known.
    Unknown {
        /// Why not.
        reason: String,
    },
    /// No write can use it.
    Unusable {
        /// Why not, and what to do.
        reason: String,
    },
}

impl TopicOutlook {
    fn new(name: &str, state: TopicState) -> Self {
        Self {
            name: name.to_owned(),
            state,
            partitions: None,
            replicas: None,
            leaderless: Vec::new(),
            may_write: None,
            configs: None,
        }
    }

    fn unusable(name: &str, reason: impl ToString) -> Self {
        let reason = reason.to_string();
        Self::new(name, TopicState::Unusable { reason })
    }

    fn of_topic(topic: TopicDescription) -> Self {
        let leaderless = |each: &PartitionDescription| each.leader.is_none();
        let leaderless = topic.partitions.iter().filter(|each| leaderless(each));
        let replicas = topic.partitions.iter().map(|each| each.replicas.len());
        Self {
            partitions: u32::try_from(topic.partitions.len()).ok(),
            replicas: replicas.min().and_then(|count| u32::try_from(count).ok()),
            leaderless: leaderless.map(|each| each.partition).collect(),
            may_write: topic.may_write,
            ..Self::new(&topic.name, TopicState::Exists)
        }
    }

    /// A topic that is not there, as a broker of these settings would create it.
    fn of_new_topic(name: &str, broker: &Configs) -> Self {
        let count = |setting| {
            broker
                .number(setting)
                .and_then(|count| u32::try_from(count).ok())
        };
        let state = match broker.is_true("auto.create.topics.enable") {
            Some(true) => TopicState::WouldBeCreated,
            Some(false) => {
                return Self::unusable(
                    name,
                    format!(
                        "it does not exist, and the cluster does not create topics by itself \
                         (auto.create.topics.enable=false). Create it first, for example with \
                         kafka-topics.sh --create --topic {name}"
                    ),
                );
            }
            None => TopicState::Unknown {
                reason: "the broker does not show auto.create.topics.enable".to_owned(),
            },
        };
        Self {
            partitions: count("num.partitions"),
            replicas: count("default.replication.factor"),
            configs: Some(broker.of_new_topic()),
            ..Self::new(name, state)
        }
    }
}

impl Admin {
    /// Looks what a write to a topic would meet. Creates nothing.
    ///
    /// # Errors
    /// The cluster could not be asked. What it refuses to tell is part of the outlook.
    pub async fn outlook(&self, name: &str) -> Result<TopicOutlook, RequestError> {
        match told(self.describe_topic(name).await)? {
            Ok(topic) => {
                let configs = told(self.topic_configs(name).await)?;
                Ok(TopicOutlook {
                    configs: configs.ok(),
                    ..TopicOutlook::of_topic(topic)
                })
            }
            Err(TopicError::Unknown { .. }) => self.outlook_of_new(name).await,
            Err(error) => Ok(TopicOutlook::unusable(name, error)),
        }
    }

    async fn outlook_of_new(&self, name: &str) -> Result<TopicOutlook, RequestError> {
        let outlook = match self.broker_configs().await {
            Ok(broker) => TopicOutlook::of_new_topic(name, &broker),
            Err(error @ RequestError::Refused { .. }) => {
                let reason = format!("the settings of the brokers cannot be seen: {error}");
                TopicOutlook::new(name, TopicState::Unknown { reason })
            }
            Err(error) => return Err(error),
        };
        if let TopicState::Unusable { .. } = outlook.state {
            return Ok(outlook);
        }
        let as_by_itself = NewTopic {
            name: name.to_owned(),
            partitions: None,
            replication: None,
            configs: [].into(),
        };
        match told(self.check_new_topic(&as_by_itself).await)? {
            Ok(()) => Ok(outlook),
            Err(error) => Ok(TopicOutlook::unusable(
                name,
                format!("it does not exist and cannot be created: {error}"),
            )),
        }
    }
}

/// Takes apart what the cluster said of a topic, even if that is no, and that it could not be asked.
fn told<T>(outcome: Result<T, TopicError>) -> Result<Result<T, TopicError>, RequestError> {
    match outcome {
        Err(TopicError::Request(error)) if !matches!(error, RequestError::Refused { .. }) => {
            Err(error)
        }
        outcome => Ok(outcome),
    }
}
