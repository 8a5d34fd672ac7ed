-- All records go to one topic; of the columns, only the value is written.
CREATE TABLE source AS SELECT * FROM (VALUES
  (1, 'a'),
  (2, 'b')
) AS rows (id, value);

CREATE EXTERNAL TABLE target STORED AS KAFKA LOCATION 'kafka:///static-topic';

INSERT INTO target (value)
SELECT value FROM source;

-- leaves static-topic: null a
-- leaves static-topic: null b
