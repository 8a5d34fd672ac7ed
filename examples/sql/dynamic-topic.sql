-- The data says which topic.
CREATE TABLE source AS SELECT * FROM (VALUES
  ('error', 'disk full'),
  ('warning', 'disk at 90 %'),
  ('start', 'up')
) AS rows (event_type, value);

CREATE EXTERNAL TABLE cluster STORED AS KAFKA LOCATION 'kafka:///';

INSERT INTO cluster (topic, value)
SELECT
  CASE event_type WHEN 'error' THEN 'error-topic' WHEN 'warning' THEN 'warning-topic' ELSE 'info-topic' END AS topic,
  value
FROM source;

-- leaves error-topic: null disk full
-- leaves info-topic: null up
-- leaves warning-topic: null disk at 90 %
