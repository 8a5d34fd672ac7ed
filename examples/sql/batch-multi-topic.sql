-- Several topics in one statement.
CREATE TABLE events AS SELECT * FROM (VALUES
  ('orders', '1', 'o'),
  ('payments', '2', 'p'),
  ('inventory', '3', 'i'),
  ('other', '4', 'x')
) AS rows (category, key, value);

CREATE EXTERNAL TABLE cluster STORED AS KAFKA LOCATION 'kafka:///';

INSERT INTO cluster (topic, key, value)
SELECT
  CASE category
    WHEN 'orders' THEN 'order-events'
    WHEN 'payments' THEN 'payment-events'
    WHEN 'inventory' THEN 'inventory-events'
    ELSE 'misc-events'
  END AS topic,
  key,
  value
FROM events;

-- leaves inventory-events: 3 i
-- leaves misc-events: 4 x
-- leaves order-events: 1 o
-- leaves payment-events: 2 p
