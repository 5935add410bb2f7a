"""The SQL of a summary.

``this_words`` and ``this_contributions`` are the tables of the run. All that reads the contributions joins them once
with the words, for the predicted label, and groups at once: what is kept has a row for each type, word and offset.
"""

from __future__ import annotations

FAR = 3
"""Offsets beyond this are taken together."""

MIN_COUNT = 3
"""A word that was seen fewer times with a type is no trigger of it, unless the whole run has few words."""

MIN_EFFECT = 0.01
"""Mean absolute weight below which a word is suspected of nothing."""

KIND = r"CASE WHEN predicted = 'O' THEN 'O' ELSE regexp_replace(predicted, '^[BIESLU]-', '') END"
GOLD_KIND = r"CASE WHEN gold = 'O' THEN 'O' ELSE regexp_replace(gold, '^[BIESLU]-', '') END"

MISTAKE = f"""CASE WHEN gold IS NULL OR gold = predicted THEN NULL
    WHEN predicted = 'O' THEN 'missed' WHEN gold = 'O' THEN 'spurious'
    WHEN {GOLD_KIND} = {KIND} THEN 'wrong boundary' ELSE 'wrong type' END"""


def triggers(run: str) -> str:
    """Make ``RUN_triggers``: what each word does to each type at each offset, in sums, of the predicted labels."""
    return f"""
    CREATE TEMP TABLE {run}_triggers AS
    SELECT {KIND} AS kind, feature, least(greatest("offset", -{FAR}), {FAR}) AS place,
        count(*) AS n, sum(weight) AS total, sum(abs(weight)) AS size,
        count(*) FILTER ("offset" + c.word = 0 AND "offset" <> 0) AS n_first,
        count(*) FILTER ("offset" <> 0) AS n_other, sum(abs(weight)) FILTER ("offset" <> 0) AS size_other
    FROM {run}_contributions c JOIN {run}_words w
        ON c.sentence = w.sentence AND c.word = w.word AND c.label = w.predicted
    GROUP BY ALL"""


TYPES = f"""
SELECT {KIND} AS kind, count(*), round(avg(probability), 6), round(avg(own_share), 6)
FROM this_words GROUP BY kind ORDER BY count(*) DESC, kind LIMIT $1"""

VERDICTS = f"SELECT {KIND} AS kind, verdict, count(*) FROM this_words GROUP BY ALL"

MISTAKES = f"""
SELECT {MISTAKE} AS mistake, count(*) FROM this_words WHERE mistake IS NOT NULL
GROUP BY mistake ORDER BY count(*) DESC, mistake"""


def _ranked(source: str, sense: str) -> str:
    """The first $1 of each type, by mean weight times the root of the count, and where they stand."""
    return f"""
    WITH base AS ({source}),
    whole AS (
        SELECT kind, feature, sum(n) AS n, sum(total) / sum(n) AS mean, sum(size) AS size
        FROM base GROUP BY kind, feature
        HAVING sum(n) >= (SELECT least({MIN_COUNT}, greatest(1, count(*) // 200)) FROM this_words)),
    best AS (
        SELECT *, row_number() OVER (
            PARTITION BY kind ORDER BY round(abs(mean) * sqrt(n), 9) DESC, feature) AS place_in_list
        FROM whole WHERE {sense} AND round(abs(mean), 3) > 0)
    SELECT b.kind, b.feature, round(b.mean, 6), b.n::BIGINT,
        list(p.place ORDER BY p.place), list(p.part / greatest(b.size, 1e-12) ORDER BY p.place)
    FROM best b JOIN (SELECT kind, feature, place, sum(size) AS part FROM base GROUP BY ALL) p USING (kind, feature)
    WHERE b.place_in_list <= $1
    GROUP BY b.kind, b.feature, b.mean, b.n, b.place_in_list ORDER BY b.kind, b.place_in_list"""


_SHAPE = r"""regexp_replace(regexp_replace(regexp_replace(feature,
    '[\p{Lu}\p{Lt}]+', 'X', 'g'), '\p{Nd}+', '0', 'g'), '[\p{Ll}\p{Lo}\p{Lm}]+', 'x', 'g')"""
_SUMS = "sum(n) AS n, sum(total) AS total, sum(size) AS size"
_OWN = "this_triggers WHERE place = 0"

LISTS = {
    "speaking_for": _ranked("SELECT kind, feature, place, n, total, size FROM this_triggers", "mean > 0"),
    "against": _ranked("SELECT kind, feature, place, n, total, size FROM this_triggers", "mean < 0"),
    "shapes": _ranked(f"SELECT kind, {_SHAPE} AS feature, place, {_SUMS} FROM {_OWN} GROUP BY ALL", "TRUE"),
    "affixes": _ranked(
        f"""SELECT kind, affix AS feature, place, {_SUMS} FROM (
            SELECT *, unnest([left(lower(feature), 3) || '-', '-' || right(lower(feature), 3)]) AS affix
            FROM {_OWN} AND length(feature) >= 5) GROUP BY ALL""",
        "TRUE",
    ),
}
"""The lists of `TypeSummary`, in the order of its fields. Shapes and affixes are those of the explained word itself."""

SUSPECTS = rf"""
WITH kinds AS (SELECT count(DISTINCT kind) AS number FROM this_triggers),
by_kind AS (
    SELECT feature, kind, sum(n_other) AS n, sum(n_first) AS n_first,
        coalesce(sum(size_other), 0) AS size, sum(total) / sum(n) AS mean
    FROM this_triggers GROUP BY feature, kind HAVING sum(n_other) > 0),
by_word AS (
    SELECT feature, sum(n)::BIGINT AS n, sum(size) / sum(n) AS strength, sum(n_first) / sum(n) AS first_share,
        count(*) FILTER (size / n >= {MIN_EFFECT}) AS acts_on,
        list(kind ORDER BY size DESC, kind) AS labels, list(round(mean, 6) ORDER BY size DESC, kind) AS weights
    FROM by_kind GROUP BY feature),
judged AS (
    SELECT *, concat_ws(', ',
        CASE WHEN regexp_matches(feature, '^(<[^>]*>|</?\w+|&#?\w+;|https?:.*|\[\w+\]|[#*=_~|\\]{{2,}})$')
                THEN 'mark-up'
            WHEN regexp_full_match(feature, '[^\p{{L}}\p{{N}}]+') THEN 'punctuation' END,
        CASE WHEN first_share >= 0.8 AND n >= 20 THEN 'stands first in its sentences' END,
        CASE WHEN number >= 4 AND acts_on >= 0.75 * number AND n >= 20
            THEN 'acts on ' || acts_on || ' of ' || number || ' types' END) AS reason
    FROM by_word, kinds)
SELECT feature, reason, round(strength, 6), n, labels[1:6], weights[1:6] FROM judged
WHERE reason <> '' AND strength >= {MIN_EFFECT} AND n >= {MIN_COUNT}
ORDER BY round(strength * sqrt(n), 9) DESC, feature LIMIT $1"""

WRONG = f"""
WITH wrong AS (
    SELECT *, {MISTAKE} AS mistake FROM this_words WHERE mistake IS NOT NULL),
grouped AS (
    SELECT mistake, feature, avg(weight) AS mean, count(*) AS n, sum(weight) AS total,
        mode(gold || chr(31) || predicted ORDER BY gold, predicted) AS pair
    FROM this_contributions c JOIN wrong w
        ON c.sentence = w.sentence AND c.word = w.word AND c.label = w.predicted
    GROUP BY mistake, feature HAVING avg(weight) > 0.001),
best AS (
    SELECT *, row_number() OVER (PARTITION BY mistake ORDER BY round(total, 9) DESC, feature) AS place FROM grouped)
SELECT mistake, feature, round(mean, 6), n, split_part(pair, chr(31), 1), split_part(pair, chr(31), 2)
FROM best WHERE place <= $1 ORDER BY mistake, place"""

CHANGES = f"""
WITH old AS (
    SELECT kind, feature, sum(n) AS n, sum(total) / sum(n) AS mean FROM other_triggers GROUP BY ALL),
new AS (
    SELECT kind, feature, sum(n) AS n, sum(total) / sum(n) AS mean FROM this_triggers GROUP BY ALL)
SELECT coalesce(new.feature, old.feature) AS feature, coalesce(new.kind, old.kind) AS kind,
    round(old.mean, 6), old.n::BIGINT, round(new.mean, 6), new.n::BIGINT
FROM new FULL JOIN old ON new.kind = old.kind AND new.feature = old.feature
WHERE greatest(coalesce(old.n, 0), coalesce(new.n, 0)) >= {MIN_COUNT} AND coalesce(new.kind, old.kind) <> 'O'
    AND abs(coalesce(new.mean, 0) - coalesce(old.mean, 0)) >= 0.005
ORDER BY round(abs(coalesce(new.mean * sqrt(new.n), 0) - coalesce(old.mean * sqrt(old.n), 0)), 9) DESC, feature, kind
LIMIT $1"""

SHOWN = f"""
CREATE TEMP TABLE shown AS
WITH best AS (
    SELECT kind, feature, sqrt(sum(size)) AS importance FROM this_triggers WHERE kind <> 'O'
    GROUP BY kind, feature ORDER BY importance DESC, kind, feature LIMIT 300)
SELECT DISTINCT c.sentence, kind, c.feature, importance
FROM this_contributions c JOIN this_words w
    ON c.sentence = w.sentence AND c.word = w.word AND c.label = w.predicted
    JOIN best b ON b.feature = c.feature AND b.kind = {KIND}
WHERE abs(weight) >= 0.05"""
"""Which of the 300 most important triggers each sentence shows."""

PICK = """
SELECT sentence FROM shown GROUP BY sentence ORDER BY round(sum(importance), 9) DESC, sentence LIMIT 1"""

COVERED = """
SELECT feature FROM shown WHERE sentence = $1 GROUP BY feature ORDER BY max(importance) DESC, feature LIMIT 12"""

COVER = """
DELETE FROM shown WHERE (kind, feature) IN (SELECT (kind, feature) FROM shown WHERE sentence = $1)"""

WORDS_OF = "SELECT word, token, predicted FROM this_words WHERE sentence = $1 ORDER BY word LIMIT $2"

LARGEST_OF = """
SELECT c.word, feature, "offset", round(weight, 6)
FROM this_contributions c JOIN this_words w
    ON c.sentence = w.sentence AND c.word = w.word AND c.label = w.predicted
WHERE c.sentence = $1 AND predicted <> 'O'
QUALIFY row_number() OVER (PARTITION BY c.word ORDER BY abs(weight) DESC, "offset") <= 4
ORDER BY c.word, abs(weight) DESC, "offset"
"""
"""The four largest contributions at each word of an entity."""
