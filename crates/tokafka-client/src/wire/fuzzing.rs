//! A connection whose other end sends any bytes.

use kafka_protocol::messages::ApiKey;
use tokio::io::AsyncWriteExt;

use super::{connection::Connection, handshake::negotiate, request::Reply};
use crate::settings::{ClientSettings, Properties};

/// Half of the time the bytes answer the handshake, else four requests.
pub(crate) fn frames(data: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let properties: Properties = [("bootstrap.servers", "broker:9092")].into_iter().collect();
    let settings = ClientSettings::from_properties(&properties);
    let (Ok(runtime), Ok(settings), Some((choice, data))) = (runtime, settings, data.split_first())
    else {
        return;
    };
    runtime.block_on(async {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        let connection = Connection::start(ours, "broker:9092".into(), &settings);
        let broker = async {
            // Bytes may come in any pieces.
            for piece in data.chunks(usize::from(*choice) + 1) {
                if theirs.write_all(piece).await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
            drop(theirs);
        };
        if choice % 2 == 0 {
            drop(tokio::join!(negotiate(&connection), broker));
        } else {
            let ask =
                |_| connection.submit(ApiKey::Metadata, "Metadata", 12, vec![], Reply::Expected);
            let asked = futures::future::join_all((0..4).map(ask));
            drop(tokio::join!(asked, broker));
        }
    });
}
