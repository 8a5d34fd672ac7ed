"""A checkpoint directory as it lies on disk, read by nobody's code but this."""

import json
import re


class Checkpoint:
    """Its files, by their paths in it; Hadoop's checksums and leftovers aside."""

    def __init__(self, directory):
        found = (path for path in directory.rglob("*") if path.is_file())
        named = ((path.relative_to(directory).as_posix(), path) for path in found)
        self.files = {name: path.read_bytes() for name, path in named if is_entry(name)}

    def numbers(self, log):
        """The batches of `offsets` or `commits`."""
        names = (name.split("/") for name in self.files)
        return sorted(int(name[1]) for name in names if name[0] == log)

    def uncommitted(self):
        """The batch that was planned and not committed, if there is one."""
        planned, committed = self.numbers("offsets"), self.numbers("commits")
        assert set(committed) <= set(planned), f"commits {committed} of offsets {planned}"
        left = planned[len(committed):]
        assert planned[: len(committed)] == committed and len(left) <= 1, f"{committed} of {planned}"
        return left[0] if left else None

    def end(self, batch, topic):
        """The offsets at which a batch ends, by partition; -1 is where the first one begins."""
        name = "sources/0/0" if batch < 0 else f"offsets/{batch}"
        line = self.files[name].decode().split("\n")[-1]
        return {int(partition): offset for partition, offset in json.loads(line)[topic].items()}

    def range(self, batch, topic):
        """What a batch takes of each partition."""
        start, end = self.end(batch - 1, topic), self.end(batch, topic)
        return {partition: range(start.get(partition, 0), end[partition]) for partition in end}

    def configuration(self, batch):
        """The configuration in the entry of a batch, as it is written."""
        return re.search(rb'"conf":({.*})}', self.files[f"offsets/{batch}"])[1]

    def masked(self):
        """The files without ids, times and Spark's configuration."""
        return {name: mask(text) for name, text in self.files.items()}


def is_entry(name):
    folder, _, last = name.rpartition("/")
    return name == "metadata" or (folder.split("/")[0] in ("offsets", "commits", "sources") and last.isdigit())


def mask(text):
    text = re.sub(rb'"id":"[0-9a-f-]{36}"', rb'"id":"*"', text)
    text = re.sub(rb'"batchTimestampMs":\d+', rb'"batchTimestampMs":*', text)
    return re.sub(rb'"conf":{.*}}', rb'"conf":*}', text)
