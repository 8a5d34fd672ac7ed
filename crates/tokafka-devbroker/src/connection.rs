//! One connection: requests are carried out and answered one at a time, in order, as Kafka does.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::{ApiKey, RequestKind, ResponseKind};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::{
    Direction, KafkaVersion,
    api::{Call, Reply, carry_out, targets, throttle, unsupported_version},
    faults::{FaultAction, Verdict},
    frame::{FrameError, RequestFrame, read_frame},
    node::Node,
    severance::Severable,
    shape::is_whole,
};

/// What happens on the connection after a request.
#[derive(Debug)]
enum Next {
    /// The answer; then nothing is read for a while.
    Send {
        answer: Bytes,
        mute: Duration,
    },
    /// Nothing is sent; the next request follows.
    Continue,
    /// Nothing is ever sent again.
    Silence,
    Close,
}

/// Serves a client until it leaves, sends something malformed, or a fault cuts the connection.
pub(crate) async fn serve(mut stream: TcpStream, node: &Node, node_id: i32) {
    let cut = node.severance.watch();
    let served = cut.run_until_cancelled(serve_requests(&mut stream, node, node_id));
    if let Some(Err(error)) = served.await {
        tracing::debug!(%error, "closing a connection");
    }
}

async fn serve_requests(
    stream: &mut TcpStream,
    node: &Node,
    node_id: i32,
) -> Result<(), FrameError> {
    stream.set_nodelay(true)?;
    let (inner, mut writer) = stream.split();
    let severance = node.severance.clone();
    let mut reader = BufReader::new(Severable { inner, severance });
    while let Some(frame) = read_frame(&mut reader).await? {
        match handle(node, node_id, frame).await? {
            Next::Send { answer, mute } => {
                let passing = node.severance.pass(Direction::Sent, answer.len());
                writer.write_all(&answer.slice(..passing)).await?;
                if passing < answer.len() {
                    return Ok(());
                }
                tokio::time::sleep(mute).await;
            }
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

async fn handle(node: &Node, node_id: i32, frame: Bytes) -> Result<Next, FrameError> {
    let frame = RequestFrame::parse(frame)?;
    node.count_request(frame.api);
    let offered = node.config.version;
    if !offered.offers(frame.api, frame.version) {
        return refuse_version(&frame, offered);
    }
    let request = decode(&frame)?;
    let verdict = node
        .faults
        .meet(frame.api, &targets(&request, &node.topics()));
    if verdict.action() == Some(FaultAction::Cut) {
        return Ok(Next::Close);
    }
    let call = Call {
        node,
        node_id,
        version: frame.version,
        verdict: &verdict,
    };
    if verdict.action() == Some(FaultAction::Hold) {
        node.released.notified().await;
    }
    if verdict.action() == Some(FaultAction::Repeat) {
        carry_out(&call, &request).await;
    }
    let reply = carry_out(&call, &request).await;
    let mute = match frame.api {
        ApiKey::Produce => node.quota.charge(frame.body.len()),
        _ => Duration::ZERO,
    };
    let next = match reply {
        Reply::Answer(answer) => {
            let answer = frame.answer(&shown(*answer, &verdict, mute), frame.version)?;
            Next::Send { answer, mute }
        }
        Reply::Nothing => Next::Continue,
        Reply::Close => Next::Close,
    };
    Ok(after_fault(next, &verdict).await)
}

/// A version that is not offered closes the connection, except that ApiVersions is told which are.
fn refuse_version(frame: &RequestFrame, offered: KafkaVersion) -> Result<Next, FrameError> {
    let (api, version) = (frame.api, frame.version);
    tracing::debug!(?api, version, "not offered");
    match api {
        ApiKey::ApiVersions => Ok(Next::Send {
            answer: frame.answer(&unsupported_version(offered).into(), 0)?,
            mute: Duration::ZERO,
        }),
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

/// The answer as the quota or the fault has it.
fn shown(mut answer: ResponseKind, verdict: &Verdict, mute: Duration) -> ResponseKind {
    let time = match verdict.action() {
        Some(FaultAction::Throttle(time)) => time,
        _ => mute,
    };
    if !time.is_zero() {
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
            | FaultAction::Hold
            | FaultAction::Repeat
            | FaultAction::Throttle(_),
        )
        | None => next,
    }
}
