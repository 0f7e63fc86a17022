"""First names, by whom they bring to mind; and where in a text a name stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from wfaudit.errors import AuditError, not_one_of, rows
from wfaudit.texts.extras import lacking

NAME = "{name}"
TRIES = 200  # draws for each name that is wanted
# Bertrand and Mullainathan 2004, American Economic Review 94(4), Table 8: nine names a group, drawn by
# lot for
# résumés; distinctive by the share of their bearers in Massachusetts birth records of 1974 to 1979
_BY_LOT = {
    "White women": "Allison Anne Carrie Emily Jill Kristen Laurie Meredith Sarah",
    "Black women": "Aisha Ebony Keisha Kenya Lakisha Latonya Latoya Tamika Tanisha",
    "White men": "Brad Brendan Brett Geoffrey Greg Jay Matthew Neil Todd",
    "Black men": "Darnell Hakim Jamal Jermaine Kareem Leroy Rasheed Tremayne Tyrone",
}


def bertrand_mullainathan() -> dict[str, tuple[str, ...]]:
    """The 36 first names of the published study, nine a group.

    >>> {group: len(names) for group, names in bertrand_mullainathan().items()}
    {'White women': 9, 'Black women': 9, 'White men': 9, 'Black men': 9}
    """
    return {group: tuple(names.split()) for group, names in _BY_LOT.items()}


def drawn(
    locales: Mapping[str, str], n: int = 12, *, sex: str = "", seed: int = 1
) -> dict[str, tuple[str, ...]]:
    """First names by group from the library faker, ``n`` different ones of each locale, the same for a seed.

    ``sex`` is "women", "men" or nothing (both). A name of two groups is in neither. What faker holds is no
    register of anybody; it changes between its versions.

    >>> names = drawn({"Danish": "da_DK", "Polish": "pl_PL"}, n=8, sex="women")
    >>> {group: len(set(some)) for group, some in names.items()}
    {'Danish': 8, 'Polish': 8}
    """
    ways = {"": "first_name", "women": "first_name_female", "men": "first_name_male"}
    if sex not in ways:
        raise not_one_of("sex", sex, ways)
    pools = {group: _pool(locale, ways[sex], n, seed) for group, locale in locales.items()}
    found: dict[str, tuple[str, ...]] = {}
    for group, pool in pools.items():
        others = {name for other, some in pools.items() if other != group for name in some}
        found[group] = tuple(name for name in pool if name not in others)[:n]
        if len(found[group]) < n:
            raise AuditError(
                f"faker has {len(found[group])} first names of {locales[group]} that no other group has; {n} "
                "were asked for. Ask for fewer, or for other locales."
            )
    return found


def _pool(locale: str, way: str, n: int, seed: int) -> list[str]:
    """Twice as many as are wanted, where there are as many: some may be of two groups."""
    try:
        import faker
        from faker.config import AVAILABLE_LOCALES
    except ModuleNotFoundError:
        raise lacking("Drawing names", "faker") from None
    if locale not in AVAILABLE_LOCALES:
        raise not_one_of("locale of faker", locale, sorted(AVAILABLE_LOCALES))
    source: Any = faker.Faker(locale)
    source.seed_instance(seed)
    # a locale without names of its own way (one form for both) has first_name alone
    draw = getattr(source, way, source.first_name)
    return list(dict.fromkeys(draw() for _ in range(TRIES * n)))[: 2 * n]


def written(texts: Sequence[str], name: str) -> list[str]:
    """The texts with a name where they say {name}; stops where one doesn't.

    >>> written(["I am {name}, a nurse."], "Emily")
    ['I am Emily, a nurse.']
    """
    if absent := sum(NAME not in text for text in texts):
        raise AuditError(
            f"{absent:,} of {rows(len(texts)).replace('row', 'text')} have no {NAME}. Write {NAME} where the "
            "name stands, such as: My name is {name}."
        )
    return [text.replace(NAME, name) for text in texts]
