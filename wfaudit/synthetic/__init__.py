"""Invented people with planted truth: seeded, of any size, the same values on every machine."""

from wfaudit.synthetic.dice import CHUNK, Dice, chance, chunks
from wfaudit.synthetic.plain import MECHANISMS, plain
from wfaudit.synthetic.planted import Mechanism, Mechanisms, switched, truth
from wfaudit.synthetic.write import fingerprint, write

__all__ = [
    "CHUNK",
    "MECHANISMS",
    "Dice",
    "Mechanism",
    "Mechanisms",
    "chance",
    "chunks",
    "fingerprint",
    "plain",
    "switched",
    "truth",
    "write",
]
