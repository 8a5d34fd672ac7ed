-- The topic is an option: it is part of the LOCATION.
CREATE EXTERNAL TABLE output STORED AS KAFKA LOCATION 'kafka:///output-topic';

INSERT INTO output (value) VALUES ('one'), ('two');

-- leaves output-topic: null one
-- leaves output-topic: null two
