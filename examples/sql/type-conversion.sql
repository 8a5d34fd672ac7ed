-- Types that Kafka has, from types that it has not.
CREATE TABLE events AS SELECT * FROM (VALUES
  ('typed', 123, 'login'),
  ('typed', 10, 'logout')
) AS rows (topic, user_id, event);

CREATE EXTERNAL TABLE cluster STORED AS KAFKA LOCATION 'kafka:///';

INSERT INTO cluster (topic, key, value, partition, headers)
SELECT
  topic,
  CAST(user_id AS STRING) AS key,
  to_json(struct(*)) AS value,
  CAST(CAST(user_id AS LONG) % 10 AS INT) AS partition,
  array(
    struct('content-type' AS key, CAST('application/json' AS BINARY) AS value),
    struct('source' AS key, CAST('sql' AS BINARY) AS value)
  ) AS headers
FROM events;

-- leaves typed/0: 10 {"topic":"typed","user_id":10,"event":"logout"} content-type=application/json source=sql
-- leaves typed/3: 123 {"topic":"typed","user_id":123,"event":"login"} content-type=application/json source=sql
