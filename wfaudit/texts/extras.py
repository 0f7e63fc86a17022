"""Files and libraries of the extra "texts": found without running the packages that ship them."""

from importlib.util import find_spec
from pathlib import Path

from wfaudit.errors import NotThere

INSTALL = "pip install wfaudit[texts]"


def lacking(what: str, package: str, how: str = INSTALL) -> NotThere:
    """What can't be done without a package, and the command that installs it.

    >>> print(lacking("TF-IDF", "scikit-learn"))
    TF-IDF needs 'scikit-learn', which is not installed. Install it: pip install wfaudit[texts]
    """
    return NotThere(f"{what} needs {package!r}, which is not installed. Install it: {how}")


def inside(what: str, package: str, *parts: str, how: str = INSTALL) -> Path:
    """A file that an installed package ships; the package itself is not run.

    >>> inside("This", "wfaudit", "py.typed").name
    'py.typed'
    """
    spec = find_spec(package)
    file = (
        None if spec is None or spec.origin is None else Path(spec.origin).parent.joinpath(*parts)
    )
    if file is None or not file.is_file():
        raise lacking(what, package.replace("_", "-"), how)
    return file
