"""Topics of the cluster, by the clients that Spark brings along."""


def create(spark, bootstrap, name, partitions):
    java = spark._jvm
    properties = java.java.util.Properties()
    properties.put("bootstrap.servers", bootstrap)
    topics = java.java.util.ArrayList()
    topics.add(java.org.apache.kafka.clients.admin.NewTopic(name, partitions, 1))
    admin = java.org.apache.kafka.clients.admin.AdminClient.create(properties)
    admin.createTopics(topics).all().get()
    admin.close()


def rows(spark, bootstrap, topic):
    """All records of a topic, by partition and offset."""
    options = {"kafka.bootstrap.servers": bootstrap, "subscribe": topic, "includeHeaders": "true"}
    read = spark.read.format("kafka").options(**options).load().collect()
    return sorted(read, key=lambda row: (row.partition, row.offset))
