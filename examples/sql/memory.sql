-- Memory and the largest request.
CREATE EXTERNAL TABLE target STORED AS KAFKA LOCATION 'kafka:///large-data-topic' OPTIONS (
  'kafka.buffer.memory' '134217728',    -- 128 MB
  'kafka.max.request.size' '10485760'   -- 10 MB; the topic's max.message.bytes has to allow it
);

INSERT INTO target (value) VALUES (repeat('x', 100000));
