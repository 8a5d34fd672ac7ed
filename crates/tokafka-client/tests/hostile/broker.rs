//! A broker that plays a script.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        ApiKey, ApiVersionsResponse, BrokerId, FetchRequest, FetchResponse, InitProducerIdResponse,
        ListOffsetsResponse, MetadataResponse, ProduceRequest, ProduceResponse, ProducerId,
        RequestHeader, ResponseHeader, TopicName,
        api_versions_response::ApiVersion,
        fetch_response::{FetchableTopicResponse, PartitionData},
        list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse},
        metadata_response::{
            MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
        },
        produce_response::{PartitionProduceResponse, TopicProduceResponse},
    },
    protocol::{Decodable, Encodable},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

pub(crate) const TOPIC_ID: Uuid = Uuid::from_u128(7);

/// What a broker does when a request came.
pub(crate) enum Reply {
    /// Sends these bytes.
    Bytes(Vec<u8>),
    /// Sends these bytes, one every few milliseconds.
    Trickle(Vec<u8>),
    /// Nothing, ever.
    Silence,
    /// Ends the connection.
    Close,
}

/// A request as it came.
pub(crate) struct Request {
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation: i32,
    pub(crate) body: Bytes,
    /// The broker's own.
    pub(crate) port: u16,
    /// How many of this kind came before.
    pub(crate) before: usize,
}

pub(crate) struct Broker {
    pub(crate) port: u16,
    seen: Arc<Mutex<HashMap<ApiKey, usize>>>,
}

impl Broker {
    /// Answers every request as `script` says, on any number of connections.
    pub(crate) async fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<HashMap<ApiKey, usize>>> = Arc::default();
        let (script, counts) = (Arc::new(script), seen.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, counts) = (script.clone(), counts.clone());
                tokio::spawn(async move { serve(stream, port, &*script, &counts).await });
            }
        });
        Self { port, seen }
    }

    /// A broker as it should be but for its answers to one request.
    pub(crate) async fn usual_but_for(
        api: ApiKey,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(move |request| {
            if request.api == api {
                script(request)
            } else {
                request.usual()
            }
        })
        .await
    }

    /// How many requests of a kind came.
    pub(crate) fn count(&self, api: ApiKey) -> usize {
        self.seen.lock().unwrap().get(&api).copied().unwrap_or(0)
    }
}

async fn serve(
    mut stream: TcpStream,
    port: u16,
    script: &(dyn Fn(&Request) -> Reply + Send + Sync),
    counts: &Mutex<HashMap<ApiKey, usize>>,
) -> Option<()> {
    loop {
        let length = stream.read_i32().await.ok()?;
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        stream.read_exact(&mut bytes).await.ok()?;
        let mut body = Bytes::from(bytes);
        let api = ApiKey::try_from(body.clone().get_i16()).ok()?;
        let version = body.slice(2..).get_i16();
        let header = RequestHeader::decode(&mut body, api.request_header_version(version)).ok()?;
        let before = {
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(api).or_insert(0);
            *count += 1;
            *count - 1
        };
        let reply = script(&Request {
            api,
            version,
            correlation: header.correlation_id,
            body,
            port,
            before,
        });
        match reply {
            Reply::Bytes(bytes) => stream.write_all(&bytes).await.ok()?,
            Reply::Trickle(bytes) => {
                for byte in bytes {
                    stream.write_all(&[byte]).await.ok()?;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            Reply::Silence => {}
            Reply::Close => return None,
        }
    }
}

impl Request {
    /// The right frame around a message.
    pub(crate) fn answer<M: Encodable>(&self, message: &M) -> Reply {
        self.answer_to(self.correlation, message)
    }

    /// The frame of an answer to another request.
    pub(crate) fn answer_to<M: Encodable>(&self, correlation: i32, message: &M) -> Reply {
        let mut body = BytesMut::new();
        message.encode(&mut body, self.version).unwrap();
        self.framed(correlation, &body)
    }

    /// The right header before any bytes.
    pub(crate) fn body(&self, body: &[u8]) -> Reply {
        self.framed(self.correlation, body)
    }

    fn framed(&self, correlation: i32, body: &[u8]) -> Reply {
        let mut frame = BytesMut::new();
        let header = ResponseHeader::default().with_correlation_id(correlation);
        header
            .encode(&mut frame, self.api.response_header_version(self.version))
            .unwrap();
        frame.extend_from_slice(body);
        let mut bytes = BytesMut::new();
        bytes.put_i32(i32::try_from(frame.len()).unwrap());
        bytes.extend_from_slice(&frame);
        Reply::Bytes(bytes.to_vec())
    }

    /// What a broker with a topic of two partitions says. Nothing is stored.
    pub(crate) fn usual(&self) -> Reply {
        match self.api {
            ApiKey::ApiVersions => self.answer(&versions()),
            ApiKey::Metadata => self.answer(&metadata(self.port)),
            ApiKey::InitProducerId => {
                self.answer(&InitProducerIdResponse::default().with_producer_id(ProducerId(1)))
            }
            ApiKey::Produce => {
                let base_offset = i64::try_from(self.before).unwrap() * 2;
                self.answer(&self.produced(|partition| partition.with_base_offset(base_offset)))
            }
            ApiKey::Fetch => self.answer(&self.fetched(PartitionData::default())),
            ApiKey::ListOffsets => self.answer(&self.offsets(0)),
            _ => Reply::Close,
        }
    }

    /// An answer for each partition of a produce request.
    pub(crate) fn produced(
        &self,
        answer: impl Fn(PartitionProduceResponse) -> PartitionProduceResponse,
    ) -> ProduceResponse {
        let asked = ProduceRequest::decode(&mut self.body.clone(), self.version).unwrap();
        let topic = |topic: &kafka_protocol::messages::produce_request::TopicProduceData| {
            let partition =
                |data: &kafka_protocol::messages::produce_request::PartitionProduceData| {
                    answer(PartitionProduceResponse::default().with_index(data.index))
                };
            TopicProduceResponse::default()
                .with_name(topic.name.clone())
                .with_topic_id(topic.topic_id)
                .with_partition_responses(topic.partition_data.iter().map(partition).collect())
        };
        ProduceResponse::default().with_responses(asked.topic_data.iter().map(topic).collect())
    }

    /// Where a fetch begins.
    pub(crate) fn fetch_offset(&self) -> i64 {
        let asked = FetchRequest::decode(&mut self.body.clone(), self.version).unwrap();
        asked.topics[0].partitions[0].fetch_offset
    }

    pub(crate) fn fetched(&self, partition: PartitionData) -> FetchResponse {
        let mut topic = FetchableTopicResponse::default().with_partitions(vec![partition]);
        if self.version >= 13 {
            topic = topic.with_topic_id(TOPIC_ID);
        } else {
            topic = topic.with_topic(name());
        }
        FetchResponse::default().with_responses(vec![topic])
    }

    pub(crate) fn offsets(&self, offset: i64) -> ListOffsetsResponse {
        let partition = |index| {
            ListOffsetsPartitionResponse::default()
                .with_partition_index(index)
                .with_offset(offset)
        };
        let topic = ListOffsetsTopicResponse::default()
            .with_name(name())
            .with_partitions((0..2).map(partition).collect());
        ListOffsetsResponse::default().with_topics(vec![topic])
    }
}

pub(crate) fn name() -> TopicName {
    TopicName("t".into())
}

/// Every request in every version.
pub(crate) fn versions() -> ApiVersionsResponse {
    let range = |api: ApiKey| {
        let versions = api.valid_versions();
        ApiVersion::default()
            .with_api_key(api as i16)
            .with_min_version(versions.min)
            .with_max_version(versions.max)
    };
    ApiVersionsResponse::default().with_api_keys(ApiKey::iter().map(range).collect())
}

pub(crate) fn node(id: i32, host: &'static str, port: i32) -> MetadataResponseBroker {
    MetadataResponseBroker::default()
        .with_node_id(BrokerId(id))
        .with_host(host.into())
        .with_port(port)
}

pub(crate) fn topic(partitions: &[(i32, i32)]) -> MetadataResponseTopic {
    let partition = |&(index, leader): &(i32, i32)| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(BrokerId(leader))
    };
    MetadataResponseTopic::default()
        .with_name(Some(name()))
        .with_topic_id(TOPIC_ID)
        .with_partitions(partitions.iter().map(partition).collect())
}

/// One broker, which leads both partitions of topic `t`.
pub(crate) fn metadata(port: u16) -> MetadataResponse {
    MetadataResponse::default()
        .with_brokers(vec![node(1, "127.0.0.1", port.into())])
        .with_controller_id(BrokerId(1))
        .with_topics(vec![topic(&[(0, 1), (1, 1)])])
}
