-- Records can only be added: INSERT INTO is Append, and there is no other save mode.
-- refused: Save mode Overwrite not allowed for Kafka
CREATE EXTERNAL TABLE target STORED AS KAFKA LOCATION 'kafka:///test';

INSERT OVERWRITE target (value) VALUES ('a');
