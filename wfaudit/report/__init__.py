"""Reports: views of results and findings as files. Reads no case, no source, no counts."""

from wfaudit.report.also import Searched, Weighed
from wfaudit.report.files import write
from wfaudit.report.page import Facts, Run
from wfaudit.report.registered import Registered

__all__ = ["Facts", "Registered", "Run", "Searched", "Weighed", "write"]
