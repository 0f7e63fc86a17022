"""Invented people with planted truth: seeded, of any size, the same values on every machine."""

from wfaudit.synthetic.dice import CHUNK, Dice, chance, chunks
from wfaudit.synthetic.plain import MECHANISMS, Mechanism, plain
from wfaudit.synthetic.write import fingerprint, write

__all__ = [
    "CHUNK",
    "MECHANISMS",
    "Dice",
    "Mechanism",
    "chance",
    "chunks",
    "fingerprint",
    "plain",
    "write",
]
