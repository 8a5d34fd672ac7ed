//! Finding brokers, losing them, finding them again.

use std::time::Duration;

use futures::future::join_all;
use kafka_protocol::messages::InitProducerIdRequest;

use super::script::{Script, cluster, honest_broker, metadata, reserved, serve};
use crate::{
    cluster::{AutoCreate, Cluster, Target},
    error::{ConnectError, RequestError, ResponseError},
    settings::Endpoint,
    wire::testing::{Peer, listen, nobody, settings},
};

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
        drop(serve(listener, script.clone()));
    };
    let settings = settings(vec![endpoint.clone()]);
    let (cluster, ()) = tokio::join!(Cluster::connect(settings), starting);
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
