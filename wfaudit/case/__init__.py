"""A case: a source, what each of its columns means, and what the auditor chose. Checked once."""

from wfaudit.case.case import Case, read_case
from wfaudit.case.decode import Quality

__all__ = ["Case", "Quality", "read_case"]
