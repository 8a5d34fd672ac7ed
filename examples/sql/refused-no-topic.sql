-- Neither the LOCATION nor a column says the topic.
-- refused: Topic option or topic column must be specified for Kafka writes
CREATE EXTERNAL TABLE nowhere (value STRING) STORED AS KAFKA LOCATION 'kafka:///';

INSERT INTO nowhere VALUES ('lost');
