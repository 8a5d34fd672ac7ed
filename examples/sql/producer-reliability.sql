-- Settings for reliability. All but the number of retries are what tokafka does by itself.
CREATE EXTERNAL TABLE critical STORED AS KAFKA LOCATION 'kafka:///critical-topic' OPTIONS (
  'kafka.acks' 'all',
  'kafka.retries' '10',
  'kafka.retry.backoff.ms' '1000',
  'kafka.enable.idempotence' 'true',
  'kafka.max.in.flight.requests.per.connection' '1'
);

INSERT INTO critical (key, value) VALUES ('1', 'first'), ('1', 'second'), ('1', 'third');

-- leaves critical-topic: 1 first
-- leaves critical-topic: 1 second
-- leaves critical-topic: 1 third
