-- A value is all that a record needs.
CREATE EXTERNAL TABLE messages STORED AS KAFKA LOCATION 'kafka:///messages';

INSERT INTO messages (value) VALUES ('Hello World');

-- leaves messages: null Hello World
