//! A client that sends exactly what a test says.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        ApiKey, FetchRequest, FetchResponse, ListOffsetsRequest, MetadataRequest, MetadataResponse,
        ProduceRequest, ProduceResponse, RequestHeader, ResponseHeader, TopicName,
        fetch_request::{FetchPartition, FetchTopic},
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
        list_offsets_response::ListOffsetsPartitionResponse,
        metadata_request::MetadataRequestTopic,
        produce_request::{PartitionProduceData, TopicProduceData},
        produce_response::PartitionProduceResponse,
    },
    protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes},
    records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) const PRODUCE: i16 = 12;
pub(crate) const FETCH: i16 = 12;

pub(crate) async fn broker() -> DevBroker {
    DevBroker::start(DevBrokerConfig::default()).await.unwrap()
}

/// A broker with a topic `t` of one partition, and a client of it.
pub(crate) async fn broker_with_topic() -> (DevBroker, Client) {
    let broker = broker().await;
    broker.create_topic("t", 1);
    let client = Client::connect(&broker).await;
    (broker, client)
}

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    correlation_id: i32,
}

impl Client {
    pub(crate) async fn connect(broker: &DevBroker) -> Self {
        Self::connect_to(&broker.bootstrap()).await
    }

    /// Connects to one node of a cluster.
    pub(crate) async fn connect_to(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self {
            stream,
            correlation_id: 0,
        }
    }

    pub(crate) async fn send<R: Request>(&mut self, version: i16, request: &R) {
        self.correlation_id += 1;
        let frame = frame(version, self.correlation_id, request);
        self.stream.write_all(&frame).await.unwrap();
    }

    /// The next frame; `None` if the broker closed the connection.
    pub(crate) async fn receive_frame(&mut self) -> Option<Bytes> {
        let length = self.stream.read_i32().await.ok()?;
        let mut frame = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut frame).await.ok()?;
        Some(frame.into())
    }

    pub(crate) async fn receive<R: Request>(&mut self, version: i16) -> Option<(i32, R::Response)> {
        let mut frame = self.receive_frame().await?;
        let header_version = R::Response::header_version(version);
        let header = ResponseHeader::decode(&mut frame, header_version).unwrap();
        let response = R::Response::decode(&mut frame, version).unwrap();
        assert!(frame.is_empty(), "{} bytes too many", frame.len());
        Some((header.correlation_id, response))
    }

    pub(crate) async fn try_call<R: Request>(
        &mut self,
        version: i16,
        request: &R,
    ) -> Option<R::Response> {
        self.send(version, request).await;
        let (correlation_id, response) = self.receive::<R>(version).await?;
        assert_eq!(correlation_id, self.correlation_id);
        Some(response)
    }

    pub(crate) async fn call<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        self.try_call(version, request)
            .await
            .expect("the connection stays open")
    }

    /// Produces one batch to partition 0 of `t`.
    pub(crate) async fn produce(&mut self, batch: Bytes) -> PartitionProduceResponse {
        partition_of(
            self.call(PRODUCE, &produce_request("t", &[(0, batch)]))
                .await,
        )
    }

    pub(crate) async fn fetch(&mut self, request: &FetchRequest) -> FetchResponse {
        self.call(FETCH, request).await
    }

    pub(crate) async fn list_offset(&mut self, timestamp: i64) -> ListOffsetsPartitionResponse {
        let partition = ListOffsetsPartition::default().with_timestamp(timestamp);
        let topic = ListOffsetsTopic::default()
            .with_name(name("t"))
            .with_partitions(vec![partition]);
        let request = ListOffsetsRequest::default().with_topics(vec![topic]);
        self.call(10, &request).await.topics[0].partitions[0].clone()
    }

    pub(crate) async fn metadata(
        &mut self,
        version: i16,
        topic: &str,
        creates: bool,
    ) -> MetadataResponse {
        let topic = MetadataRequestTopic::default().with_name(Some(name(topic)));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![topic]))
            .with_allow_auto_topic_creation(creates);
        self.call(version, &request).await
    }
}

pub(crate) fn frame<R: Request>(version: i16, correlation_id: i32, request: &R) -> Bytes {
    let api = ApiKey::try_from(R::KEY).unwrap();
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_correlation_id(correlation_id);
    let mut body = BytesMut::new();
    header
        .encode(&mut body, api.request_header_version(version))
        .unwrap();
    request.encode(&mut body, version).unwrap();
    let mut frame = BytesMut::new();
    frame.put_i32(i32::try_from(body.len()).unwrap());
    frame.extend_from_slice(&body);
    frame.freeze()
}

pub(crate) fn name(name: &str) -> TopicName {
    TopicName(StrBytes::from_string(name.to_owned()))
}

pub(crate) fn produce_request(topic: &str, batches: &[(i32, Bytes)]) -> ProduceRequest {
    let partitions = batches.iter().map(|(index, batch)| {
        PartitionProduceData::default()
            .with_index(*index)
            .with_records(Some(batch.clone()))
    });
    let topic = TopicProduceData::default()
        .with_name(name(topic))
        .with_partition_data(partitions.collect());
    ProduceRequest::default()
        .with_acks(-1)
        .with_timeout_ms(1000)
        .with_topic_data(vec![topic])
}

pub(crate) fn partition_of(response: ProduceResponse) -> PartitionProduceResponse {
    response.responses[0].partition_responses[0].clone()
}

/// Fetches partition 0 of `t` without waiting.
pub(crate) fn fetch_request(offset: i64) -> FetchRequest {
    let partition = FetchPartition::default()
        .with_fetch_offset(offset)
        .with_partition_max_bytes(1 << 20);
    let topic = FetchTopic::default()
        .with_topic(name("t"))
        .with_partitions(vec![partition]);
    FetchRequest::default()
        .with_max_bytes(1 << 20)
        .with_topics(vec![topic])
}

/// What a batch is made of. The default is one record with a key and a value, written by nobody.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) values: Vec<&'static str>,
    pub(crate) key: Option<&'static str>,
    pub(crate) first_timestamp: i64,
    pub(crate) compression: Compression,
    pub(crate) producer: (i64, i16, i32),
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            values: vec!["value"],
            key: Some("key"),
            first_timestamp: 1_700_000_000_000,
            compression: Compression::None,
            producer: (-1, -1, -1),
        }
    }
}

impl Batch {
    pub(crate) fn encode(&self) -> Bytes {
        let records: Vec<_> = (0..)
            .zip(&self.values)
            .map(|(i, value)| self.record(i, value))
            .collect();
        let options = RecordEncodeOptions {
            version: 2,
            compression: self.compression,
        };
        let mut batch = BytesMut::new();
        RecordBatchEncoder::encode(&mut batch, &records, &options).unwrap();
        batch.freeze()
    }

    fn record(&self, index: i32, value: &'static str) -> Record {
        let (producer_id, producer_epoch, first_sequence) = self.producer;
        Record {
            transactional: false,
            control: false,
            delete_horizon: false,
            partition_leader_epoch: -1,
            producer_id,
            producer_epoch,
            timestamp_type: TimestampType::Creation,
            offset: i64::from(index),
            sequence: first_sequence.wrapping_add(index),
            timestamp: self.first_timestamp + i64::from(index),
            key: self.key.map(|key| Bytes::from_static(key.as_bytes())),
            value: Some(Bytes::from_static(value.as_bytes())),
            headers: [("h", None), ("i", Some(Bytes::new()))]
                .map(|(name, value)| (StrBytes::from_static_str(name), value))
                .into(),
        }
    }
}

/// The batch with some of its bytes replaced and the checksum made right again.
pub(crate) fn patched(batch: &Bytes, at: usize, bytes: &[u8]) -> Bytes {
    let mut patched = batch.to_vec();
    patched[at..at + bytes.len()].copy_from_slice(bytes);
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &patched[21..]);
    patched[17..21].copy_from_slice(&u32::try_from(crc).unwrap().to_be_bytes());
    patched.into()
}
