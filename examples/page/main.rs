//! The examples of Spark's page "Writing to Kafka", one after the other:
//! `cargo run -p tokafka --example page -- localhost:9092`, on a broker that creates topics, with ten
//! partitions each.

mod twins;

use tokafka::{KafkaDataFrame, SaveMode};

use twins::{
    Started, Written, batch_writes, columns, names, performance, producer, routing,
    rows::{categories, events, many, messages, users},
    streaming, validation,
};

type Done = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Done {
    let address = std::env::args().nth(1);
    let address = address.ok_or("give the address of a broker, host:port")?;
    capabilities(&address).await?;
    columns_and_topics(&address).await?;
    producers_and_batches(&address).await?;
    streams(&address).await?;
    errors(&address).await?;
    pool_and_performance(&address).await
}

async fn capabilities(to: &str) -> Done {
    show("Basic write", names::basic_write(messages()?, to).await);
    show(
        "Write with topic column",
        names::write_with_topic_column(messages()?, to).await,
    );
    show("KafkaWriter", names::kafka_writer(messages()?, to).await);
    show(
        "KafkaWrite, batch",
        names::kafka_write_to_batch(messages()?, to).await,
    );
    show(
        "KafkaWrite, streaming",
        names::kafka_write_to_streaming(messages()?, to).await,
    );
    show("KafkaSink", names::kafka_sink(messages()?, to).await);
    Ok(())
}

async fn columns_and_topics(to: &str) -> Done {
    show("Required Columns", columns::required_columns(to).await);
    show("Optional Columns", columns::optional_columns(to).await);
    show(
        "Column Types and Conversion",
        columns::column_types_and_conversion(events()?, to).await,
    );

    show(
        "Static Topic Assignment",
        routing::static_topic_assignment(messages()?, to).await,
    );
    show(
        "Dynamic Topic Routing",
        routing::dynamic_topic_routing(events()?, to).await,
    );
    show(
        "Topic Validation",
        routing::topic_validation(messages()?, to).await,
    );
    Ok(())
}

async fn producers_and_batches(to: &str) -> Done {
    show(
        "Basic Producer Settings",
        producer::basic_producer_settings(messages()?, to).await,
    );
    show(
        "Performance Optimization",
        producer::performance_optimization(messages()?, to).await,
    );
    show(
        "Reliability Configuration",
        producer::reliability_configuration(messages()?, to).await,
    );
    show(
        "Simple Batch Write",
        batch_writes::simple_batch_write(users()?, to).await,
    );
    show(
        "Partitioned Batch Write",
        batch_writes::partitioned_batch_write(users()?, to).await,
    );
    show(
        "Multi-Topic Batch Write",
        batch_writes::multi_topic_batch_write(categories()?, to).await,
    );
    Ok(())
}

async fn streams(to: &str) -> Done {
    let directory = std::env::temp_dir().join(format!("tokafka-page-{}", std::process::id()));
    let checkpoint = |name: &str| directory.join(name).display().to_string();
    let input = || streaming::kafka_input_stream("input-stream", to);
    let given = messages()?.write().option("kafka.bootstrap.servers", to);
    given.option("topic", "input-stream").save().await?;
    let query = streaming::basic_streaming_write(input()?, to, &checkpoint("basic")).await;
    drain("Basic Streaming Write", query).await;
    let query = streaming::advanced_streaming_write(input()?, to, &checkpoint("advanced")).await;
    drain("Advanced Streaming Write", query).await;
    let query = streaming::streaming_write_with_headers(input()?, to, &checkpoint("headers")).await;
    drain("Streaming Write with Headers", query).await;
    std::fs::remove_dir_all(directory)?;
    Ok(())
}

/// Waits until all that is there is written, then stops.
async fn drain(heading: &str, started: Started) {
    let query = match started {
        Ok(query) => query,
        Err(error) => return println!("{heading}: {error}"),
    };
    match query.process_all_available().await {
        Ok(()) => println!("{heading}: {} batches", query.recent_progress().len()),
        Err(error) => println!("{heading}: {error}"),
    }
    query.stop().await;
}

async fn errors(to: &str) -> Done {
    show(
        "Schema Validation",
        validation::schema_validation(messages()?, to).await,
    );
    let parameter = validation::producer_parameter_validation(messages()?, to).await;
    show("Producer Parameter Validation", parameter);
    for mode in [
        SaveMode::Overwrite,
        SaveMode::Append,
        SaveMode::ErrorIfExists,
    ] {
        let saved = validation::save_mode_validation(messages()?, to, mode).await;
        show(&format!("Save Mode Validation, {mode}"), saved);
    }
    Ok(())
}

async fn pool_and_performance(to: &str) -> Done {
    show(
        "Producer Cache Configuration",
        names::producer_cache_configuration(messages()?, to).await,
    );
    show(
        "Producer Pool Management",
        names::producer_pool_management(messages()?, to).await,
    );

    show(
        "Batch Size Tuning",
        performance::batch_size_tuning(many(30)?, to).await,
    );
    show(
        "Memory Management",
        performance::memory_management(many(30)?, to).await,
    );
    show(
        "Concurrent Writes",
        performance::concurrent_writes(many(30)?, to).await,
    );
    Ok(())
}

fn show(heading: &str, written: Written) {
    match written {
        Ok(report) => println!(
            "{heading}: {} rows, {} writers",
            report.rows, report.writers
        ),
        Err(error) => println!("{heading}: {error}"),
    }
}
