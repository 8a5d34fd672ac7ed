use super::{
    configs::{Configs, configs},
    describe::{TopicDescription, TopicListing, description, listings},
    requests::{self, ConfigsOf, NewTopic},
};
use crate::{
    cluster::{Cluster, Target, check_topic_name},
    error::{RequestError, ResponseError, TopicError},
    retry::Retries,
    wire::Api,
};
use kafka_protocol::{
    messages::{
        CreateTopicsRequest, DeleteTopicsRequest, DescribeConfigsRequest, MetadataResponse,
    },
    protocol::StrBytes,
};

/// Topics and offsets of a cluster. Clones share its connections.
///
/// What a broker cannot answer at the moment is asked again for up to `max.block.ms`. Dropping a
/// call gives up waiting; a topic may have been created or deleted then.
#[derive(Clone, Debug)]
pub struct Admin {
    pub(super) cluster: Cluster,
}

impl Admin {
    /// Asks this cluster.
    pub fn new(cluster: &Cluster) -> Self {
        Self {
            cluster: cluster.clone(),
        }
    }

    /// All topics that may be seen, by name, the internal ones too.
    pub async fn list_topics(&self) -> Result<Vec<TopicListing>, RequestError> {
        let mut retries = Retries::new(self.cluster.settings());
        loop {
            match self.metadata(None).await {
                Err(error) if error.is_retriable() && retries.wait().await => {}
                outcome => return outcome.map(listings),
            }
        }
    }

    /// The partitions of a topic, with their leaders and replicas.
    pub async fn describe_topic(&self, name: &str) -> Result<TopicDescription, TopicError> {
        check_topic_name(name)?;
        let mut retries = Retries::new(self.cluster.settings());
        loop {
            match self.describe(name).await {
                Err(error) if error.is_retriable() && retries.wait().await => {}
                outcome => return outcome,
            }
        }
    }

    /// Creates a topic and waits until it is known and has leaders. A topic that exists is
    /// `TOPIC_ALREADY_EXISTS`.
    ///
    /// If the answer is lost, it is not asked for again: the topic may exist then.
    pub async fn create_topic(&self, topic: &NewTopic) -> Result<(), TopicError> {
        check_topic_name(&topic.name)?;
        let mut retries = Retries::new(self.cluster.settings());
        while let Err(error) = self.create(topic, Create::Really).await {
            self.prepare_again(error, &mut retries).await?;
        }
        self.until(&topic.name, is_ready).await;
        Ok(())
    }

    /// Looks whether a topic could be created, and creates nothing. A topic that exists is
    /// `TOPIC_ALREADY_EXISTS`.
    pub async fn check_new_topic(&self, topic: &NewTopic) -> Result<(), TopicError> {
        check_topic_name(&topic.name)?;
        let mut retries = Retries::new(self.cluster.settings());
        loop {
            match self.create(topic, Create::NoMoreThanCheck).await {
                Err(error) if error.is_retriable() && retries.wait().await => {}
                outcome => return outcome,
            }
        }
    }

    /// The settings of a topic.
    pub async fn topic_configs(&self, name: &str) -> Result<Configs, TopicError> {
        check_topic_name(name)?;
        let configs = self.configs(Target::Any, ConfigsOf::Topic(name)).await;
        configs.map_err(|error| match error {
            RequestError::Refused { api, code, message } => {
                TopicError::refused(api, name, code, message)
            }
            error => error.into(),
        })
    }

    /// The settings of a broker, whichever is at hand: they are the defaults of topics that are
    /// created.
    pub async fn broker_configs(&self) -> Result<Configs, RequestError> {
        let view = self.cluster.view();
        let Some(node) = view.controller.or(view.brokers.keys().min().copied()) else {
            let reason = "no broker is known".to_owned();
            let api = DescribeConfigsRequest::NAME;
            return Err(RequestError::Unencodable { api, reason });
        };
        self.configs(Target::Broker(node), ConfigsOf::Broker(node))
            .await
    }

    /// Deletes a topic and waits until it is no longer known.
    ///
    /// If the answer is lost, it is not asked for again: the topic may be gone then.
    pub async fn delete_topic(&self, name: &str) -> Result<(), TopicError> {
        check_topic_name(name)?;
        let mut retries = Retries::new(self.cluster.settings());
        while let Err(error) = self.delete(name).await {
            self.prepare_again(error, &mut retries).await?;
        }
        self.until(name, Result::is_err).await;
        Ok(())
    }

    async fn metadata(&self, topic: Option<&str>) -> Result<MetadataResponse, RequestError> {
        self.cluster
            .call(Target::Any, |version| requests::metadata(topic, version))
            .await
    }

    async fn describe(&self, name: &str) -> Result<TopicDescription, TopicError> {
        description(self.metadata(Some(name)).await?, name)
    }

    async fn configs(&self, target: Target, of: ConfigsOf<'_>) -> Result<Configs, RequestError> {
        let mut retries = Retries::new(self.cluster.settings());
        loop {
            let answer = self.cluster.call(target, |_| requests::configs(of)).await;
            match answer.and_then(configs) {
                Err(error) if error.is_retriable() && retries.wait().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn create(&self, topic: &NewTopic, create: Create) -> Result<(), TopicError> {
        let timeout = self.cluster.settings().request_timeout;
        let only_check = matches!(create, Create::NoMoreThanCheck);
        let build = |_| requests::create(topic, timeout).with_validate_only(only_check);
        let response = self.cluster.call(Target::Controller, build).await?;
        let result = response.topics.into_iter().next();
        let (code, text) = result
            .map(|topic| (topic.error_code, topic.error_message))
            .unzip();
        accepted(CreateTopicsRequest::NAME, &topic.name, code, text.flatten())
    }

    async fn delete(&self, name: &str) -> Result<(), TopicError> {
        let timeout = self.cluster.settings().request_timeout;
        let build = |version| requests::delete(name, timeout, version);
        let response = self.cluster.call(Target::Controller, build).await?;
        let result = response.responses.into_iter().next();
        let (code, text) = result
            .map(|topic| (topic.error_code, topic.error_message))
            .unzip();
        accepted(DeleteTopicsRequest::NAME, name, code, text.flatten())
    }

    /// Before a change is asked for again: gives the error back if that could do it twice, cannot
    /// help, or comes too late.
    async fn prepare_again(
        &self,
        error: TopicError,
        retries: &mut Retries,
    ) -> Result<(), TopicError> {
        let harmless = match &error {
            TopicError::Request(error) => error.is_retriable() && !error.may_be_written(),
            TopicError::InvalidName { .. }
            | TopicError::Unknown { .. }
            | TopicError::NoSuchPartition { .. }
            | TopicError::NotAuthorized { .. } => false,
        };
        if !harmless || !retries.wait().await {
            return Err(error);
        }
        // The controller may be another broker by now. If this fails, so will the next attempt.
        self.cluster.refresh(&[]).await.ok();
        Ok(())
    }

    /// Waits until a change that the controller made has reached the broker that is asked, for up
    /// to `request.timeout.ms`.
    async fn until(&self, name: &str, reached: fn(&Description) -> bool) {
        let settings = self.cluster.settings();
        let mut retries = Retries::within(settings.request_timeout, settings);
        while !reached(&self.describe(name).await) && retries.wait().await {}
    }
}

/// Whether a topic is created.
#[derive(Clone, Copy, Debug)]
enum Create {
    Really,
    NoMoreThanCheck,
}

type Description = Result<TopicDescription, TopicError>;

/// True as well if waiting cannot show it.
fn is_ready(description: &Description) -> bool {
    match description {
        Ok(topic) => topic
            .partitions
            .iter()
            .all(|partition| partition.leader.is_some()),
        Err(TopicError::Unknown { .. }) => false,
        Err(error) => !error.is_retriable(),
    }
}

fn accepted(
    api: &'static str,
    topic: &str,
    code: Option<i16>,
    message: Option<StrBytes>,
) -> Result<(), TopicError> {
    let Some(code) = code else {
        let reason = format!("it does not say what became of topic {topic}");
        let address = "the controller".to_owned();
        return Err(TopicError::Request(RequestError::Malformed {
            address,
            api,
            reason,
        }));
    };
    match ResponseError::try_from_code(code) {
        None => Ok(()),
        Some(code) => Err(TopicError::refused(
            api,
            topic,
            code,
            message.map(|text| text.to_string()),
        )),
    }
}
