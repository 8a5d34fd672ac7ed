-- Large batches. How many writers there are is DataFusion's matter in SQL: SET changes it.
SET datafusion.execution.target_partitions = 10;

CREATE EXTERNAL TABLE target STORED AS KAFKA LOCATION 'kafka:///high-volume-topic' OPTIONS (
  'kafka.batch.size' '131072',        -- 128 KB batches
  'kafka.linger.ms' '20',
  'kafka.compression.type' 'lz4'
);

INSERT INTO target (value) SELECT CAST(number AS STRING) FROM generate_series(1, 1000) AS numbers (number);
