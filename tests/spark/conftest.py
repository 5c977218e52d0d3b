"""One Spark of this machine alone, for all tests of the group."""

import os
import sys
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Spark with two cores, small batches, and no web page, no progress bar and no address but its own."""
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    settings = {
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
        "spark.log.level": "OFF",
        "spark.sql.shuffle.partitions": 3,
        "spark.sql.execution.arrow.maxRecordsPerBatch": 7,
    }
    found = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    yield found
    found.stop()
