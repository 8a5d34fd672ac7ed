-- Each row names its topic: a LOCATION without one leaves it to the column.
CREATE TABLE source AS SELECT * FROM (VALUES
  ('orders', 7, 1.5),
  ('refunds', 8, 2.5)
) AS rows (topic, key, value);

CREATE EXTERNAL TABLE cluster STORED AS KAFKA LOCATION 'kafka:///';

INSERT INTO cluster (topic, key, value)
SELECT topic, CAST(key AS STRING), CAST(value AS STRING)
FROM source;

-- leaves orders: 7 1.5
-- leaves refunds: 8 2.5
