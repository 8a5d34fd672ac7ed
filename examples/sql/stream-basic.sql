-- Basic Streaming Write.
CREATE EXTERNAL TABLE input_stream STORED AS KAFKA LOCATION 'kafka:///input-stream'
  OPTIONS ('startingOffsets' 'earliest');

CREATE EXTERNAL TABLE output_stream STORED AS KAFKA LOCATION 'kafka:///output-stream';

INSERT INTO output_stream SELECT CAST(value AS STRING) FROM input_stream;

-- reads input-stream: first
-- reads input-stream: second
-- leaves output-stream: null first
-- leaves output-stream: null second
