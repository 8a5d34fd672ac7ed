-- Producer settings, under Kafka's names.
CREATE EXTERNAL TABLE reliable STORED AS KAFKA LOCATION 'kafka:///reliable-topic' OPTIONS (
  'kafka.acks' 'all',               -- wait for all replicas
  'kafka.retries' '3',              -- send again what fails
  'kafka.batch.size' '16384',       -- bytes of a batch
  'kafka.linger.ms' '5',            -- wait up to 5 ms for more rows
  'kafka.buffer.memory' '33554432'  -- 32 MB for batches
);

INSERT INTO reliable (value) VALUES ('kept');

-- leaves reliable-topic: null kept
