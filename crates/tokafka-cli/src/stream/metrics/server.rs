//! Requests and answers: HTTP/1.1, a connection for each.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use tokafka_streaming::Trigger;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

use super::{super::tally::Tally, health::Health, page, text};

/// The largest head of a request.
const HEAD: usize = 8192;
const HEADERS: usize = 64;
/// How long a client may take to ask, and to take its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections at the same time; others wait.
const CONNECTIONS: usize = 64;
/// After a connection could not be accepted, as when files are short.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves what is known of a stream, until it is dropped.
#[derive(Debug)]
pub(in crate::stream) struct MetricsServer {
    address: SocketAddr,
    _task: AbortOnDropHandle<()>,
}

impl MetricsServer {
    /// Listens. Fails if something else does already.
    pub(in crate::stream) async fn start(
        address: SocketAddr,
        tally: Arc<Tally>,
        trigger: Trigger,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| {
            format!(
                "--metrics {address}: cannot listen there. If another stream does, give each a port of its \
                 own"
            )
        })?;
        let address = listener.local_addr()?;
        let interval = match trigger {
            Trigger::ProcessingTime(interval) => interval,
            Trigger::AvailableNow | Trigger::Once => Duration::ZERO,
        };
        let site = Arc::new(Site {
            tally,
            health: Health::new(interval),
        });
        let task = tokio::spawn(serve(listener, site));
        Ok(Self {
            address,
            _task: AbortOnDropHandle::new(task),
        })
    }

    /// Where it listens.
    pub(in crate::stream) fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn serve(listener: TcpListener, site: Arc<Site>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let site = Arc::clone(&site);
        tokio::spawn(async move {
            let _answered = timeout(PATIENCE, answer(stream, &site)).await;
            drop(place);
        });
    }
}

/// Answers one request. What is wrong with the connection is the client's business.
async fn answer(mut stream: TcpStream, site: &Site) -> std::io::Result<()> {
    let mut head = Vec::new();
    let request = loop {
        match parsed(&head) {
            Parsed::Request(request) => break request,
            Parsed::Partial if head.len() < HEAD => {}
            Parsed::Partial | Parsed::Nonsense => break Request::Nonsense,
        }
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    };
    let with_body = !matches!(request, Request::Head(_));
    let answer = match request {
        Request::Get(path) | Request::Head(path) => site.answer(&path),
        Request::Other => Answer::plain("405 Method Not Allowed", "only GET and HEAD"),
        Request::Nonsense => Answer::plain("400 Bad Request", "this is no request"),
    };
    stream.write_all(answer.head().as_bytes()).await?;
    if with_body {
        stream.write_all(answer.body.as_bytes()).await?;
    }
    stream.shutdown().await
}

#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Request(Request),
    /// More is to come.
    Partial,
    Nonsense,
}

#[derive(Debug, PartialEq, Eq)]
enum Request {
    Get(String),
    Head(String),
    Other,
    Nonsense,
}

fn parsed(head: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Parsed::Partial,
        Err(_) => return Parsed::Nonsense,
    }
    let path = request.path.unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default().to_owned();
    Parsed::Request(match request.method {
        Some("GET") => Request::Get(path),
        Some("HEAD") => Request::Head(path),
        _ => Request::Other,
    })
}

/// What is served.
#[derive(Debug)]
struct Site {
    tally: Arc<Tally>,
    health: Health,
}

impl Site {
    fn answer(&self, path: &str) -> Answer {
        let tally = &self.tally;
        match path {
            "/" => Answer {
                status: "200 OK",
                kind: "text/html; charset=utf-8",
                body: page::HTML.to_owned(),
            },
            "/status" => Answer {
                status: "200 OK",
                kind: "application/json",
                body: page::json(tally, &self.health.is_ready(tally)),
            },
            "/metrics" => Answer {
                status: "200 OK",
                kind: text::KIND,
                body: text::text(tally, self.health.is_ready(tally).is_well),
            },
            "/livez" => Answer::health(self.health.lives(tally)),
            "/readyz" => Answer::health(self.health.is_ready(tally)),
            _ => Answer::plain(
                "404 Not Found",
                "there are / and /status, /metrics, /livez, /readyz",
            ),
        }
    }
}

struct Answer {
    status: &'static str,
    kind: &'static str,
    body: String,
}

impl Answer {
    fn plain(status: &'static str, text: &str) -> Self {
        Self {
            status,
            kind: "text/plain; charset=utf-8",
            body: format!("{text}\n"),
        }
    }

    fn health(verdict: super::health::Verdict) -> Self {
        let status = match verdict.is_well {
            true => "200 OK",
            false => "503 Service Unavailable",
        };
        Self::plain(status, &verdict.reason)
    }

    fn head(&self) -> String {
        format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             X-Content-Type-Options: nosniff\r\nContent-Security-Policy: {}\r\nConnection: close\r\n\r\n",
            self.status,
            self.kind,
            self.body.len(),
            page::POLICY,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_far_as_they_are_there() {
        let whole = b"GET /metrics?x=1 HTTP/1.1\r\nHost: h\r\n\r\n";
        for end in 0..whole.len() {
            assert_eq!(parsed(&whole[..end]), Parsed::Partial, "{end}");
        }
        let get = Parsed::Request(Request::Get("/metrics".to_owned()));
        assert_eq!(parsed(whole), get);
        let post = parsed(b"POST / HTTP/1.1\r\n\r\n");
        assert_eq!(post, Parsed::Request(Request::Other));
        assert_eq!(parsed(b"\x16\x03\x01\x02\x00"), Parsed::Nonsense);
    }
}
