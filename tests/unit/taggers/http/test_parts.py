"""The parts of the HTTP tagger by themselves: policies, pauses, pace, headers, the cache, Hugging Face's answers."""

from __future__ import annotations

import html
import json
import sqlite3
import threading
import time
from base64 import b64encode
from email.utils import formatdate
from urllib.parse import quote

import numpy as np
import pytest

from ner_lime.errors import BudgetError, InputError, TaggerError
from ner_lime.taggers.http.cache import AnswerCache, AnswerMemory
from ner_lime.taggers.http.formats import ServiceAnswer
from ner_lime.taggers.http.huggingface import huggingface_answer
from ner_lime.taggers.http.limits import Meter, RateLimit
from ner_lime.taggers.http.policy import HttpBudget, HttpPolicy, HttpRetry
from ner_lime.taggers.http.secrets import Secrets

LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


class TestPolicy:
    @pytest.mark.parametrize(
        ("kind", "option", "words"),
        [
            (
                HttpPolicy,
                {"batch_size": 0},
                r"expected HttpPolicy\(batch_size=\) to be a whole number of at least 1, found 0",
            ),
            (HttpPolicy, {"concurrency": 0}, r"concurrency=\) to be a whole number of at least 1"),
            (HttpPolicy, {"per_minute": 0}, "per_minute more than 0"),
            (HttpPolicy, {"timeout": None}, "timeout more than 0 and at most 1000000, found None"),
            (HttpPolicy, {"max_bytes": "1"}, r"max_bytes=\) to be a whole number of at least 1, found '1'"),
            (HttpRetry, {"times": -1}, r"expected HttpRetry\(times=\) to be a whole number of at least 0"),
            (HttpRetry, {"longest_wait": float("nan")}, "longest_wait at least 0 and at most 1000000, found nan"),
            (HttpBudget, {"calls": -1}, r"expected HttpBudget\(calls=\) to be a whole number of at least 0"),
            (HttpBudget, {"tokens": -1}, r"tokens=\) to be a whole number of at least 0"),
            (HttpPolicy, {"batch_size": 2.5}, r"batch_size=\) to be a whole number of at least 1, found 2.5"),
            (HttpPolicy, {"concurrency": 1.5}, r"concurrency=\) to be a whole number of at least 1"),
            (HttpRetry, {"times": 1.5}, r"times=\) to be a whole number of at least 0"),
            (HttpBudget, {"calls": 2.5}, r"calls=\) to be a whole number of at least 0"),
            (HttpPolicy, {"timeout": float("inf")}, "timeout more than 0 and at most 1000000, found inf"),
            (HttpRetry, {"longest_wait": 1e300}, "longest_wait at least 0 and at most 1000000"),
            (HttpPolicy, {"retry": 3}, r"HttpPolicy: expected retry=HttpRetry\(...\), found 3"),
            (HttpPolicy, {"budget": {"calls": 3}}, r"expected budget=HttpBudget\(...\), found {'calls': 3}"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, kind, option, words):
        with pytest.raises(InputError, match=words):
            kind(**option)

    def test_no_limit_is_a_limit_too(self):
        assert HttpPolicy(per_minute=None, budget=HttpBudget(calls=None, tokens=None)) == HttpPolicy()


class TestRetryAfter:
    @pytest.fixture
    def seconds(self):
        pytest.importorskip("httpx")
        from ner_lime.taggers.http.client import _retry_after

        return _retry_after

    @pytest.mark.parametrize(
        ("value", "wanted"),
        [
            *[("7", 7), ("0", 0), (" 2 ", 2), ("1.5", 1.5), ("0.25", 0.25), ("9" * 300, float("9" * 300))],
            *[("9" * 400, float("inf")), ("9" * 5000, float("inf"))],
            *[("-5", 0), ("", 0), ("soon", 0), ("nan", 0), ("inf", 0), ("1_000", 0), ("1e3", 0), ("٣", 0)],
        ],
    )
    def test_a_number_of_seconds_or_nothing(self, seconds, value, wanted):
        assert seconds(value) == wanted

    def test_a_date(self, seconds):
        assert 28 < seconds(formatdate(time.time() + 30, usegmt=True)) <= 30
        assert 28 < seconds(formatdate(time.time() + 30).replace("-0000", "+0000")) <= 30
        assert 28 < seconds(formatdate(time.time() + 30)) <= 30
        assert seconds(formatdate(time.time() - 30, usegmt=True)) == 0

    @pytest.mark.parametrize("value", ["Mon, 99 Foo 2020 00:00:00 GMT", "Fri, 31 Dec 99999 23:59:59 GMT"])
    def test_a_date_that_is_none(self, seconds, value):
        assert seconds(value) == 0


class TestLimits:
    def test_the_meter_stops_before_the_limit_and_does_not_count_what_it_stopped(self):
        meter = Meter(HttpBudget(calls=3, tokens=10))
        meter.spend(4)
        meter.spend(6)
        for tokens, words in ((1, "10 tokens is spent"), (10**9, "10 tokens")):
            with pytest.raises(BudgetError, match=words):
                meter.spend(tokens)
        meter.spend(0)
        with pytest.raises(BudgetError, match="3 calls is spent"):
            meter.spend(0)
        assert (meter.calls, meter.tokens) == (3, 10)

    def test_the_meter_is_exact_with_many_threads(self):
        meter, refused = Meter(HttpBudget(calls=500)), []

        def spend():
            for _ in range(100):
                try:
                    meter.spend(2)
                except BudgetError:
                    refused.append(1)

        threads = [threading.Thread(target=spend) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (meter.calls, meter.tokens, len(refused)) == (500, 1000, 300)

    def test_turns_are_evenly_spaced(self):
        pace, began = RateLimit(6000), time.monotonic()
        assert all(pace.wait(threading.Event()) for _ in range(11))
        assert time.monotonic() - began >= 0.1

    def test_a_pause_can_be_lengthened_and_not_shortened(self):
        pace, began = RateLimit(None), time.monotonic()
        pace.hold(0.1)
        pace.hold(0.01)
        assert pace.wait(threading.Event())
        assert 0.1 <= time.monotonic() - began < 5

    @pytest.mark.parametrize("seconds", [60.0, 1e300])
    def test_a_stop_ends_the_waiting(self, seconds):
        pace, stopping = RateLimit(None), threading.Event()
        pace.hold(seconds)
        threading.Timer(0.05, stopping.set).start()
        began = time.monotonic()
        assert not pace.wait(stopping)
        assert time.monotonic() - began < 10


class TestSecrets:
    @pytest.mark.parametrize(
        ("headers", "words"),
        [
            ("Bearer abcdef123", r"expected headers=\{\"Authorization\": \"Bearer ...\"\}, found str"),
            ([("Authorization", "Bearer abcdef123")], "found list"),
            ({"Authorization: Bearer abcdef123": ""}, "header 'Authorization': expected a name of letters"),
            ({"Authorizatiön": "Bearer abcdef123"}, "header 'Authorizati'"),
            ({"": "abcdef123"}, "header ''"),
            ({"X-Key\n": "abcdef123"}, "header 'X-Key'"),
            ({b"X-Key": "abcdef123"}, "name of a header, found bytes"),
            ({"content-LENGTH": "3"}, "header 'content-LENGTH': expected it to be left to the tagger"),
        ],
    )
    def test_headers_that_can_not_be_sent(self, headers, words):
        with pytest.raises(InputError, match=words) as caught:
            Secrets(headers)
        assert "abcdef123" not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_values_and_their_words_are_redacted(self):
        secrets = Secrets({"Authorization": "Bearer abcdef123", "X-Version": "2"})
        assert repr(secrets) == "Secrets(Authorization: ***, X-Version: ***)"
        assert secrets.redact("HTTP 422: got Bearer abcdef123, key=abcdef123!") == "HTTP 422: got ***, key=***!"
        assert secrets.sent() == {"Authorization": "Bearer abcdef123", "X-Version": "2"}

    @pytest.mark.parametrize(
        "spelt",
        [
            str,
            repr,
            json.dumps,
            lambda value: repr(json.dumps(value)),
            lambda value: json.dumps(value).replace("/", "\\/"),
            lambda value: json.dumps(value).replace("&", "\\u0026").replace("<", "\\u003c"),
            html.escape,
            quote,
            lambda value: quote(value, safe="").lower(),
        ],
    )
    def test_escapes_hide_nothing(self, spelt):
        value = "s3cr\\et'tok/\"en&99<\\\\end"
        found = Secrets({"X-Key": value}).redact(f"got {spelt(value)}, sorry")
        assert found.strip("\"'") in ("got ***, sorry", "got '***', sorry", 'got "***", sorry', "got '\"***\"', sorry")

    def test_a_login_is_hidden_as_it_was_typed_too(self):
        login = b64encode(b"bob:hunter2secret").decode()
        secrets = Secrets({"Authorization": f"Basic {login}"})
        found = secrets.redact(f"bad login bob:hunter2secret ({login}): hunter2secret is wrong for bob")
        assert found == "bad login *** (***): *** is wrong for bob"

    def test_what_follows_the_question_mark_is_hidden(self):
        secrets = Secrets({}, "key=abc%2Fdef123&n=1")
        assert secrets.redact("POST /tag?key=abc%2Fdef123&n=1 with abc/def123") == "POST /tag*** with ***"
        assert Secrets({}, "k=1").redact("/tag?k=1: k=1") == "/tag***: k=1"

    @pytest.mark.parametrize("value", ["", "\\" * 8, "short"])
    def test_nothing_to_hide(self, value):
        assert Secrets({"X-Key": value}).redact("a \\ b, short") == "a \\ b, short"
        assert not Secrets(None).within("")


class TestMemory:
    def test_what_was_asked_for_last_is_kept_longest(self):
        memory = AnswerMemory(max_bytes=10_000)
        answers = {
            key: ServiceAnswer(("O", "X"), np.ones((120, 2))) for key in "abcd"
        }  # 1920 bytes each, and a little more
        for key in "abc":
            memory.put({key: answers[key]})
        assert memory.get(["a", "a", "none"]).keys() == {"a"}
        memory.put({"d": answers["d"]})
        assert memory.get("abcd").keys() == {"a", "c", "d"}
        memory.put({"a": answers["a"], "b": answers["b"]})
        assert memory.get("abcd").keys() == {"a", "b", "d"}

    def test_an_answer_larger_than_all_room_is_not_kept(self):
        memory = AnswerMemory(max_bytes=10_000)
        memory.put({"k": ServiceAnswer(("O",), np.ones((2000, 1)))})
        assert memory.get(["k"]) == {}
        memory.put({"k": ServiceAnswer(("O",), np.ones((2, 1)))})
        assert memory.get(["k"]).keys() == {"k"}


class TestCache:
    def test_what_is_kept_comes_back_to_the_last_bit(self, tmp_path):
        rng = np.random.default_rng(0)
        answers = {f"k{i}": ServiceAnswer(("O", "B-Ä"), rng.random((i % 5, 2))) for i in range(1200)}
        AnswerCache(tmp_path / "a" / "cache").put(answers)
        found = AnswerCache(tmp_path / "a" / "cache").get([*answers, "missing"])
        assert found.keys() == answers.keys()
        for key, answer in answers.items():
            assert found[key].labels == answer.labels
            assert np.array_equal(found[key].probabilities, answer.probabilities)

    def test_a_file_with_a_damaged_answer_is_refused(self, tmp_path):
        cache = AnswerCache(tmp_path / "cache")
        cache.put({"k": ServiceAnswer(("O", "X"), np.ones((1, 2)))})
        with sqlite3.connect(cache.path) as database:
            database.execute("UPDATE answers SET probabilities = ?", (b"123",))
        database.close()
        with pytest.raises(InputError, match="expected a file to cache answers in"):
            cache.get(["k"])


def piece(label, start, end, score=0.9, **more):
    return {"entity": label, "score": score, "start": start, "end": end, **more}


class TestHuggingFace:
    SENTENCE = ("Anna", "Smith-Lee", "saw", "Rome")  # 0-4, 5-14, 15-18, 19-23

    def rows(self, findings, labels=LABELS):
        names, (matrix,) = huggingface_answer([findings], [self.SENTENCE], labels)
        assert names == labels
        assert matrix.sum(axis=1) == pytest.approx(1.0)
        return matrix

    def best(self, findings):
        return [LABELS[k] for k in self.rows(findings).argmax(axis=1)]

    def test_the_first_piece_of_a_word_decides(self):
        pieces = [piece("I-LOC", 7, 10), piece("B-PER", 0, 4), piece("I-PER", 5, 7), piece("O", 10, 14)]
        assert self.best(pieces) == ["B-PER", "I-PER", "O", "O"]

    def test_the_rest_of_the_score_is_spread_evenly(self):
        first, second, third, _ = self.rows([piece("B-PER", 0, 4, 0.6), piece("O", 5, 14, 0.8)]).tolist()
        assert first == pytest.approx([0.1, 0.6, 0.1, 0.1, 0.1])
        assert second == pytest.approx([0.8, 0.05, 0.05, 0.05, 0.05])
        assert third == [1.0, 0.0, 0.0, 0.0, 0.0]

    def test_groups_become_b_and_i(self):
        group = {"entity_group": "PER", "score": 0.9, "start": 0, "end": 14}
        assert self.best([group]) == ["B-PER", "I-PER", "O", "O"]

    def test_groups_without_b_and_i(self):
        group = {"entity_group": "PER", "score": 0.9, "start": 0, "end": 14}
        assert self.rows([group], ("O", "PER")).tolist()[0] == pytest.approx([0.1, 0.9])

    def test_one_text_may_come_without_its_list(self):
        findings = [piece("B-PER", 0, 4)]
        (bare,), (listed,) = (huggingface_answer(a, [self.SENTENCE], LABELS)[1] for a in (findings, [findings]))
        assert np.array_equal(bare, listed)
        assert huggingface_answer([], [self.SENTENCE], LABELS)[1][0][:, 0].tolist() == [1.0] * 4

    @pytest.mark.parametrize("place", [(None, None), ("0", 4), (0, float("nan"))])
    def test_a_finding_without_its_place(self, place):
        with pytest.raises(TaggerError, match="a slow tokenizer has none"):
            self.rows([piece("B-PER", *place)])

    def test_places_may_be_floats(self):
        assert self.best([piece("B-PER", 0.0, 4.0)]) == ["B-PER", "O", "O", "O"]

    def test_labels_without_o(self):
        labels, all_words = ("NOUN", "VERB"), [(0, 4), (5, 14), (15, 18), (19, 23)]
        findings = [piece("NOUN", *place) for place in all_words]
        assert self.rows(findings, labels)[:, 0].tolist() == [0.9] * 4
        with pytest.raises(TaggerError, match=r"no O among the labels, found none for word 2, 'saw'"):
            self.rows(findings[:2] + findings[3:], labels)

    def test_a_label_that_was_not_named(self):
        with pytest.raises(TaggerError, match="'B-DATE', expected one of"):
            self.rows([piece("B-DATE", 0, 4)])
