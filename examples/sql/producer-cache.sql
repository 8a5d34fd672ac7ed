-- How long a producer is kept for the next write, and how often that is looked after.
CREATE EXTERNAL TABLE target STORED AS KAFKA LOCATION 'kafka:///pooled' OPTIONS (
  'tokafka.producer.cache.timeout' '10m',
  'tokafka.producer.cache.evictor.interval' '1m'
);

INSERT INTO target (value) VALUES ('by a producer');
INSERT INTO target (value) VALUES ('by the same');

-- leaves pooled: null by a producer
-- leaves pooled: null by the same
