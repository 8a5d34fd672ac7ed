# What CI runs, a recipe each. `just` alone lists them.

_list:
    @just --list --unsorted

# All of it, as CI does.
ci: format lint test profiles docs kafka

# Formatting.
format:
    cargo fmt --all --check

# Lints, warnings included.
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# The README's test command: needs no broker, no Java, no C++ compiler.
test:
    cargo test

# The client's suites against the embedded broker, as older versions of Kafka.
profiles:
    TOKAFKA_TEST_PROFILE=2.8 cargo test --locked -p tokafka-client --test conformance --test producer
    TOKAFKA_TEST_PROFILE=3.9 cargo test --locked -p tokafka-client --test conformance --test producer

# The documentation builds without a broken link.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# On Apache Kafka: the conformance suite, the program, and what librdkafka and Kafka's tools read back.
kafka:
    cargo test --locked --no-run -p tokafka-readback
    dev/kafka run -- just on-kafka

# The tests that need a cluster; `dev/kafka run` gives them one. The default members are tested without
# naming a package, since that would build DataFusion once more with other features.
on-kafka:
    cargo test --locked --test conformance
    cargo test --locked --test program on_kafka
    cargo test --locked -p tokafka-readback

# Licences, bans, sources and advisories (needs cargo-deny).
deny:
    cargo deny check

# The figures of docs/performance.md.
bench:
    cargo run --release --locked -p tokafka-bench -- encode
    dev/kafka run -- cargo run --release --locked -p tokafka-bench -- produce
