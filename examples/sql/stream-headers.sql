-- Streaming Write with Headers.
CREATE EXTERNAL TABLE input_stream STORED AS KAFKA LOCATION 'kafka:///input-stream'
  OPTIONS ('startingOffsets' 'earliest');

CREATE EXTERNAL TABLE enriched_stream STORED AS KAFKA LOCATION 'kafka:///enriched-stream';

INSERT INTO enriched_stream
SELECT
  CAST(key AS STRING) AS key,
  CAST(value AS STRING) AS value,
  array(
    named_struct('key', 'source', 'value', CAST('spark-streaming' AS BINARY)),
    named_struct('key', 'version', 'value', CAST('1.0' AS BINARY))
  ) AS headers
FROM input_stream;

-- reads input-stream: first
-- leaves enriched-stream: null first source=spark-streaming version=1.0
