"""Very many rows, a part at a time, so that what is made of them never stands in memory whole."""

from collections.abc import Iterator
from typing import Any


def parted(table: Any, by: Any, rows: int, most: int) -> Iterator[Any]:
    """Parts of about ``most`` of a table's ``rows``; rows of one value of ``by`` stay together.

    >>> import pandas as pd
    >>> from wfaudit.sources import open_source
    >>> one = open_source(pd.DataFrame({"list": [1, 1, 2, 3]})).table
    >>> parts = [each.count().to_pyarrow().as_py() for each in parted(one, one["list"], 4, 1)]
    >>> len(parts), sum(parts)
    (5, 4)
    """
    parts = 1 + rows // most
    of: Any = (by.hash() % parts + parts) % parts  # a hash may be negative
    for at in range(parts):
        yield table if parts == 1 else table.filter(of == at)
