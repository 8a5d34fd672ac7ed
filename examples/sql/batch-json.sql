-- Rows of a file as JSON, by key. CSV is declared as text here: left alone, 000010 would become 10.
CREATE EXTERNAL TABLE sales (
  order_id STRING, shop STRING, customer STRING, product STRING, quantity INT, price DOUBLE, ordered_at STRING
) STORED AS CSV LOCATION 'examples/data/sales.csv' OPTIONS ('format.has_header' 'true');

CREATE EXTERNAL TABLE target STORED AS KAFKA LOCATION 'kafka:///batch-data';

INSERT INTO target (key, value)
SELECT CAST(order_id AS STRING) AS key, to_json(struct(*)) AS value FROM sales;
