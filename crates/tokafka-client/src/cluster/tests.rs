//! Clusters of one scripted broker, or of a few.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use kafka_protocol::messages::{
    ApiKey, BrokerId, InitProducerIdRequest, MetadataRequest, MetadataResponse, TopicName,
    metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic},
};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use super::{AutoCreate, Cluster, Target};
use crate::{
    error::{ConnectError, RequestError, ResponseError, TopicError},
    settings::{ClientSettings, Endpoint},
    wire::testing::{Peer, listen, local, nobody, settings},
};

/// What a scripted broker has seen, and what it answers to the n-th metadata request from 0.
struct Script {
    connections: AtomicUsize,
    asked: Mutex<Vec<MetadataRequest>>,
    answer: Box<dyn Fn(usize) -> MetadataResponse + Send + Sync>,
}

impl Script {
    fn new(answer: impl Fn(usize) -> MetadataResponse + Send + Sync + 'static) -> Arc<Self> {
        let connections = AtomicUsize::new(0);
        Arc::new(Self {
            connections,
            asked: Mutex::default(),
            answer: Box::new(answer),
        })
    }

    /// Answers metadata requests; any other request is never answered.
    async fn serve(self: Arc<Self>, mut peer: Peer<TcpStream>) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        peer.greet().await;
        while let Some(request) = peer.request().await {
            if request.api == ApiKey::Metadata {
                let place = {
                    let mut asked = self.asked.lock().unwrap();
                    asked.push(request.decode());
                    asked.len() - 1
                };
                peer.answer(&request, &(self.answer)(place)).await;
            }
        }
    }

    async fn listen(self: &Arc<Self>) -> Endpoint {
        let script = self.clone();
        listen(move |peer| script.clone().serve(peer)).await
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn asked(&self) -> Vec<MetadataRequest> {
        self.asked.lock().unwrap().clone()
    }
}

fn metadata(brokers: &[&Endpoint], topics: Vec<MetadataResponseTopic>) -> MetadataResponse {
    let broker = |(id, endpoint): (i32, &&Endpoint)| {
        MetadataResponseBroker::default()
            .with_node_id(BrokerId(id))
            .with_host(endpoint.host.clone().into())
            .with_port(i32::from(endpoint.port))
    };
    MetadataResponse::default()
        .with_brokers((1..).zip(brokers).map(broker).collect())
        .with_topics(topics)
}

/// Topic `t` with these leaders.
fn topic(leaders: &[i32]) -> MetadataResponseTopic {
    let partition = |(index, leader): (i32, &i32)| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(BrokerId(*leader))
    };
    MetadataResponseTopic::default()
        .with_name(Some(TopicName("t".into())))
        .with_topic_id(Uuid::from_u128(1))
        .with_partitions((0..).zip(leaders).map(partition).collect())
}

fn failed(code: ResponseError) -> MetadataResponseTopic {
    topic(&[]).with_error_code(code.code())
}

/// A cluster whose metadata always names one broker, at an address where nobody listens, and the
/// topics that `topics` gives for the n-th request after the first.
async fn cluster(
    topics: impl Fn(usize) -> Vec<MetadataResponseTopic> + Send + Sync + 'static,
) -> (Cluster, Arc<Script>) {
    cluster_with(topics, |_| {}).await
}

async fn cluster_with(
    topics: impl Fn(usize) -> Vec<MetadataResponseTopic> + Send + Sync + 'static,
    adjust: impl FnOnce(&mut ClientSettings),
) -> (Cluster, Arc<Script>) {
    let nobody = nobody().await;
    let script = Script::new(move |place| {
        let topics = place.checked_sub(1).map_or_else(Vec::new, &topics);
        metadata(&[&nobody], topics)
    });
    let mut settings = settings(vec![script.listen().await]);
    adjust(&mut settings);
    (Cluster::connect(settings).await.unwrap(), script)
}

/// A listener whose address metadata can name before it serves.
async fn reserved() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = local(listener.local_addr().unwrap().port());
    (listener, endpoint)
}

fn serve(listener: TcpListener, script: Arc<Script>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(script.clone().serve(Peer(stream)));
        }
    })
}

/// A broker that names itself.
async fn honest_broker() -> (Endpoint, Arc<Script>, tokio::task::JoinHandle<()>) {
    let (listener, endpoint) = reserved().await;
    let itself = endpoint.clone();
    let script = Script::new(move |_| metadata(&[&itself], Vec::new()));
    (endpoint, script.clone(), serve(listener, script))
}

#[tokio::test]
async fn connecting_in_vain_names_each_address_with_its_reason_and_how_long_it_was_tried() {
    let (first, second) = (
        nobody().await,
        listen(|peer| async move { drop(peer) }).await,
    );
    let mut settings = settings(vec![first.clone(), second.clone()]);
    settings.max_block = Duration::from_millis(50);
    let error = Cluster::connect(settings).await.unwrap_err();
    let ConnectError::Unreachable { attempts, after } = &error else {
        panic!("{error}")
    };
    assert!(*after >= Duration::from_millis(50));
    let [refused, closed] = &attempts[..] else {
        panic!("{attempts:?}")
    };
    assert!(
        refused.starts_with(&format!("{first}: Connection refused")),
        "{refused}"
    );
    assert!(closed.starts_with(&format!("{second}: ")), "{closed}");
    assert!(closed.contains("ApiVersions"), "{closed}");
}

#[tokio::test]
async fn connecting_goes_on_while_a_broker_is_starting() {
    let (listener, endpoint) = reserved().await;
    let itself = endpoint.clone();
    let script = Script::new(move |place| match place {
        0 => metadata(&[], Vec::new()),
        _ => metadata(&[&itself], Vec::new()),
    });
    let starting = async {
        drop(listener.accept().await.unwrap());
        serve(listener, script.clone())
    };
    let settings = settings(vec![endpoint.clone()]);
    let (cluster, _serving) = tokio::join!(Cluster::connect(settings), starting);
    assert_eq!(cluster.unwrap().view().brokers[&1], endpoint);
    assert_eq!(script.asked().len(), 2);
}

#[tokio::test]
async fn one_address_that_answers_is_enough() {
    let (endpoint, ..) = honest_broker().await;
    let settings = settings(vec![nobody().await, endpoint.clone(), nobody().await]);
    let cluster = Cluster::connect(settings).await.unwrap();
    assert_eq!(cluster.view().brokers[&1], endpoint);
}

#[tokio::test]
async fn a_broker_whose_advertised_address_is_wrong_is_told_from_one_that_is_down() {
    let (cluster, _script) = cluster(|_| Vec::new()).await;
    let advertised = cluster.view().brokers[&1].to_string();
    let error = cluster.connection(1, 0).await.unwrap_err();
    let message = error.to_string();
    let bootstrap = cluster.settings().bootstrap_servers[0].to_string();
    assert!(matches!(error, ConnectError::AdvertisedUnreachable { .. }));
    let expected = format!("{bootstrap} answers, but broker 1 advertises {advertised}");
    assert!(message.starts_with(&expected), "{message}");
    assert!(message.contains("advertised.listeners"), "{message}");

    let (endpoint, _, serving) = honest_broker().await;
    let cluster = Cluster::connect(settings(vec![endpoint])).await.unwrap();
    serving.abort();
    assert!(serving.await.unwrap_err().is_cancelled());
    let error = cluster.connection(1, 0).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_broker_that_nobody_named_is_said_to_be_none() {
    let (cluster, _script) = cluster(|_| Vec::new()).await;
    let error = cluster.connection(7, 0).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("broker 7 is not part of the cluster"),
        "{error}"
    );
}

#[tokio::test]
async fn all_who_ask_for_a_connection_at_once_share_one_and_other_slots_have_their_own() {
    let (endpoint, script, _serving) = honest_broker().await;
    let cluster = Cluster::connect(settings(vec![endpoint])).await.unwrap();
    let asked = join_all((0..10).map(|_| cluster.connection(1, 0))).await;
    assert!(asked.iter().all(Result::is_ok));
    assert_eq!(
        script.connections(),
        2,
        "the bootstrap connection and one more"
    );
    cluster.connection(1, 0).await.unwrap();
    cluster.connection(1, 1).await.unwrap();
    assert_eq!(script.connections(), 3);
}

#[tokio::test]
async fn a_connection_that_closed_is_opened_anew_when_it_is_asked_for() {
    let (endpoint, script, _serving) = honest_broker().await;
    let cluster = Cluster::connect(settings(vec![endpoint])).await.unwrap();
    cluster.connection(1, 0).await.unwrap().close();
    assert!(!cluster.connection(1, 0).await.unwrap().is_closed());
    assert_eq!(script.connections(), 3);
}

#[tokio::test]
async fn a_broker_that_moved_gets_new_connections() {
    let (elsewhere, _, _elsewhere) = honest_broker().await;
    let (listener, endpoint) = reserved().await;
    let (before, after) = (endpoint.clone(), elsewhere.clone());
    let script = Script::new(move |place| match place {
        0 => metadata(&[&before], Vec::new()),
        _ => metadata(&[&after], Vec::new()),
    });
    let _serving = serve(listener, script);
    let cluster = Cluster::connect(settings(vec![endpoint.clone()]))
        .await
        .unwrap();
    assert_eq!(
        cluster.connection(1, 0).await.unwrap().address(),
        endpoint.to_string()
    );
    cluster.refresh(&[]).await.unwrap();
    assert_eq!(
        cluster.connection(1, 0).await.unwrap().address(),
        elsewhere.to_string()
    );
}

#[tokio::test]
async fn a_topic_that_does_not_exist_is_an_error_after_one_answer_and_is_not_created() {
    let unknown = |_| vec![failed(ResponseError::UnknownTopicOrPartition)];
    let (cluster, script) = cluster(unknown).await;
    for lookup in [
        cluster.topic("t", AutoCreate::Never).await,
        cluster.fresh_topic("t").await,
    ] {
        assert_eq!(
            lookup,
            Err(TopicError::Unknown {
                name: "t".into(),
                reason: None
            })
        );
    }
    let asked = script.asked();
    assert_eq!(asked.len(), 3);
    assert!(
        asked
            .iter()
            .all(|request| !request.allow_auto_topic_creation)
    );
}

#[tokio::test]
async fn a_topic_is_waited_for_until_every_partition_has_a_leader() {
    let (cluster, script) = cluster(|place| {
        vec![match place {
            0 => failed(ResponseError::UnknownTopicOrPartition),
            1 => failed(ResponseError::LeaderNotAvailable),
            2 => topic(&[1, -1]),
            _ => topic(&[1, 1]),
        }]
    })
    .await;
    let found = cluster.topic("t", AutoCreate::Allowed).await.unwrap();
    assert_eq!((&*found.name, found.id), ("t", Uuid::from_u128(1)));
    assert!(
        found
            .partitions
            .iter()
            .all(|partition| partition.leader == Some(1))
    );
    let asked = script.asked();
    assert_eq!(asked.len(), 5);
    assert!(
        asked[1..]
            .iter()
            .all(|request| request.allow_auto_topic_creation)
    );
}

#[tokio::test]
async fn a_topic_that_the_cluster_does_not_create_says_how_to_create_it() {
    let unknown = |_| vec![failed(ResponseError::UnknownTopicOrPartition)];
    let brief = |settings: &mut ClientSettings| settings.max_block = Duration::from_millis(50);
    let (cluster, _script) = cluster_with(unknown, brief).await;
    let error = cluster.topic("t", AutoCreate::Allowed).await.unwrap_err();
    assert!(matches!(error, TopicError::Unknown { .. }));
    assert!(
        error
            .to_string()
            .contains("kafka-topics.sh --create --topic t"),
        "{error}"
    );
}

#[tokio::test]
async fn a_partition_without_leader_is_named_once_waiting_ends() {
    let brief = |settings: &mut ClientSettings| settings.max_block = Duration::from_millis(50);
    let (cluster, _script) = cluster_with(|_| vec![topic(&[1, -1])], brief).await;
    let error = cluster.topic("t", AutoCreate::Never).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("topic t partition 1 has no leader"),
        "{error}"
    );
    let fresh = cluster.fresh_topic("t").await.unwrap();
    assert_eq!(fresh.partitions[1].leader, None);
}

#[tokio::test]
async fn answers_that_waiting_cannot_mend_are_errors_at_once() {
    let name = || "t".to_owned();
    let cases = [
        (
            ResponseError::TopicAuthorizationFailed,
            TopicError::NotAuthorized { name: name() },
        ),
        (
            ResponseError::InvalidTopicException,
            TopicError::InvalidName {
                name: name(),
                reason: "the broker does not accept it",
            },
        ),
        (
            ResponseError::PolicyViolation,
            TopicError::Request(super::metadata::refused(ResponseError::PolicyViolation)),
        ),
    ];
    for (code, expected) in cases {
        let (cluster, script) = cluster(move |_| vec![failed(code)]).await;
        assert_eq!(cluster.topic("t", AutoCreate::Allowed).await, Err(expected));
        assert_eq!(script.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_name_that_no_topic_can_have_is_not_asked_for() {
    let (cluster, script) = cluster(|_| Vec::new()).await;
    let error = cluster.topic("a b", AutoCreate::Allowed).await.unwrap_err();
    assert!(matches!(error, TopicError::InvalidName { .. }));
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn concurrent_refreshes_are_one_request_and_never_create_topics() {
    let (cluster, script) = cluster(|_| vec![topic(&[1])]).await;
    let names = [Arc::from("t")];
    let views = join_all((0..10).map(|_| cluster.refresh(&names))).await;
    for view in views {
        assert_eq!(
            view.unwrap().topic("t").unwrap().partitions[0].leader,
            Some(1)
        );
    }
    let asked = script.asked();
    assert_eq!(asked.len(), 2);
    assert!(!asked[1].allow_auto_topic_creation);
}

#[tokio::test]
async fn after_a_shutdown_everything_fails_at_once() {
    let (endpoint, ..) = honest_broker().await;
    let cluster = Cluster::connect(settings(vec![endpoint])).await.unwrap();
    let connection = cluster.connection(1, 0).await.unwrap();
    let asked = async {
        let request = |_| InitProducerIdRequest::default().with_transaction_timeout_ms(1);
        cluster.call(Target::Broker(1), request).await
    };
    let shutdown = async {
        // Only after the request was made.
        tokio::task::yield_now().await;
        cluster.shutdown().await;
    };
    let (outcome, ()) = tokio::join!(asked, shutdown);
    assert!(outcome.is_err());
    assert!(connection.is_closed());
    assert_eq!(
        cluster.connection(1, 0).await.unwrap_err(),
        ConnectError::Closed
    );
    let refreshed = cluster.refresh(&[]).await.unwrap_err();
    assert_eq!(refreshed, RequestError::Connect(ConnectError::Closed));
    let topic = cluster.topic("t", AutoCreate::Allowed).await.unwrap_err();
    assert_eq!(topic.to_string(), "the client was shut down");
}

/// A bootstrap address that first names a broker that is not there and hangs up, and later itself.
async fn changed_cluster() -> Endpoint {
    let (listener, endpoint) = reserved().await;
    let (itself, gone) = (endpoint.clone(), nobody().await);
    tokio::spawn(async move {
        let mut peer = Peer(listener.accept().await.unwrap().0);
        peer.greet().await;
        let request = peer.request().await.unwrap();
        peer.answer(&request, &metadata(&[&gone], Vec::new())).await;
        drop(peer);
        let script = Script::new(move |_| metadata(&[&itself], Vec::new()));
        serve(listener, script).await
    });
    endpoint
}

/// Waits until the bootstrap connection is seen to be closed: then a broker that is known is asked.
async fn refresh_error(cluster: &Cluster) -> RequestError {
    loop {
        match cluster.refresh(&[]).await {
            Err(error @ (RequestError::Lost { .. } | RequestError::NotSent { .. })) => drop(error),
            Err(error) => return error,
            Ok(view) => panic!("answered by {:?}", view.brokers),
        }
    }
}

#[tokio::test]
async fn without_rebootstrap_a_cluster_that_changed_wholly_is_not_found_again() {
    let cluster = Cluster::connect(settings(vec![changed_cluster().await]))
        .await
        .unwrap();
    let error = refresh_error(&cluster).await;
    assert!(matches!(
        error,
        RequestError::Connect(ConnectError::AdvertisedUnreachable { .. })
    ));
}

#[tokio::test]
async fn with_rebootstrap_a_cluster_that_changed_wholly_is_found_again_when_its_time_comes() {
    let endpoint = changed_cluster().await;
    let mut settings = settings(vec![endpoint.clone()]);
    settings.rebootstrap = Some(Duration::from_millis(50));
    let cluster = Cluster::connect(settings).await.unwrap();
    let error = refresh_error(&cluster).await;
    assert!(matches!(error, RequestError::Connect(_)), "{error}");
    let found = loop {
        if let Ok(view) = cluster.refresh(&[]).await {
            break view;
        }
    };
    assert_eq!(found.brokers[&1], endpoint);
}

#[tokio::test]
async fn a_broker_that_asks_for_it_sends_the_client_back_to_the_bootstrap_addresses() {
    let (listener, endpoint) = reserved().await;
    let itself = endpoint.clone();
    let script = Script::new(move |place| {
        let code = if place == 1 {
            ResponseError::RebootstrapRequired.code()
        } else {
            0
        };
        metadata(&[&itself], Vec::new()).with_error_code(code)
    });
    let _serving = serve(listener, script.clone());
    let mut settings = settings(vec![endpoint]);
    settings.rebootstrap = Some(Duration::from_secs(300));
    let cluster = Cluster::connect(settings).await.unwrap();
    cluster.refresh(&[]).await.unwrap();
    assert_eq!((script.connections(), script.asked().len()), (2, 4));
}
