//! The rule table. Names, defaults and bounds are those of `ProducerConfig`, `ConsumerConfig` and
//! `CommonClientConfigs` of Kafka's client 4.x, beside our own, which begin with `tokafka.`.

use super::{
    kind::Kind::{self, Boolean, Int, LevelOrDefault, Long, OneOf, OneOfIgnoringCase, Text},
    rule::{Effect, Rule},
};

macro_rules! secret {
    () => {
        false
    };
    (secret) => {
        true
    };
}

/// Makes `RULES`, and a constant of each rule that applies, by which settings are read.
macro_rules! rules {
    (
        applies { $($constant:ident: $name:literal = $default:literal, $kind:expr, $meaning:literal;)* }
        $(no_effect of $inert_kind:expr => {
            $($inert:literal = $inert_default:literal, $inert_meaning:literal;)*
        })*
        $(refused as $instead:literal {
            $($($secret:ident)? $refused:literal = $refused_default:literal, $refused_meaning:literal;)*
        })*
    ) => {
        $(pub(super) const $constant: &Rule = &Rule {
            name: $name, meaning: $meaning, default: $default, kind: $kind,
            effect: Effect::Applies, secret: false,
        };)*
        /// Every property that is known: those that apply, those without effect, those refused.
        pub const RULES: &[Rule] = &[
            $(*$constant,)*
            $($(Rule {
                name: $inert, meaning: $inert_meaning, default: $inert_default, kind: $inert_kind,
                effect: Effect::None, secret: false,
            },)*)*
            $($(Rule {
                name: $refused, meaning: $refused_meaning, default: $refused_default, kind: Text,
                effect: Effect::Refused($instead), secret: secret!($($secret)?),
            },)*)*
        ];
    };
}

const NOT_NEGATIVE: Kind = Kind::at_least(0);
const POSITIVE: Kind = Kind::at_least(1);
const BUFFER: Kind = Kind::at_least(-1);
const LONG: Kind = Long { min: 0 };

rules! {
    applies {
        BOOTSTRAP_SERVERS: "bootstrap.servers" = "", Text,
            "The brokers to ask first, as host:port, separated by commas; an IPv6 address stands in brackets.";
        CLIENT_ID: "client.id" = "tokafka", Text,
            "The name under which the broker logs and limits this client.";
        ACKS: "acks" = "all", OneOf(&["all", "-1", "0", "1"]),
            "Which replicas must have a batch before it counts as written: all that are in sync, the leader (1), or none (0).";
        IDEMPOTENCE: "enable.idempotence" = "true", Boolean,
            "Whether the broker recognizes a batch that is sent again, so that retries double and reorder nothing.";
        RETRIES: "retries" = "2147483647", NOT_NEGATIVE,
            "How often a batch may be sent again within delivery.timeout.ms.";
        DELIVERY_TIMEOUT: "delivery.timeout.ms" = "120000", NOT_NEGATIVE,
            "How long a full batch may take to be written, retries included.";
        REQUEST_TIMEOUT: "request.timeout.ms" = "30000", POSITIVE,
            "How long the answer to a request may take; at least 1. Kafka's client takes 0, too, with which no request can succeed.";
        MAX_BLOCK: "max.block.ms" = "60000", LONG,
            "How long to wait for a broker, for a topic's leaders or for free memory.";
        LINGER: "linger.ms" = "5", LONG,
            "How long an unfilled batch waits for more rows when the input pauses.";
        BATCH_SIZE: "batch.size" = "", NOT_NEGATIVE,
            "Bytes of a batch before compression; when unset, large batches are made, since the rows are known in advance.";
        BUFFER_MEMORY: "buffer.memory" = "33554432", Long { min: 1 },
            "Bytes of batches that may wait to be written; writing waits while they are used up.";
        MAX_REQUEST_SIZE: "max.request.size" = "1048576", POSITIVE,
            "Bytes of the largest request, and so of the largest record.";
        MAX_IN_FLIGHT: "max.in.flight.requests.per.connection" = "5", POSITIVE,
            "How many requests may be unanswered on a connection; at most 5 with idempotence.";
        COMPRESSION: "compression.type" = "none", OneOf(&["none", "gzip", "snappy", "lz4", "zstd"]),
            "How batches are compressed.";
        GZIP_LEVEL: "compression.gzip.level" = "-1", LevelOrDefault { min: 1, max: 9 },
            "The level for gzip; -1 is its own default.";
        ZSTD_LEVEL: "compression.zstd.level" = "3", Int { min: -131_072, max: 22 },
            "The level for zstd.";
        IGNORE_KEYS: "partitioner.ignore.keys" = "false", Boolean,
            "Whether rows with a key are spread as rows without one are, instead of by the key's hash.";
        CONNECTIONS_PER_BROKER: "tokafka.connections.per.broker" = "2", Int { min: 1, max: 64 },
            "Connections to each broker over which its partitions are spread.";
        RETRY_BACKOFF: "retry.backoff.ms" = "100", LONG,
            "The wait before the first retry of a request; it doubles with each further one.";
        RETRY_BACKOFF_MAX: "retry.backoff.max.ms" = "1000", LONG,
            "The longest wait before a retry of a request.";
        RECONNECT_BACKOFF: "reconnect.backoff.ms" = "50", LONG,
            "The wait before the first new connection to a broker; it doubles with each further one.";
        RECONNECT_BACKOFF_MAX: "reconnect.backoff.max.ms" = "1000", LONG,
            "The longest wait before a new connection to a broker.";
        SETUP_TIMEOUT: "socket.connection.setup.timeout.ms" = "10000", LONG,
            "How long a connection may take to be opened; it doubles with each failure.";
        SETUP_TIMEOUT_MAX: "socket.connection.setup.timeout.max.ms" = "30000", LONG,
            "The longest time that a connection may take to be opened.";
        CONNECTIONS_MAX_IDLE: "connections.max.idle.ms" = "540000", Long { min: i64::MIN },
            "How long an unused connection stays open; for ever if negative.";
        SEND_BUFFER: "send.buffer.bytes" = "-1", BUFFER,
            "Size of the socket's send buffer (SO_SNDBUF); -1 leaves it to the system, which adapts it.";
        RECEIVE_BUFFER: "receive.buffer.bytes" = "-1", BUFFER,
            "Size of the socket's receive buffer (SO_RCVBUF); -1 leaves it to the system, which adapts it.";
        METADATA_MAX_AGE: "metadata.max.age.ms" = "300000", LONG,
            "How long what is known of topics and leaders is used before it is asked for again.";
        METADATA_RECOVERY: "metadata.recovery.strategy" = "rebootstrap", OneOfIgnoringCase(&["REBOOTSTRAP", "NONE"]),
            "What to do when no known broker answers: start again from bootstrap.servers (rebootstrap), or not (none).";
        REBOOTSTRAP_TRIGGER: "metadata.recovery.rebootstrap.trigger.ms" = "300000", LONG,
            "How long no known broker answers before the client starts again from bootstrap.servers.";
        SECURITY_PROTOCOL: "security.protocol" = "PLAINTEXT",
            OneOfIgnoringCase(&["SASL_SSL", "PLAINTEXT", "SSL", "SASL_PLAINTEXT"]),
            "How connections are protected; only PLAINTEXT until TLS and SASL are built.";
        MAX_BYTES_PER_SECOND: "tokafka.max.bytes.per.second" = "0", LONG,
            "How many bytes of batches, as sent, a producer writes in a second at most, all topics together; 0 means no limit. Waiting for it counts against no time-out.";
        MAX_RESPONSE: "tokafka.max.response.bytes" = "67108864", POSITIVE,
            "Bytes of the longest answer that is taken, and of the longest batch that is decompressed; a longer one is an error.";
        ISOLATION_LEVEL: "isolation.level" = "read_uncommitted", OneOf(&["read_committed", "read_uncommitted"]),
            "Whether reading leaves out aborted transactions and stops at open ones (read_committed).";
        FETCH_MAX_BYTES: "fetch.max.bytes" = "52428800", NOT_NEGATIVE,
            "Bytes of records in one answer to a reader, unless a single batch is longer.";
        PARTITION_FETCH_BYTES: "max.partition.fetch.bytes" = "1048576", NOT_NEGATIVE,
            "Bytes of records of one partition in one answer to a reader, unless a single batch is longer.";
        FETCH_MAX_WAIT: "fetch.max.wait.ms" = "500", NOT_NEGATIVE,
            "How long a broker waits for fetch.min.bytes before it answers a reader.";
        FETCH_MIN_BYTES: "fetch.min.bytes" = "1", NOT_NEGATIVE,
            "Bytes of records that a broker waits for before it answers a reader.";
    }
    no_effect of OneOf(&["use_all_dns_ips"]) => {
        "client.dns.lookup" = "use_all_dns_ips", "How names are looked up: every address of a name is tried.";
    }
    no_effect of Int { min: 1, max: 17 } => {
        "compression.lz4.level" = "9", "The level for lz4, which is always compressed by its fast method.";
    }
    no_effect of Text => {
        "metadata.max.idle.ms" = "300000", "How long unused topics are remembered.";
        "partitioner.adaptive.partitioning.enable" = "true", "Whether slower brokers get fewer rows without a key.";
        "partitioner.availability.timeout.ms" = "0", "When a partition that accepts nothing is passed over.";
        "transaction.timeout.ms" = "60000", "How long a transaction may stay open.";
        "transaction.two.phase.commit.enable" = "false", "Whether transactions have no time limit.";
        "enable.metrics.push" = "true", "Whether the client sends metrics to the broker.";
        "metric.reporters" = "", "Java classes that report metrics.";
        "metrics.num.samples" = "2", "How many samples a metric keeps.";
        "metrics.recording.level" = "INFO", "Which metrics are recorded.";
        "metrics.sample.window.ms" = "30000", "How long a sample of a metric lasts.";
        "auto.include.jmx.reporter" = "true", "Whether metrics are reported through JMX.";
        "client.rack" = "", "Where the client stands; reading always asks the leader.";
        "group.id" = "", "The consumer group; reading is by offsets, without a group.";
        "group.instance.id" = "", "The name of a static member of a group.";
        "group.protocol" = "classic", "The protocol of consumer groups.";
        "group.remote.assignor" = "", "Which assignor the broker uses for a group.";
        "partition.assignment.strategy" = "", "How a group divides partitions.";
        "heartbeat.interval.ms" = "3000", "How often a member of a group reports to its coordinator.";
        "session.timeout.ms" = "45000", "When a silent member of a group is dropped.";
        "max.poll.interval.ms" = "300000", "When a member of a group that does not poll is dropped.";
        "max.poll.records" = "500", "How many records a poll returns.";
        "enable.auto.commit" = "true", "Whether a group's offsets are committed now and then.";
        "auto.commit.interval.ms" = "5000", "How often a group's offsets are committed.";
        "auto.offset.reset" = "latest", "Where a group without offsets begins; a reader names its offsets.";
        "allow.auto.create.topics" = "true", "Whether reading may create a topic; it never does.";
        "exclude.internal.topics" = "true", "Whether subscribing to a pattern leaves out internal topics.";
        "check.crcs" = "true", "Whether checksums of records are verified; they always are.";
        "default.api.timeout.ms" = "60000", "How long a call may take; max.block.ms says so here.";
        "share.acknowledgement.mode" = "implicit", "How records of a share group are acknowledged.";
        "share.acquire.mode" = "BATCH_OPTIMIZED", "How records of a share group are acquired.";
    }
    refused as "keys are serialized with ByteArraySerializer. Make the key column string or binary" {
        "key.serializer" = "", "The Java class that turns keys into bytes.";
    }
    refused as "value are serialized with ByteArraySerializer. Make the value column string or binary" {
        "value.serializer" = "", "The Java class that turns values into bytes.";
    }
    refused as "keys are deserialized as byte arrays with ByteArrayDeserializer. Convert the key column in the query" {
        "key.deserializer" = "", "The Java class that reads keys.";
    }
    refused as "values are deserialized as byte arrays with ByteArrayDeserializer. Convert the value column in the query" {
        "value.deserializer" = "", "The Java class that reads values.";
    }
    refused as "it names a Java class. Partitions are those of Kafka's default partitioner; for others give rows a partition column" {
        "partitioner.class" = "", "The Java class that chooses partitions.";
    }
    refused as "it names Java classes. Change rows in the query that makes them" {
        "interceptor.classes" = "", "Java classes that see each record.";
    }
    refused as "it names Java classes. Write values in full, or as the references that the program resolves" {
        "config.providers" = "", "Java classes that resolve references in values.";
    }
    refused as "requests go to brokers. Set bootstrap.servers" {
        "bootstrap.controllers" = "", "The controllers to ask first.";
    }
    refused as "transactions are not built yet. Leave it out: idempotent writing does not need it" {
        "transactional.id" = "", "The name under which transactions are written.";
    }
    refused as "TLS is not built yet. Connect to a PLAINTEXT listener" {
        "ssl.cipher.suites" = "", "Cipher suites that may be used.";
        "ssl.enabled.protocols" = "TLSv1.2,TLSv1.3", "Versions of TLS that may be used.";
        "ssl.endpoint.identification.algorithm" = "https", "How the broker's name is checked.";
        "ssl.engine.factory.class" = "", "The Java class that makes TLS engines.";
        secret "ssl.key.password" = "", "Password of the private key.";
        "ssl.keymanager.algorithm" = "SunX509", "Java's algorithm for key managers.";
        secret "ssl.keystore.certificate.chain" = "", "The client's certificates, as PEM.";
        secret "ssl.keystore.key" = "", "The client's private key, as PEM.";
        "ssl.keystore.location" = "", "The file with the client's key and certificates.";
        secret "ssl.keystore.password" = "", "Password of the key store.";
        "ssl.keystore.type" = "JKS", "Format of the key store.";
        "ssl.protocol" = "TLSv1.3", "The version of TLS.";
        "ssl.provider" = "", "The Java security provider for TLS.";
        "ssl.secure.random.implementation" = "", "Java's source of random numbers for TLS.";
        "ssl.trustmanager.algorithm" = "PKIX", "Java's algorithm for trust managers.";
        secret "ssl.truststore.certificates" = "", "Certificates that are trusted, as PEM.";
        "ssl.truststore.location" = "", "The file with the certificates that are trusted.";
        secret "ssl.truststore.password" = "", "Password of the trust store.";
        "ssl.truststore.type" = "JKS", "Format of the trust store.";
        "security.providers" = "", "Java classes that provide security algorithms.";
    }
    refused as "SASL is not built yet. Connect to a PLAINTEXT listener" {
        "sasl.mechanism" = "GSSAPI", "How the client proves who it is.";
        secret "sasl.jaas.config" = "", "Login module with name and password, in JAAS form.";
        "sasl.client.callback.handler.class" = "", "The Java class that answers SASL callbacks.";
        "sasl.login.callback.handler.class" = "", "The Java class that answers login callbacks.";
        "sasl.login.class" = "", "The Java class that logs in.";
        "sasl.login.connect.timeout.ms" = "", "How long connecting to the identity provider may take.";
        "sasl.login.read.timeout.ms" = "", "How long the identity provider's answer may take.";
        "sasl.login.refresh.buffer.seconds" = "300", "How long before its end a token is renewed.";
        "sasl.login.refresh.min.period.seconds" = "60", "The shortest time between two renewals.";
        "sasl.login.refresh.window.factor" = "0.8", "The part of a token's life after which it is renewed.";
        "sasl.login.refresh.window.jitter" = "0.05", "How much that part varies at random.";
        "sasl.login.retry.backoff.ms" = "100", "The wait before logging in is tried again.";
        "sasl.login.retry.backoff.max.ms" = "10000", "The longest such wait.";
        "sasl.kerberos.kinit.cmd" = "/usr/bin/kinit", "The kinit command.";
        "sasl.kerberos.min.time.before.relogin" = "60000", "The shortest time between two Kerberos logins.";
        "sasl.kerberos.service.name" = "", "The Kerberos name of the brokers.";
        "sasl.kerberos.ticket.renew.jitter" = "0.05", "How much the renewal of tickets varies at random.";
        "sasl.kerberos.ticket.renew.window.factor" = "0.8", "The part of a ticket's life after which it is renewed.";
        "sasl.oauthbearer.assertion.algorithm" = "RS256", "How assertions are signed.";
        "sasl.oauthbearer.assertion.claim.aud" = "", "The audience of assertions.";
        "sasl.oauthbearer.assertion.claim.exp.seconds" = "300", "How long assertions are valid.";
        "sasl.oauthbearer.assertion.claim.iss" = "", "The issuer of assertions.";
        "sasl.oauthbearer.assertion.claim.jti.include" = "false", "Whether assertions have an identifier.";
        "sasl.oauthbearer.assertion.claim.nbf.seconds" = "60", "How long before now assertions become valid.";
        "sasl.oauthbearer.assertion.claim.sub" = "", "The subject of assertions.";
        "sasl.oauthbearer.assertion.file" = "", "The file with an assertion.";
        "sasl.oauthbearer.assertion.private.key.file" = "", "The file with the key that signs assertions.";
        secret "sasl.oauthbearer.assertion.private.key.passphrase" = "", "Password of the key that signs assertions.";
        "sasl.oauthbearer.assertion.template.file" = "", "The file with a template of assertions.";
        "sasl.oauthbearer.client.credentials.client.id" = "", "The client's name at the identity provider.";
        secret "sasl.oauthbearer.client.credentials.client.secret" = "", "The client's secret at the identity provider.";
        "sasl.oauthbearer.clock.skew.seconds" = "30", "How far clocks may differ.";
        "sasl.oauthbearer.expected.audience" = "", "Audiences that a token must name.";
        "sasl.oauthbearer.expected.issuer" = "", "The issuer that a token must name.";
        "sasl.oauthbearer.header.urlencode" = "false", "Whether name and secret are URL-encoded in the header.";
        "sasl.oauthbearer.jwks.endpoint.refresh.ms" = "3600000", "How often the provider's keys are fetched.";
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms" = "100", "The wait before they are fetched again after a failure.";
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms" = "10000", "The longest such wait.";
        "sasl.oauthbearer.jwks.endpoint.url" = "", "Where the provider's keys are.";
        "sasl.oauthbearer.jwt.retriever.class" = "", "The Java class that fetches tokens.";
        "sasl.oauthbearer.jwt.validator.class" = "", "The Java class that checks tokens.";
        "sasl.oauthbearer.scope" = "", "The scope of tokens.";
        "sasl.oauthbearer.scope.claim.name" = "scope", "The claim that holds the scope.";
        "sasl.oauthbearer.sub.claim.name" = "sub", "The claim that holds the subject.";
        "sasl.oauthbearer.token.endpoint.url" = "", "Where tokens are fetched.";
    }
}
