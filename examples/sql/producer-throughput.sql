-- Settings for throughput.
CREATE EXTERNAL TABLE fast STORED AS KAFKA LOCATION 'kafka:///high-throughput-topic' OPTIONS (
  'kafka.acks' '1',                  -- the leader alone; `tokafka check` says what that risks
  'kafka.compression.type' 'snappy',
  'kafka.batch.size' '65536',
  'kafka.linger.ms' '10',
  'kafka.buffer.memory' '67108864'
);

INSERT INTO fast (value) SELECT CAST(number AS STRING) FROM generate_series(1, 1000) AS numbers (number);
