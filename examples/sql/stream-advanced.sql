-- Advanced Streaming Write. Run it with --trigger '30 seconds', as the page does.
CREATE EXTERNAL TABLE input_stream STORED AS KAFKA LOCATION 'kafka:///input-stream'
  OPTIONS ('startingOffsets' 'earliest');

-- Without a topic: each row names its own.
CREATE EXTERNAL TABLE events STORED AS KAFKA LOCATION 'kafka:///';

CREATE VIEW parsed AS
SELECT
  CAST(key AS STRING) AS key,
  from_json(CAST(value AS STRING), 'user_id INT, event_type STRING') AS data
FROM input_stream;

INSERT INTO events
SELECT
  CASE WHEN data['event_type'] = 'purchase' THEN 'purchase-events' ELSE 'general-events' END AS topic,
  key,
  to_json(data) AS value
FROM parsed;

-- reads input-stream: {"user_id":7,"event_type":"purchase","more":1}
-- reads input-stream: {"user_id":8,"event_type":"visit"}
-- leaves general-events: null {"user_id":8,"event_type":"visit"}
-- leaves purchase-events: null {"user_id":7,"event_type":"purchase"}
