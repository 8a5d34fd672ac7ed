//! Brokers that cannot be reached.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use bytes::{Buf, BytesMut};
use kafka_protocol::{
    messages::{
        ApiKey, ApiVersionsResponse, BrokerId, MetadataResponse, api_versions_response::ApiVersion,
        metadata_response::MetadataResponseBroker,
    },
    protocol::{Encodable, HeaderVersion, StrBytes},
};

use crate::harness::{Scratch, dead_address};

#[test]
fn an_address_that_does_not_answer_is_named_with_the_reason_and_how_long_it_was_tried() {
    let address = dead_address();
    Scratch::with_records()
        .run(&format!(
            "write t.csv -t t -b {address} -X max.block.ms=700"
        ))
        .failed(&[&address, "refused", "within 7"]);
    Scratch::new()
        .run(&format!("read t -b {address} -X max.block.ms=700"))
        .failed(&[&address, "refused", "within 7"]);
}

#[test]
fn a_name_that_does_not_resolve_is_named() {
    Scratch::with_records()
        .run("write t.csv -t t -b no-such-host.invalid:9092 -X max.block.ms=700")
        .failed(&["no-such-host.invalid:9092"]);
}

#[test]
fn a_bootstrap_that_answers_is_told_from_the_advertised_address_that_does_not() {
    let advertised = dead_address();
    let bootstrap = bootstrap_of(&advertised);
    Scratch::with_records()
        .run(&format!(
            "write t.csv -t t -b {bootstrap} -X max.block.ms=1500 -X delivery.timeout.ms=3000 \
                       -X request.timeout.ms=1000 -X linger.ms=0"
        ))
        .failed(&[&bootstrap, &advertised, "advertise"]);
}

/// A broker that answers who it is, and says it lives at another address.
fn bootstrap_of(advertised: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let port: u16 = advertised.rsplit_once(':').unwrap().1.parse().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || serve(connection, port));
        }
    });
    address
}

fn serve(mut connection: TcpStream, port: u16) -> Option<()> {
    loop {
        let mut length = [0; 4];
        connection.read_exact(&mut length).ok()?;
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        connection.read_exact(&mut frame).ok()?;
        let mut request = &frame[..];
        let (api, version, correlation) = (request.get_i16(), request.get_i16(), request.get_i32());
        let mut body = BytesMut::new();
        match ApiKey::try_from(api).ok()? {
            ApiKey::ApiVersions => answer(&versions(), correlation, version.min(3), &mut body),
            ApiKey::Metadata => answer(&metadata(port), correlation, version, &mut body),
            _ => return None,
        }
        connection
            .write_all(&(body.len() as u32).to_be_bytes())
            .ok()?;
        connection.write_all(&body).ok()?;
    }
}

fn answer<R: Encodable + HeaderVersion>(
    response: &R,
    correlation: i32,
    version: i16,
    out: &mut BytesMut,
) {
    out.extend_from_slice(&correlation.to_be_bytes());
    if R::header_version(version) >= 1 {
        out.extend_from_slice(&[0]);
    }
    response.encode(out, version).unwrap();
}

fn versions() -> ApiVersionsResponse {
    let ranges = [
        (ApiKey::Produce, 3, 11),
        (ApiKey::Fetch, 4, 12),
        (ApiKey::ListOffsets, 1, 7),
        (ApiKey::Metadata, 4, 12),
        (ApiKey::ApiVersions, 0, 3),
        (ApiKey::InitProducerId, 0, 4),
    ];
    let keys = ranges.map(|(api, min, max)| {
        ApiVersion::default()
            .with_api_key(api as i16)
            .with_min_version(min)
            .with_max_version(max)
    });
    ApiVersionsResponse::default().with_api_keys(keys.to_vec())
}

fn metadata(port: u16) -> MetadataResponse {
    let broker = MetadataResponseBroker::default()
        .with_node_id(BrokerId(1))
        .with_host(StrBytes::from_static_str("127.0.0.1"))
        .with_port(i32::from(port));
    MetadataResponse::default()
        .with_brokers(vec![broker])
        .with_controller_id(BrokerId(1))
        .with_cluster_id(Some(StrBytes::from_static_str("scripted")))
}
