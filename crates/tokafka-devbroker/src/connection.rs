//! One connection: requests are carried out and answered one at a time, in order, as Kafka does.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::{ApiKey, RequestKind, ResponseKind};
use tokio::{
    io::{AsyncRead, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::{
    api::{Reply, carry_out, produced_bytes, targets, throttle, unsupported_version},
    cluster::Node,
    faults::{FaultAction, Verdict},
    frame::{FrameError, RequestFrame, read_frame},
    shape::is_whole,
};

/// What happens on the connection after a request.
#[derive(Debug)]
enum Next {
    Send(Bytes),
    /// Nothing is sent; the next request follows.
    Continue,
    /// These bytes are sent, then the connection ends.
    Cut(Bytes),
    /// Nothing is ever sent again.
    Silence,
    Close,
}

/// Serves a client until it leaves, sends something malformed, or a fault cuts the connection.
pub(crate) async fn serve(mut stream: TcpStream, node: &Node) {
    if let Err(error) = serve_requests(&mut stream, node).await {
        tracing::debug!(%error, "closing a connection");
    }
}

async fn serve_requests(stream: &mut TcpStream, node: &Node) -> Result<(), FrameError> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    let cut = |api| node.cluster.faults.cut_request(api);
    while let Some(frame) = read_frame(&mut reader, cut).await? {
        let (next, muted) = handle(node, frame).await?;
        match next {
            Next::Send(answer) => writer.write_all(&answer).await?,
            Next::Continue => {}
            Next::Cut(answer) => {
                writer.write_all(&answer).await?;
                writer.shutdown().await?;
                return ignore(reader).await;
            }
            Next::Silence => return ignore(reader).await,
            Next::Close => return Ok(()),
        }
        sleep(muted).await;
    }
    Ok(())
}

/// Reads and forgets what comes, until the client leaves.
async fn ignore(mut reader: impl AsyncRead + Unpin) -> Result<(), FrameError> {
    tokio::io::copy(&mut reader, &mut tokio::io::sink()).await?;
    Ok(())
}

/// Carries a request out; what follows, and for how long the connection is muted then.
async fn handle(node: &Node, frame: Bytes) -> Result<(Next, Duration), FrameError> {
    let frame = RequestFrame::parse(frame)?;
    let cluster = &node.cluster;
    cluster.count_request(frame.api);
    if !cluster.config.profile.offers(frame.api, frame.version) {
        return Ok((refuse_version(node, &frame)?, Duration::ZERO));
    }
    let request = decode(&frame)?;
    let targets = targets(&request, &cluster.topics());
    let verdict = cluster.faults.meet(frame.api, &targets);
    if let Some(next) = before(node, &verdict).await {
        return Ok((next, Duration::ZERO));
    }
    let reply = carry_out(node, frame.version, &request, &verdict).await;
    if verdict.action() == Some(FaultAction::Duplicate) {
        carry_out(node, frame.version, &request, &verdict).await;
    }
    let quota = cluster
        .quota
        .charge(Instant::now(), produced_bytes(&request));
    let muted = throttle_of(&verdict).map_or(quota, |time| time.max(quota));
    let next = match reply {
        Reply::Answer(answer) => Next::Send(frame.answer(&shown(*answer, muted), frame.version)?),
        Reply::Nothing => Next::Continue,
        Reply::Close => Next::Close,
    };
    Ok((after(node, next, &verdict).await, muted))
}

/// A version that is not offered closes the connection, except that ApiVersions is told which are.
fn refuse_version(node: &Node, frame: &RequestFrame) -> Result<Next, FrameError> {
    let (api, version) = (frame.api, frame.version);
    tracing::debug!(?api, version, "not offered");
    match api {
        ApiKey::ApiVersions => {
            let answer = unsupported_version(node.cluster.config.profile);
            Ok(Next::Send(frame.answer(&answer.into(), 0)?))
        }
        _ => Ok(Next::Close),
    }
}

fn decode(frame: &RequestFrame) -> Result<RequestKind, FrameError> {
    if !is_whole(frame.api, frame.version, frame.flexible, &frame.body) {
        let message = format!(
            "the body of {:?} v{} is cut short",
            frame.api, frame.version
        );
        return Err(FrameError::Malformed(message));
    }
    RequestKind::decode(frame.api, &mut frame.body.clone(), frame.version)
        .map_err(|error| FrameError::Malformed(format!("{error:#}")))
}

fn throttle_of(verdict: &Verdict) -> Option<Duration> {
    if let FaultAction::Throttle(time) = verdict.action()? {
        Some(time)
    } else {
        None
    }
}

fn shown(mut answer: ResponseKind, throttled: Duration) -> ResponseKind {
    if !throttled.is_zero() {
        throttle(&mut answer, throttled);
    }
    answer
}

/// What the fault does before the request is carried out; `Some` if it never is.
async fn before(node: &Node, verdict: &Verdict) -> Option<Next> {
    match verdict.action()? {
        FaultAction::Cut => return Some(Next::Close),
        FaultAction::Drop => return Some(Next::Silence),
        FaultAction::DelayRequest(time) => sleep(time).await,
        FaultAction::HoldRequest => node.cluster.holds.wait().await,
        FaultAction::Refuse(_)
        | FaultAction::CutRequest(_)
        | FaultAction::Duplicate
        | FaultAction::CarryOutThenAnswer(_)
        | FaultAction::LoseAnswer
        | FaultAction::CutAnswer(_)
        | FaultAction::Silence
        | FaultAction::DelayAnswer(_)
        | FaultAction::HoldAnswer
        | FaultAction::Throttle(_) => {}
    }
    None
}

/// What the fault makes of a request that was carried out.
async fn after(node: &Node, next: Next, verdict: &Verdict) -> Next {
    let Some(action) = verdict.action() else {
        return next;
    };
    match action {
        FaultAction::LoseAnswer => return Next::Close,
        FaultAction::CutAnswer(bytes) => return cut_short(next, bytes),
        FaultAction::Silence => return Next::Silence,
        FaultAction::DelayAnswer(time) => sleep(time).await,
        FaultAction::HoldAnswer => node.cluster.holds.wait().await,
        FaultAction::Refuse(_)
        | FaultAction::Cut
        | FaultAction::CutRequest(_)
        | FaultAction::Drop
        | FaultAction::DelayRequest(_)
        | FaultAction::HoldRequest
        | FaultAction::Duplicate
        | FaultAction::CarryOutThenAnswer(_)
        | FaultAction::Throttle(_) => {}
    }
    next
}

fn cut_short(next: Next, bytes: usize) -> Next {
    if let Next::Send(answer) = next {
        Next::Cut(answer.slice(..bytes.min(answer.len())))
    } else {
        Next::Close
    }
}
