# What CI runs, a recipe each. `just` alone lists them.

_list:
    @just --list --unsorted

# All of it, as CI does.
ci: format lint test profiles docs kafka

# Formatting.
format:
    cargo fmt --all --check

# Lints, warnings included; also of what only the fuzz targets use.
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo clippy --locked -p tokafka-client --features fuzzing -- -D warnings

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

# On Apache Kafka: the conformance suite, the program and what Spark wrote, also on Kafka 3.9; what librdkafka
# and Kafka's tools read back; a broker that is killed during a write; a stream that is killed, and one that
# goes to and fro between real Spark and the program.
kafka:
    cargo test --locked --no-run -p tokafka-readback -p tokafka-soak
    cargo build --locked --bins --example die_at_step
    dev/kafka run -- just on-kafka
    dev/kafka run --version 3.9.2 -- just conformance

# The tests that need a cluster; `dev/kafka run` gives them one.
on-kafka: conformance
    cargo test --locked -p tokafka-readback
    cargo test --locked -p tokafka-soak
    cargo run --locked -p tokafka-soak -- writes --writes 1
    cargo run --locked -p tokafka-soak -- streams --kills 5
    dev/spark/takeover

# Those that every version of Kafka passes. The default members are tested without naming a package,
# since that would build DataFusion once more with other features.
conformance:
    cargo test --locked --test conformance
    cargo test --locked --test program on_kafka
    cargo test --locked --test page on_kafka
    cargo test --locked --test spark
    cargo test --locked --lib on_kafka
    cargo test --locked --test restarted

# Nodes killed during many writes, with the peers beside: one node 50 times, the leader of three 20 times.
# Takes hours, so CI does without.
soak *args='--client tokafka --client librdkafka --client java':
    cargo build --release --locked -p tokafka-soak
    dev/kafka run -- cargo run --release --locked -p tokafka-soak -- writes {{args}}
    dev/kafka run --nodes 3 -- cargo run --release --locked -p tokafka-soak -- writes --writes 20 --faults 1 --ending stop --ending kill --rows 5000000 --within 10000 {{args}}

# A stream killed at 200 random moments and before every step of its driver; then three nodes restarted under a
# running stream, and all of them away for three minutes. Takes about half an hour.
soak-streams:
    cargo build --locked --bins --example die_at_step
    cargo build --locked -p tokafka-soak
    dev/kafka run -- cargo run --locked -p tokafka-soak -- streams
    dev/kafka run --nodes 3 -- cargo run --locked -p tokafka-soak -- outages

# Random schedules of faults, many more than the tests try.
nightly seeds='0..10000':
    TOKAFKA_SEEDS={{seeds}} cargo test --locked -p tokafka-client --test schedules

# One schedule of faults again; prints its plan.
replay seed:
    TOKAFKA_SEEDS={{seed}} cargo test --locked -p tokafka-client --test schedules -- --nocapture

# Small changes to the code of lanes, each of which a test must notice (needs cargo-mutants).
mutants *args:
    cargo mutants -p tokafka-client -f 'crates/tokafka-client/src/producer/lane.rs' -f 'crates/tokafka-client/src/producer/lane/*.rs' -f crates/tokafka-client/src/producer/verdict.rs --timeout 60 {{args}} -- --lib producer

# Licences, bans, sources and advisories (needs cargo-deny).
deny:
    cargo deny check

# The figures of docs/performance.md.
bench:
    cargo run --release --locked -p tokafka-bench -- encode
    cargo run --release --locked -p tokafka-bench -- json
    dev/kafka run -- cargo run --release --locked -p tokafka-bench -- produce
    cargo build --release --locked --bins
    dev/kafka run -- cargo run --release --locked -p tokafka-bench -- stream

# Feeds one of the fuzz targets of `fuzz/README.md` for so many seconds (needs nightly and cargo-fuzz). Reading files may
# take more memory: the sanitizer keeps what was freed, and a page of Parquet says in 32 bits how much room it needs.
fuzz target seconds='900':
    mkdir -p fuzz/target/corpus/{{target}}
    cargo +nightly fuzz run --fuzz-dir fuzz {{ if target == 'files' { '--features files' } else { '' } }} {{target}} fuzz/target/corpus/{{target}} fuzz/corpus/{{target}} -- -max_total_time={{seconds}} -timeout=10 {{ if target == 'files' { '-malloc_limit_mb=4096 -rss_limit_mb=2048' } else { '-rss_limit_mb=512' } }} -max_len=65536

# Each of them.
fuzz-all seconds='900':
    for target in settings batches round_trip responses frames rows receipts checkpoint files; do just fuzz $target {{seconds}} || exit 1; done
