//! A proxy before a node, which keeps answers to itself and cuts connections.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{ApiKey, MetadataResponse, ResponseHeader},
    protocol::{Decodable, Encodable},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    task::AbortHandle,
};

/// Metadata names the proxy in place of the node, so that no client goes past it.
pub(crate) struct Proxy {
    shared: Arc<Shared>,
    listening: AbortHandle,
}

struct Shared {
    node: String,
    address: SocketAddr,
    is_open: AtomicBool,
    is_swallowing: AtomicBool,
    swallowed: AtomicUsize,
    connections: Mutex<Vec<AbortHandle>>,
}

/// Kind and version of the requests of a connection that were not answered, by correlation id.
type Pending = Mutex<HashMap<i32, (i16, i16)>>;

impl Proxy {
    pub(crate) async fn before(node: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Arc::new(Shared {
            node,
            address: listener.local_addr().unwrap(),
            is_open: AtomicBool::new(true),
            is_swallowing: AtomicBool::new(false),
            swallowed: AtomicUsize::new(0),
            connections: Mutex::default(),
        });
        let listening = tokio::spawn(listen(listener, Arc::clone(&shared))).abort_handle();
        Self { shared, listening }
    }

    pub(crate) fn address(&self) -> String {
        self.shared.address.to_string()
    }

    /// From now on, answers to produce requests go nowhere.
    pub(crate) fn swallow_produce_answers(&self) {
        self.shared.is_swallowing.store(true, Ordering::SeqCst);
    }

    /// Waits until as many answers went nowhere: what they answer is in the log.
    pub(crate) async fn until_swallowed(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.shared.swallowed.load(Ordering::SeqCst) < count {
            assert!(Instant::now() < deadline, "too few answers came");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Cuts all connections and takes no new ones.
    pub(crate) fn close(&self) {
        self.shared.is_open.store(false, Ordering::SeqCst);
        for connection in self.shared.connections.lock().unwrap().drain(..) {
            connection.abort();
        }
    }

    /// Takes connections again, and keeps nothing to itself.
    pub(crate) fn open(&self) {
        self.shared.is_swallowing.store(false, Ordering::SeqCst);
        self.shared.is_open.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
        self.close();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let mut connections = shared.connections.lock().unwrap();
        // Under the lock, so that none is taken while all are cut.
        if shared.is_open.load(Ordering::SeqCst) {
            let serve = serve(client, Arc::clone(&shared));
            connections.push(tokio::spawn(serve).abort_handle());
        }
    }
}

/// Ends, and with it both connections, when one of them does.
async fn serve(client: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let node = TcpStream::connect(&shared.node).await?;
    let (from_client, to_client) = client.into_split();
    let (from_node, to_node) = node.into_split();
    let pending = Pending::default();
    tokio::select! {
        ended = requests(from_client, to_node, &pending) => ended,
        ended = answers(from_node, to_client, &pending, &shared) => ended,
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    pending: &Pending,
) -> io::Result<()> {
    loop {
        let frame = read_frame(&mut from).await?;
        let number = |at: usize| i16::from_be_bytes([frame[at], frame[at + 1]]);
        let (api, version) = (number(0), number(2));
        pending
            .lock()
            .unwrap()
            .insert(correlation_id(&frame[4..]), (api, version));
        write_frame(&mut to, &frame).await?;
    }
}

async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    pending: &Pending,
    shared: &Shared,
) -> io::Result<()> {
    loop {
        let mut frame = read_frame(&mut from).await?;
        let request = pending.lock().unwrap().remove(&correlation_id(&frame));
        let (api, version) = request.expect("an answer to a request");
        if api == ApiKey::Produce as i16 && shared.is_swallowing.load(Ordering::SeqCst) {
            shared.swallowed.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        if api == ApiKey::Metadata as i16 {
            frame = naming(shared.address, frame, version);
        }
        write_frame(&mut to, &frame).await?;
    }
}

/// Metadata whose nodes are the proxy.
fn naming(address: SocketAddr, mut frame: Bytes, version: i16) -> Bytes {
    let header_version = ApiKey::Metadata.response_header_version(version);
    let header = ResponseHeader::decode(&mut frame, header_version).unwrap();
    let mut metadata = MetadataResponse::decode(&mut frame, version).unwrap();
    for node in &mut metadata.brokers {
        node.port = i32::from(address.port());
    }
    let mut renamed = BytesMut::new();
    header.encode(&mut renamed, header_version).unwrap();
    metadata.encode(&mut renamed, version).unwrap();
    renamed.freeze()
}

fn correlation_id(bytes: &[u8]) -> i32 {
    i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

async fn read_frame(from: &mut OwnedReadHalf) -> io::Result<Bytes> {
    let len = usize::try_from(from.read_i32().await?).unwrap();
    let mut frame = vec![0; len];
    from.read_exact(&mut frame).await?;
    Ok(frame.into())
}

async fn write_frame(to: &mut OwnedWriteHalf, frame: &[u8]) -> io::Result<()> {
    let mut whole = BytesMut::with_capacity(4 + frame.len());
    whole.put_i32(i32::try_from(frame.len()).unwrap());
    whole.put_slice(frame);
    to.write_all(&whole).await
}
