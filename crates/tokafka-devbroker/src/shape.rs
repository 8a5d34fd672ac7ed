//! Walks a request's body before it is decoded.
//!
//! The decoder of `kafka_protocol` allocates an array for as many items as the request claims,
//! which a malformed request can make larger than memory. So first it is checked that the bytes of
//! every string and item are there. The tables follow Kafka's message definitions.

use bytes::Buf;
use kafka_protocol::messages::ApiKey;

/// A field, in the versions in which it exists.
struct Field {
    kind: Kind,
    since: i16,
    until: i16,
}

enum Kind {
    /// So many bytes.
    Fixed(usize),
    /// A string, null or not.
    Text,
    /// Bytes, null or not.
    Blob,
    /// An array of structures, null or not.
    Rows(&'static [Field]),
    /// An array of items of so many bytes.
    Items(usize),
    /// An array of strings.
    Texts,
}

const fn always(kind: Kind) -> Field {
    between(kind, 0, i16::MAX)
}

const fn since(kind: Kind, since: i16) -> Field {
    between(kind, since, i16::MAX)
}

const fn between(kind: Kind, since: i16, until: i16) -> Field {
    Field { kind, since, until }
}

use Kind::{Blob, Fixed, Items, Rows, Text, Texts};

const API_VERSIONS: &[Field] = &[since(Text, 3), since(Text, 3)];
const METADATA: &[Field] = &[
    always(Rows(&[since(Fixed(16), 10), always(Text)])),
    since(Fixed(1), 4),
    between(Fixed(1), 8, 10),
    since(Fixed(1), 8),
];
const PRODUCE: &[Field] = &[
    always(Text),
    always(Fixed(6)),
    always(Rows(&[
        between(Text, 0, 12),
        since(Fixed(16), 13),
        always(Rows(&[always(Fixed(4)), always(Blob)])),
    ])),
];
const FETCH: &[Field] = &[
    between(Fixed(4), 0, 14),
    always(Fixed(13)),
    since(Fixed(8), 7),
    always(Rows(&[
        between(Text, 0, 12),
        since(Fixed(16), 13),
        always(Rows(&[
            always(Fixed(4)),
            since(Fixed(4), 9),
            always(Fixed(8)),
            since(Fixed(4), 12),
            since(Fixed(8), 5),
            always(Fixed(4)),
        ])),
    ])),
    since(
        Rows(&[between(Text, 0, 12), since(Fixed(16), 13), always(Items(4))]),
        7,
    ),
    since(Text, 11),
];
const LIST_OFFSETS: &[Field] = &[
    always(Fixed(4)),
    since(Fixed(1), 2),
    always(Rows(&[
        always(Text),
        always(Rows(&[
            always(Fixed(4)),
            since(Fixed(4), 4),
            always(Fixed(8)),
        ])),
    ])),
    since(Fixed(4), 10),
];
const CREATE_TOPICS: &[Field] = &[
    always(Rows(&[
        always(Text),
        always(Fixed(6)),
        always(Rows(&[always(Fixed(4)), always(Items(4))])),
        always(Rows(&[always(Text), always(Text)])),
    ])),
    always(Fixed(5)),
];
const DELETE_TOPICS: &[Field] = &[
    since(Rows(&[always(Text), always(Fixed(16))]), 6),
    between(Texts, 0, 5),
    always(Fixed(4)),
];
const DESCRIBE_CONFIGS: &[Field] = &[
    always(Rows(&[always(Fixed(1)), always(Text), always(Texts)])),
    since(Fixed(1), 1),
    since(Fixed(1), 3),
];
const FIND_COORDINATOR: &[Field] = &[between(Text, 0, 3), since(Fixed(1), 1), since(Texts, 4)];
const OFFSET_COMMIT: &[Field] = &[
    always(Text),
    since(Fixed(4), 1),
    since(Text, 1),
    since(Text, 7),
    between(Fixed(8), 2, 4),
    always(Rows(&[
        always(Text),
        always(Rows(&[always(Fixed(12)), since(Fixed(4), 6), always(Text)])),
    ])),
];
const OFFSET_FETCH: &[Field] = &[
    always(Text),
    always(Rows(&[always(Text), always(Items(4))])),
    since(Fixed(1), 7),
];
const INIT_PRODUCER_ID: &[Field] = &[always(Text), always(Fixed(4)), since(Fixed(10), 3)];

/// True if the body has all bytes that it claims.
///
/// More bytes are let pass, as Kafka lets them: librdkafka's Metadata requests have some.
pub(crate) fn is_whole(api: ApiKey, version: i16, flexible: bool, body: &[u8]) -> bool {
    let fields = match api {
        ApiKey::ApiVersions => API_VERSIONS,
        ApiKey::Metadata => METADATA,
        ApiKey::Produce => PRODUCE,
        ApiKey::Fetch => FETCH,
        ApiKey::ListOffsets => LIST_OFFSETS,
        ApiKey::CreateTopics => CREATE_TOPICS,
        ApiKey::DeleteTopics => DELETE_TOPICS,
        ApiKey::DescribeConfigs => DESCRIBE_CONFIGS,
        ApiKey::FindCoordinator => FIND_COORDINATOR,
        ApiKey::InitProducerId => INIT_PRODUCER_ID,
        ApiKey::OffsetCommit => OFFSET_COMMIT,
        ApiKey::OffsetFetch => OFFSET_FETCH,
        _ => return false,
    };
    let mut walk = Walk {
        rest: body,
        version,
        flexible,
    };
    walk.structure(fields).is_some()
}

/// Every step is `None` if it would pass the end.
struct Walk<'a> {
    rest: &'a [u8],
    version: i16,
    flexible: bool,
}

impl Walk<'_> {
    fn structure(&mut self, fields: &[Field]) -> Option<()> {
        for field in fields {
            if (field.since..=field.until).contains(&self.version) {
                self.field(&field.kind)?;
            }
        }
        if self.flexible {
            self.tagged_fields()
        } else {
            Some(())
        }
    }

    fn field(&mut self, kind: &Kind) -> Option<()> {
        match kind {
            Fixed(size) => self.skip(*size),
            Text => self.text(),
            Blob => {
                let size = self.length()?;
                self.skip(size)
            }
            Rows(fields) => (0..self.length()?).try_for_each(|_| self.structure(fields)),
            Items(size) => {
                let bytes = self.length()?.checked_mul(*size)?;
                self.skip(bytes)
            }
            Texts => (0..self.length()?).try_for_each(|_| self.text()),
        }
    }

    fn text(&mut self) -> Option<()> {
        if self.flexible {
            let size = self.length()?;
            return self.skip(size);
        }
        match self.rest.try_get_i16().ok()? {
            -1 => Some(()),
            size => self.skip(usize::try_from(size).ok()?),
        }
    }

    /// The length of bytes or of an array; 0 for null.
    fn length(&mut self) -> Option<usize> {
        if self.flexible {
            return Some(self.unsigned_varint()?.saturating_sub(1));
        }
        match self.rest.try_get_i32().ok()? {
            -1 => Some(0),
            length => usize::try_from(length).ok(),
        }
    }

    fn tagged_fields(&mut self) -> Option<()> {
        for _ in 0..self.unsigned_varint()? {
            let _tag = self.unsigned_varint()?;
            let size = self.unsigned_varint()?;
            self.skip(size)?;
        }
        Some(())
    }

    fn unsigned_varint(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        for place in 0..5 {
            let byte = self.rest.try_get_u8().ok()?;
            value |= usize::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }
}
