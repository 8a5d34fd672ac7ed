"""A session of real Spark with its Kafka connector, each fetched once into target/spark.

Needs Java 17, and pip and Maven for the first start. A pyspark that is installed is used as it is.
"""

import importlib
import importlib.util
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HOME = ROOT / "target" / "spark"
VERSION = "4.2.0"
FETCH_SECONDS = 900

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tokafka.dev</groupId><artifactId>spark</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.spark</groupId><artifactId>spark-sql-kafka-0-10_2.13</artifactId><version>{version}</version>
    </dependency>
  </dependencies>
</project>
"""
# The others come with pyspark.
JARS = ("spark-sql-kafka-0-10_2.13", "spark-token-provider-kafka-0-10_2.13", "kafka-clients", "commons-pool2")


def open_session(cores=1, memory="2g", settings=None):
    """Starts Spark in this process."""
    pyspark = find()
    builder = importlib.import_module("pyspark.sql").SparkSession.builder.master(f"local[{cores}]")
    every = {
        "spark.jars": ",".join(map(str, jars(pyspark.__version__))),
        "spark.driver.memory": memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **(settings or {}),
    }
    for name, value in every.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def find():
    """The module pyspark."""
    # What is installed comes first.
    sys.path.append(str(HOME / "python"))
    if importlib.util.find_spec("pyspark") is None:
        fetch(HOME / "python", fetch_pyspark)
        importlib.invalidate_caches()
    return importlib.import_module("pyspark")


def fetch_pyspark(folder):
    pip = [sys.executable, "-m", "pip", "install", "--quiet", f"pyspark=={VERSION}", "--target", str(folder)]
    subprocess.run(pip, check=True, stdout=sys.stderr, timeout=FETCH_SECONDS)


def jars(version):
    """The connector, for a version of Spark."""
    folder = HOME / f"connector-{version}"
    if not folder.is_dir():
        fetch(folder, lambda scratch: fetch_jars(scratch, version))
    return sorted(folder.glob("*.jar"))


def fetch_jars(folder, version):
    pom = folder.parent / "pom.xml"
    pom.write_text(POM.format(version=version))
    copy = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}", f"-DincludeArtifactIds={','.join(JARS)}"]
    maven = ["mvn", "-q", "-B", "-Dstyle.color=never", "-f", str(pom), *copy]
    subprocess.run(maven, check=True, stdout=sys.stderr, timeout=FETCH_SECONDS)


def fetch(folder, how):
    """Fills a folder, which is there only when it is whole."""
    print(f"dev/spark: fetching {folder.name}", file=sys.stderr)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        filled = pathlib.Path(scratch) / "filled"
        filled.mkdir()
        how(filled)
        filled.rename(folder)
