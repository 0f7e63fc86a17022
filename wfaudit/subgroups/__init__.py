"""Groups nobody declared: looked for in one half of the people, confirmed in the other."""

from wfaudit.subgroups.asked import check
from wfaudit.subgroups.found import BY, Search, search

__all__ = ["BY", "Search", "check", "search"]
