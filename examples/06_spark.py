"""Five tables on a Spark cluster: each client's rows brought together, and the rules run where the data lies."""

import datetime
import sys
from importlib.util import find_spec


def with_list(clients, name, items):
    """The clients with a column of their items (``client``, ``row`` for the order, and the fields of the list)."""
    from pyspark.sql import functions as F

    fields = F.struct(*[key for key in items.columns if key not in ("client", "row")]).alias("item")
    lists = items.groupBy(F.col("client").alias("id")).agg(F.sort_array(F.collect_list(F.struct("row", fields))).alias(name))
    return clients.join(lists, "id", "left").withColumn(name, F.coalesce(F.col(name)["item"], F.array()))


def main():
    """Answer two clients; of the second one nothing is known but the period."""
    from pyspark.sql import SparkSession

    from aava_rules.arrow import arrow_function

    here = {"spark.driver.host": "127.0.0.1", "spark.ui.enabled": False, "spark.log.level": "ERROR"}
    spark = SparkSession.builder.master("local[2]").config(map=here).getOrCreate()
    clients = spark.createDataFrame([("a", 35), ("b", None)], "id string, age int")
    day = datetime.date(2016, 1, 4)
    rows = [("a", 0, "rehabilitative_work", day, 5), ("b", 1, "rehabilitative_work", day, 4), ("b", 0, "work_trial", day, 5)]
    periods = spark.createDataFrame(rows, "client string, row int, kind string, start date, days_per_week int")

    rules = arrow_function("aava", on="2016-02-01", answers="findings")
    findings = with_list(clients, "periods", periods).mapInArrow(rules, rules.ddl)
    findings.where("status = 'broken'").orderBy("id", "requirement").show(truncate=False)
    spark.stop()


if find_spec("pyspark") is None:
    print("This example needs Spark and Java 17: pip install aava-rules[spark]", file=sys.stdout)
else:
    main()
