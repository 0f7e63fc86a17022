"""Job titles that come in two forms, a man's and a woman's, in German and Danish.

Common forms, written down here and taken from no register. German titles can be looked up in the
Klassifikation der Berufe 2010 (Bundesagentur für Arbeit), Danish ones in Den Danske Ordbog. Most Danish
titles have one form today, and a woman's form is a choice; "sygeplejerske" is the title of women and
men, "sygeplejer" is seldom written.
"""

from collections.abc import Iterable
from typing import NamedTuple

from wfaudit.errors import AuditError

TITLE = "{title}"


class Pair(NamedTuple):
    """One occupation: a man's title, a woman's, and what it is in English."""

    man: str
    woman: str
    means: str


def _pairs(lines: str) -> tuple[Pair, ...]:
    return tuple(Pair(*line.split(", ")) for line in lines.strip().splitlines())


GERMAN = _pairs("""
Krankenpfleger, Krankenpflegerin, nurse
Altenpfleger, Altenpflegerin, carer for the elderly
Erzieher, Erzieherin, childcare worker
Lehrer, Lehrerin, teacher
Arzt, Ärztin, doctor
Apotheker, Apothekerin, pharmacist
Ingenieur, Ingenieurin, engineer
Informatiker, Informatikerin, computer scientist
Elektriker, Elektrikerin, electrician
Maurer, Maurerin, bricklayer
Tischler, Tischlerin, joiner
Maler, Malerin, painter
Schlosser, Schlosserin, locksmith
Lagerarbeiter, Lagerarbeiterin, warehouse worker
Berufskraftfahrer, Berufskraftfahrerin, lorry driver
Verkäufer, Verkäuferin, sales assistant
Kassierer, Kassiererin, cashier
Koch, Köchin, cook
Bäcker, Bäckerin, baker
Kellner, Kellnerin, waiter
Friseur, Friseurin, hairdresser
Gärtner, Gärtnerin, gardener
Buchhalter, Buchhalterin, bookkeeper
Bürokaufmann, Bürokauffrau, office clerk
""")
DANISH = _pairs("""
lærer, lærerinde, teacher
skuespiller, skuespillerinde, actor
sanger, sangerinde, singer
danser, danserinde, dancer
forfatter, forfatterinde, writer
massør, massøse, masseur
frisør, frisøse, hairdresser
tjener, servitrice, waiter
ekspedient, ekspeditrice, shop assistant
syer, syerske, sewer
væver, væverske, weaver
politimand, politikvinde, police officer
kontormand, kontordame, office clerk
formand, forkvinde, chair
sygeplejer, sygeplejerske, nurse
""")


def titles(pairs: Iterable[Pair], frame: str) -> tuple[list[str], list[str], list[str]]:
    """One text a pair with the man's title, the same with the woman's, and what they are in English.

    >>> titles(DANISH[:1], "Jeg har arbejdet som {title} i fem år.")[:2]
    (['Jeg har arbejdet som lærer i fem år.'], ['Jeg har arbejdet som lærerinde i fem år.'])
    """
    if TITLE not in frame:
        raise AuditError(f"The frame has no {TITLE}. Write {TITLE} where the title stands.")
    pairs = list(pairs)
    men, women = (
        [frame.replace(TITLE, title) for title in side]
        for side in list(zip(*pairs, strict=True))[:2]
    )
    return men, women, [pair.means for pair in pairs]
