"""Texts and what scores them: matchers, occupations and skills, names, the same content in other words."""

from wfaudit.texts.esco import Entry, Esco, occupations, skills
from wfaudit.texts.matchers import Embedding, Matcher, embedding, matcher, scored, tfidf
from wfaudit.texts.names import NAME, bertrand_mullainathan, drawn, written
from wfaudit.texts.titles import DANISH, GERMAN, Pair, titles
from wfaudit.texts.variants import ENGLISH, Variant, relabelled

__all__ = [
    "DANISH",
    "ENGLISH",
    "GERMAN",
    "NAME",
    "Embedding",
    "Entry",
    "Esco",
    "Matcher",
    "Pair",
    "Variant",
    "bertrand_mullainathan",
    "drawn",
    "embedding",
    "matcher",
    "occupations",
    "relabelled",
    "scored",
    "skills",
    "tfidf",
    "titles",
    "written",
]
