"""From result rows to answers: raised, clear or cannot tell, each in one plain sentence.

Reads results and their evidence, never counts or rows. Families and multiplicity live here.

A tolerance t is declared before looking. Raised: the interval lies wholly beyond t. Clear: the
90 % Miettinen-Nurminen interval (for a 95 % level) lies wholly within t, an equivalence test.
Anything else is "cannot tell", with the smallest disparity these data could have shown.
"""

from wfaudit.findings.answers import ANSWERS, CODES, Answer, Finding, Findings
from wfaudit.findings.review import review

__all__ = ["ANSWERS", "CODES", "Answer", "Finding", "Findings", "review"]
