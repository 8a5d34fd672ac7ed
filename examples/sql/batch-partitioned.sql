-- The data says which partition.
CREATE TABLE users AS SELECT * FROM (VALUES
  (17, 'a'),
  (28, 'b'),
  (107, 'c')
) AS rows (user_id, name);

CREATE EXTERNAL TABLE target STORED AS KAFKA LOCATION 'kafka:///partitioned-data';

INSERT INTO target (key, value, partition)
SELECT
  CAST(user_id AS STRING) AS key,
  to_json(struct(*)) AS value,
  CAST(CAST(user_id AS LONG) % 10 AS INT) AS partition
FROM users;

-- leaves partitioned-data/7: 107 {"user_id":107,"name":"c"}
-- leaves partitioned-data/7: 17 {"user_id":17,"name":"a"}
-- leaves partitioned-data/8: 28 {"user_id":28,"name":"b"}
