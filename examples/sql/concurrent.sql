-- Requests under way at a time.
CREATE EXTERNAL TABLE target STORED AS KAFKA LOCATION 'kafka:///concurrent-topic' OPTIONS (
  'kafka.max.in.flight.requests.per.connection' '5'
);

INSERT INTO target (key, value)
SELECT CAST(number % 7 AS STRING), CAST(number AS STRING) FROM generate_series(1, 1000) AS numbers (number);
