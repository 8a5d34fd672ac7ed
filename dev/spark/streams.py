"""Streams that copy a topic, run by Spark or by tokafka."""

import subprocess
import uuid

from checkpoint import Checkpoint
from topics import create, rows

PARTITIONS = 3
LIMIT = 40
SECONDS = 120


class Place:
    """Where streams run."""

    def __init__(self, spark, bootstrap, program, scratch):
        self.spark, self.bootstrap, self.program, self.scratch = spark, bootstrap, program, scratch

    def topic(self):
        name = f"takeover-{uuid.uuid4()}"
        create(self.spark, self.bootstrap, name, PARTITIONS)
        return name


class Stream:
    """A topic that is copied to another one; record `n` lies in partition `n % PARTITIONS`."""

    def __init__(self, place, source=None):
        self.place, self.sink = place, place.topic()
        self.source = source or place.topic()
        self.directory = place.scratch / self.sink
        self.fed = 0
        # What the last run printed.
        self.said = ""

    def feed(self, count, is_poisoned=False):
        """Appends records; the last one is no number if it is to be poison."""
        poison = self.fed + count - 1 if is_poisoned else -1
        value = f"concat(if(id = {poison}, 'x', ''), id)"
        self.place.spark.range(self.fed, self.fed + count, 1, 1).selectExpr(
            f"{value} AS value", f"CAST(id % {PARTITIONS} AS INT) AS partition"
        ).write.format("kafka").option("kafka.bootstrap.servers", self.place.bootstrap).option(
            "topic", self.source
        ).save()
        self.fed += count

    def checkpoint(self):
        return Checkpoint(self.directory)

    def copied(self):
        """The numbers of the records in the copy, a list for each partition, in order."""
        partitions = [[] for _ in range(PARTITIONS)]
        for row in rows(self.place.spark, self.place.bootstrap, self.sink):
            partitions[row.partition].append(int(row.value.decode().lstrip("x")))
        return partitions

    def spark(self, value):
        """Copies what is there, by Spark. False if it fails."""
        query = (
            self.place.spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", self.place.bootstrap)
            .option("subscribe", self.source)
            .option("startingOffsets", "earliest")
            .option("maxOffsetsPerTrigger", LIMIT)
            .load()
            .selectExpr(f"{value} AS value", "partition")
            .writeStream.format("kafka")
            .option("kafka.bootstrap.servers", self.place.bootstrap)
            .option("topic", self.sink)
            .option("checkpointLocation", str(self.directory))
            .trigger(availableNow=True)
            .start()
        )
        from pyspark.errors import StreamingQueryException

        try:
            assert query.awaitTermination(SECONDS), "Spark does not end"
        except StreamingQueryException as error:
            self.said = str(error)
            return False
        return True

    def ours(self, value):
        """Copies what is there, by tokafka. False if it fails."""
        file = self.directory.with_suffix(".sql")
        file.write_text(
            f"CREATE EXTERNAL TABLE source STORED AS KAFKA LOCATION 'kafka://{self.place.bootstrap}/{self.source}'\n"
            f"  OPTIONS ('startingOffsets' 'earliest', 'maxOffsetsPerTrigger' '{LIMIT}');\n"
            f"CREATE EXTERNAL TABLE sink STORED AS KAFKA LOCATION 'kafka://{self.place.bootstrap}/{self.sink}';\n"
            f"INSERT INTO sink SELECT {value} AS value, partition FROM source;\n"
        )
        command = [self.place.program, "stream", file, "--checkpoint", self.directory, "--trigger", "available-now"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        self.said = done.stdout + done.stderr
        return done.returncode == 0
