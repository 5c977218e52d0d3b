"""Tables on a Spark cluster: each client's rows are brought together, and the rules go to where the data lies."""

import os
import sys
from datetime import date
from importlib.util import find_spec


def with_list(clients, name, items):
    """The clients with a list of their items, in the order of ``row``; those who have none get an empty list."""
    from pyspark.sql import functions as F

    item = F.struct(*[key for key in items.columns if key not in ("client", "row")]).alias("item")
    rows = F.sort_array(F.collect_list(F.struct("row", item)))["item"]
    lists = items.groupBy(F.col("client").alias("id")).agg(rows.alias(name))
    return clients.join(lists, "id", "left").withColumn(name, F.coalesce(name, F.array()))


def main():
    """Check the periods of two clients; of everything else nothing is known."""
    from pyspark.sql import SparkSession

    from aava_rules.arrow import arrow_function

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    settings = {"spark.ui.enabled": False, "spark.ui.showConsoleProgress": False, "spark.sql.shuffle.partitions": 2}
    with SparkSession.builder.master("local[2]").config(map=settings).getOrCreate() as spark:
        clients = spark.createDataFrame([("a", 35), ("b", None)], "id string, age int")
        kind = "rehabilitative_work"
        rows = [("b", 1, kind, date(2016, 2, 1), 5), ("b", 0, kind, date(2015, 9, 1), 3)]
        periods = spark.createDataFrame(rows, "client string, row int, kind string, start date, days_per_week int")
        rules = arrow_function("aava", on="2016-02-15", answers="findings", only="days_per_week_max")
        findings = with_list(clients, "periods", periods).mapInArrow(rules, rules.ddl)
        if findings.columns != rules.schema.names:
            raise SystemExit("The columns of the findings are not those of the rules: give mapInArrow rules.ddl.")
        findings.orderBy("id", "position").show(truncate=False)


if __name__ == "__main__":
    main() if find_spec("pyspark") else print('This example needs PySpark 4 and Java 17: pip install ".[spark]" here')
