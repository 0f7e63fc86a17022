"""Reports: views of results and findings as files. Reads no case, no source, no counts."""

from wfaudit.report.also import Printed, Searched, Weighed
from wfaudit.report.files import write
from wfaudit.report.page import Facts, Run
from wfaudit.report.registered import Registered

__all__ = ["Facts", "Printed", "Registered", "Run", "Searched", "Weighed", "write"]
