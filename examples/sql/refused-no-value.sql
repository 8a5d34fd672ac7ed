-- There is no value column.
-- refused: Required attribute 'value' not found
CREATE EXTERNAL TABLE incomplete ("key" STRING, topic STRING) STORED AS KAFKA LOCATION 'kafka:///';
