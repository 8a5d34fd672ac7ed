-- A setting that cannot be.
-- refused: Kafka option 'key.serializer' is not supported as keys are serialized with ByteArraySerializer
CREATE EXTERNAL TABLE target STORED AS KAFKA LOCATION 'kafka:///test'
  OPTIONS ('kafka.key.serializer' 'custom.serializer');
