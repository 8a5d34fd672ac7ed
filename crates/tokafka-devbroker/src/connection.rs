//! One connection: requests are carried out and answered one at a time, in order, as Kafka does.

use bytes::Bytes;
use kafka_protocol::messages::{ApiKey, RequestKind, ResponseKind};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::{
    api::{Reply, carry_out, is_offered, targets, throttle, unsupported_version},
    faults::{FaultAction, Verdict},
    frame::{FrameError, RequestFrame, read_frame},
    node::Node,
    shape::is_whole,
};

/// What happens on the connection after a request.
#[derive(Debug)]
enum Next {
    Send(Bytes),
    /// Nothing is sent; the next request follows.
    Continue,
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
    while let Some(frame) = read_frame(&mut reader).await? {
        match handle(node, frame).await? {
            Next::Send(answer) => writer.write_all(&answer).await?,
            Next::Continue => {}
            Next::Silence => {
                tokio::io::copy(&mut reader, &mut tokio::io::sink()).await?;
                return Ok(());
            }
            Next::Close => return Ok(()),
        }
    }
    Ok(())
}

async fn handle(node: &Node, frame: Bytes) -> Result<Next, FrameError> {
    let frame = RequestFrame::parse(frame)?;
    node.count_request(frame.api);
    if !is_offered(frame.api, frame.version) {
        return refuse_version(&frame);
    }
    let request = decode(&frame)?;
    let verdict = node
        .faults
        .meet(frame.api, &targets(&request, &node.topics()));
    if verdict.action() == Some(FaultAction::Cut) {
        return Ok(Next::Close);
    }
    let reply = carry_out(node, frame.version, &request, &verdict).await;
    let next = match reply {
        Reply::Answer(answer) => {
            Next::Send(frame.answer(&shown(*answer, &verdict), frame.version)?)
        }
        Reply::Nothing => Next::Continue,
        Reply::Close => Next::Close,
    };
    Ok(after_fault(next, &verdict).await)
}

/// A version that is not offered closes the connection, except that ApiVersions is told which are.
fn refuse_version(frame: &RequestFrame) -> Result<Next, FrameError> {
    let (api, version) = (frame.api, frame.version);
    tracing::debug!(?api, version, "not offered");
    match api {
        ApiKey::ApiVersions => Ok(Next::Send(frame.answer(&unsupported_version().into(), 0)?)),
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

/// The answer as the fault has it.
fn shown(mut answer: ResponseKind, verdict: &Verdict) -> ResponseKind {
    if let Some(FaultAction::Throttle(time)) = verdict.action() {
        throttle(&mut answer, time);
    }
    answer
}

/// What the fault makes of a request that was carried out.
async fn after_fault(next: Next, verdict: &Verdict) -> Next {
    match verdict.action() {
        Some(FaultAction::LoseAnswer) => Next::Close,
        Some(FaultAction::Silence) => Next::Silence,
        Some(FaultAction::Delay(time)) => {
            tokio::time::sleep(time).await;
            next
        }
        Some(
            FaultAction::Refuse(_)
            | FaultAction::CarryOutThenAnswer(_)
            | FaultAction::Cut
            | FaultAction::Throttle(_),
        )
        | None => next,
    }
}
