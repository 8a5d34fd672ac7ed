use crate::{
    admin, cluster, producer, ranges,
    wire::{self, Api},
};
use bytes::Bytes;
use kafka_protocol::messages::{
    ApiVersionsRequest, CreateTopicsRequest, DeleteTopicsRequest, DescribeConfigsRequest,
    FetchRequest, FindCoordinatorRequest, InitProducerIdRequest, ListOffsetsRequest,
    MetadataRequest, OffsetCommitRequest, OffsetFetchRequest, ProduceRequest,
};

/// The body of an answer: the first byte says to which request, the second in which version.
pub fn responses(data: &[u8]) {
    let Some((&[api, version], body)) = data.split_first_chunk() else {
        return;
    };
    let body = Bytes::copy_from_slice(body);
    match api % 12 {
        0 => drop(decode::<ApiVersionsRequest>(body, version)),
        1 => drop(decode::<CreateTopicsRequest>(body, version)),
        2 => drop(decode::<DeleteTopicsRequest>(body, version)),
        3 => {
            let fetched = decode::<FetchRequest>(body, version);
            fetched.into_iter().for_each(ranges::fuzzing::fetched);
        }
        4 => drop(decode::<FindCoordinatorRequest>(body, version)),
        5 => drop(decode::<InitProducerIdRequest>(body, version)),
        6 => drop(decode::<ListOffsetsRequest>(body, version)),
        7 => {
            if let Some(answer) = decode::<MetadataRequest>(body, version) {
                cluster::fuzzing::described(answer.clone());
                admin::fuzzing::described(answer);
            }
        }
        8 => producer::fuzzing::produced(body, spoken::<ProduceRequest>(version)),
        9 => {
            let answer = decode::<DescribeConfigsRequest>(body, version);
            answer.into_iter().for_each(admin::fuzzing::configured);
        }
        10 => {
            let answer = decode::<OffsetCommitRequest>(body, version);
            answer.into_iter().for_each(admin::fuzzing::committed);
        }
        _ => {
            let answer = decode::<OffsetFetchRequest>(body, version);
            answer.into_iter().for_each(admin::fuzzing::told);
        }
    }
}

fn decode<R: Api>(body: Bytes, version: u8) -> Option<R::Response> {
    wire::decode(body, spoken::<R>(version)).ok()
}

/// One of the versions that this client speaks.
fn spoken<R: Api>(version: u8) -> i16 {
    let (first, last) = (*<R as Api>::VERSIONS.start(), *<R as Api>::VERSIONS.end());
    first + i16::from(version) % (last - first + 1)
}
