"""The questions and answers of the Danish demonstration's form, in its own spelling."""

from __future__ import annotations

from wfaudit.systems.inputs import Input, Levels, Numbers

_CHANNELS = (
    "Responding to advertisements in newspapers, magazines, the internet, etc.",
    "Sending unsolicited job applications",
    "Contacting employers personally or by phone",
    "Using social media (Facebook, LinkedIn, etc.)",
    "Using my network (contacting friends, family, former study or work colleagues, etc.)",
    "Temp agency",
    "Nothing ticked",
)
_CHANGES = (
    "I am considering changing industry",
    "I am considering commuting long distances",
    "I am considering moving",
    "I am considering taking another education",
    "I am considering pay cuts",
    "I am not considering any of the above",
    "Nothing ticked",
)
_OBSTACLES = (
    "My physical health",
    "My mental health",
    "Personal or social conditions",
    "Financial conditions",
    "Alcohol addication or drug abuse",
    "Lack of reading, spelling or math skills",
    "Lack of IT skills",
    "Language Barriers",
    "Other, please specify",
    "Nothing ticked",
)
_EDUCATION = (
    "Primary education",
    "Upper secondary education",
    "Vocational Education and Training",
    "Qualifying educational programs",
    "Short cycle higher education",
    "Vocational bachelors educations",
    "Bachelors programs",
    "Masters programs",
    "PhD programs",
    "Don't know",
)
_FIELDS = (
    "Humanities, religion or aesthetics",
    "Non-vocational",
    "Industry or craftsman",
    "Agricultural-, fisheries- and food",
    "Science",
    "Pedagogica",
    "Community-, office- and business",
    "Health",
    "Transport and communication engineering",
    "Education on public safety",
    "Other",
)
_EXPECTED = (
    "I have a new job, but I haven't started yet",
    "Within 1 month",
    "Within 3 months",
    "Within 6 months",
    "It will be more than 6 months",
    "I expect to go on maternity leave soon",
    "I expect to retire soon",
    "Don't know",
)
_ENDED = (
    "I was terminated",
    "I resigned",
    "I have been self-employed until now",
    "I did not have a job (e.g. if you have received sickness or maternity benifits, etc., "
    "or have interrupted your education)",
    "I am a graduate",
    "I have been temporarily sent home",
    "Other",
)
_NOTICE = (
    "I have known it for less than a week",
    "I have known it for the past month",
    "I have known it for the past tree months",
    "I have known it for the previous six months",
    "I have known for over six months",
)
_APPLIED = (
    "I have not applied for any jobs",
    "I have applied for 1 job",
    "I have applied for 2-5 jobs",
    "I have applied for over 5 jobs",
)
_CHANCES = (
    "My job opportunities are good",
    "My job opportunities are fairly good",
    "My job opportunities are not so good",
    "My job opportunities are poor",
    "Don't know",
)
_WANTED = (
    "I know exactly what kind of job I want",
    "I have an idea of what types of job I would like to have",
    "I have a few vague ideas about what kinds of job I would like to have",
    "I do not know what kind of job I would like to have",
)
_ORIGIN = (
    "Danish",
    "Western immigrant",
    "Western descendant",
    "Non-western immigrant",
    "Non-western descendant",
    "Origin unkown",
)

ASKED: tuple[Input, ...] = (
    Levels("education", _EDUCATION, "Highest completed education", "1"),
    Levels("field_of_study", _FIELDS, "Field of that education", "1a"),
    Levels("education_more", ("No", "Yes"), "More about education", "1b", "invented"),
    Levels("expected_time", _EXPECTED, "Own expectation of the time to a job; decides", "2"),
    Levels("how_job_ended", _ENDED, "Terminated or resigned", "3"),
    Levels("notice", _NOTICE, "Since when the person knew", "4"),
    Levels("applications", _APPLIED, "Applications since becoming unemployed", "5"),
    Levels("own_chances", _CHANCES, "Own view of the job opportunities", "6"),
    Levels("wanted_job", _WANTED, "How clear the wanted job is", "7"),
    Levels("search_channels", _CHANNELS, "How the person applies", "8", "partly published"),
    Levels("changes_considered", _CHANGES, "Considerations", "9", "partly published"),
    Levels("obstacles_any", ("Yes", "No", "Don't know"), "Whether something makes it hard", "10"),
    Levels("obstacles", _OBSTACLES, "What makes it hard", "10a", "partly published"),
    Levels("origin", _ORIGIN, "Origin in the register; decides", "11"),
    Numbers("age", 1, 120, "Age in years; decides", "12"),
    Numbers("months_employed", 0, 36, "Months in work, of the last 36; decides", "13"),
)
"""Sixteen inputs; `published_as` is the question's number in the demonstration."""

FIRST: dict[str, object] = {
    **{one.name: one.levels[0] for one in ASKED if isinstance(one, Levels)},
    "age": 40,
    "months_employed": 36,
}
"""The first answer to every question, age 40 and 36 months in work."""
