-- Every column: topic, key, value, partition, headers.
CREATE EXTERNAL TABLE cluster STORED AS KAFKA LOCATION 'kafka:///';

INSERT INTO cluster (topic, key, value, partition, headers) VALUES
  ('user-events', 'user123', '{"event":"login","timestamp":1234567890}', 0,
   array(struct('correlation-id' AS key, CAST('abc123' AS BINARY) AS value),
         struct('source' AS key, CAST('web' AS BINARY) AS value))),
  ('user-events', 'user456', '{"event":"logout","timestamp":1234567891}', 1,
   array(struct('correlation-id' AS key, CAST('def456' AS BINARY) AS value),
         struct('source' AS key, CAST('mobile' AS BINARY) AS value)));

-- leaves user-events/0: user123 {"event":"login","timestamp":1234567890} correlation-id=abc123 source=web
-- leaves user-events/1: user456 {"event":"logout","timestamp":1234567891} correlation-id=def456 source=mobile
