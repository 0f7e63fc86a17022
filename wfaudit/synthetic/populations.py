"""Every kind of invented people by the name of its case; a module is imported when it is asked for."""

from importlib import import_module

from wfaudit.errors import not_one_of
from wfaudit.synthetic.planted import Population

POPULATIONS = {
    "plain": "wfaudit.synthetic.plain",
    "asta": "wfaudit.synthetic.asta",
    "sanctions": "wfaudit.synthetic.sanctions",
    "routing": "wfaudit.synthetic.routing",
    "providers": "wfaudit.synthetic.providers",
    "referrals": "wfaudit.synthetic.referrals",
    "preparation": "wfaudit.synthetic.preparation",
    "spells": "wfaudit.synthetic.spells",
    "channels": "wfaudit.synthetic.channels",
    "streams": "wfaudit.synthetic.streams",
    "screens": "wfaudit.synthetic.screens",
    "matching": "wfaudit.synthetic.matching",
    "skills": "wfaudit.synthetic.skills",
}


def population(name: str) -> Population:
    """The population behind a case of invented people.

    >>> sorted(population("plain").mechanisms)[:2]
    ['bunching', 'drift']
    """
    if name not in POPULATIONS:
        raise not_one_of("population", name, POPULATIONS)
    return import_module(POPULATIONS[name]).POPULATION
