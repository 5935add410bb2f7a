"""The HTTP tagger against a real server that fails, stalls, drops and lies; what was sent is counted there."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import numpy as np
import pytest

from ner_lime import MaskString, NERExplainer, as_tagger
from ner_lime.errors import BudgetError, InputError, TaggerError
from ner_lime.taggers.answers import ask
from ner_lime.taggers.http.formats import PRESETS
from ner_lime.taggers.http.tagger import HttpBudget, HttpFormat, HttpPolicy, HttpRetry, HttpTagger

pytest.importorskip("httpx")
from servers.tagging_server import tagger as known_tagger

ROOT = Path(__file__).resolve().parents[2]
QUICK = HttpRetry(times=5, first_wait=0.01, longest_wait=0.05)
SENTENCES = [[f"word{i}", "alpha" if i % 2 else "gamma", "beta", f"end{i}"] for i in range(40)]
OK = {"do": "ok"}
BUSY = {"do": "status", "status": 503}


class Server:
    """The other process."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self._open = build_opener(ProxyHandler({})).open

    def control(self, *plan, always=OK):
        body = json.dumps({"plan": plan, "always": always}).encode()
        with self._open(Request(f"{self.address}/control", data=body), timeout=10):
            pass

    def report(self):
        with self._open(f"{self.address}/seen", timeout=10) as answer:
            return json.load(answer)

    @property
    def seen(self):
        return self.report()["seen"]

    def asked(self, *, answered=None):
        """How often the service got each sentence (and answered it)."""
        return Counter(
            tuple(sentence)
            for request in self.seen
            if answered is None or request["answered"] is answered
            for sentence in request["content"]["sentences"]
        )


@pytest.fixture(scope="module")
def process():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        pytest.MonkeyPatch.context() as patch,
        subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "servers" / "tagging_server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        ) as running,
    ):
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield Server(int(running.stdout.readline()))
        running.stdin.close()
        running.wait(timeout=10)


@pytest.fixture
def server(process):
    process.control()
    return process


def connect(server, *, cache=None, labels=None, headers=None, **policy):
    policy = {"batch_size": 4, "concurrency": 3, "timeout": 5.0, "retry": QUICK} | policy
    return HttpTagger(server.address, labels=labels, headers=headers, cache=cache, policy=HttpPolicy(**policy))


def wanted(sentences):
    return known_tagger().predict_proba(sentences)


def equal(found, expected):
    return len(found) == len(expected) and all(map(np.array_equal, found, expected))


class TestAnswers:
    def test_each_sentence_gets_its_own_answer_in_order(self, server):
        server.control(*[{"do": "ok", "seconds": s} for s in (0.15, 0.1, 0.05, 0.0, 0.1, 0.0)])
        tagger = connect(server)
        assert equal(tagger.predict_proba(SENTENCES), wanted(SENTENCES))
        assert tagger.labels == ("O", "B-X", "B-Y")
        assert (tagger.calls, tagger.tokens) == (10, 160)

    def test_ragged_and_empty_sentences(self, server):
        sentences = [["gamma"], [], ["a", "gamma", "c"], ["odd \ud800", "ünï 東京"], []]
        assert equal(connect(server).predict_proba(sentences), wanted(sentences))

    def test_the_same_sentence_is_asked_for_once(self, server):
        answers = connect(server).predict_proba([["a", "gamma"], ["b"], ["a", "gamma"]] * 5)
        assert equal(answers, wanted([["a", "gamma"], ["b"], ["a", "gamma"]] * 5))
        assert server.asked() == Counter({("a", "gamma"): 1, ("b",): 1})

    def test_labels_are_asked_for_where_nothing_else_was(self, server):
        tagger = connect(server)
        assert tagger.labels == ("O", "B-X", "B-Y")
        assert tagger.labels == tagger.labels
        assert len(server.seen) == 1

    def test_labels_in_the_order_of_the_user(self, server):
        labels = ("B-Y", "none", "O", "B-X")
        (answer,) = connect(server, labels=labels).predict_proba(SENTENCES[:1])
        (plain,) = wanted(SENTENCES[:1])
        assert np.array_equal(answer, np.column_stack([plain[:, 2], np.zeros(4), plain[:, :2]]))

    def test_an_address_with_a_path_is_left_alone(self, server):
        as_tagger(server.address + "/my/model?version=2", labels=["O", "B-X", "B-Y"]).predict_proba([["a"]])
        assert server.seen[0]["path"] == "/my/model?version=2"

    def test_a_format_of_ones_own(self, server):
        own = HttpFormat(
            "own",
            request=lambda sentences: {"sentences": [[t.lower() for t in s] for s in sentences]},
            parse=lambda answer, *_: (answer["labels"], answer["probabilities"]),
            path="/own",
        )
        (answer,) = as_tagger(server.address, format=own).predict_proba([["a", "GAMMA"]])
        assert np.array_equal(answer, wanted([["a", "gamma"]])[0])
        assert server.seen[0]["path"] == "/own"

    def test_a_request_and_an_answer_of_ones_own(self, server):
        def lowered(sentences):
            return {"sentences": [[t.lower() for t in s] for s in sentences]}

        def turned(answer, sentences, labels):
            assert sentences == [("a", "GAMMA")]
            assert labels is None
            return answer["labels"][::-1], [np.asarray(rows)[:, ::-1] for rows in answer["probabilities"]]

        tagger = as_tagger(f"{server.address}/mine", request=lowered, parse=turned)
        (answer,) = tagger.predict_proba([["a", "GAMMA"]])
        assert tagger.labels == ("B-Y", "B-X", "O")
        assert np.array_equal(answer, wanted([["a", "gamma"]])[0][:, ::-1])
        assert server.seen[0]["path"] == "/mine"
        assert server.seen[0]["content"] == {"sentences": [["a", "gamma"]]}
        assert "lowered" in tagger.format.name
        assert "turned" in tagger.format.name
        assert connect(server).format.name == "ner-lime"

    def test_hugging_face(self, server):
        tagger = as_tagger(f"{server.address}/hf", format="huggingface", labels=["O", "B-X", "B-Y"])
        sentences = [["Ünï", "gamma", "omega"], ["東京", "alpha", "beta"]]
        for answer, exact in zip(ask(tagger, sentences), wanted(sentences), strict=True):
            assert np.array_equal(answer.argmax(axis=1), exact.argmax(axis=1))
            assert np.allclose(answer.max(axis=1), exact.max(axis=1))
        assert server.seen[0]["content"]["inputs"] == ["Ünï gamma omega", "東京 alpha beta"]

    def test_an_explanation_is_the_one_of_the_model_itself(self, server):
        tokens = ["w0", "alpha", "w2", "gamma", "w4", "beta", "w6", "delta", "w8", "w9", "omega"]
        explainer = {"masking": MaskString("xxx"), "n_samples": 100}
        remote = NERExplainer(connect(server, batch_size=16), **explainer).explain(tokens, positions=[1])
        local = NERExplainer(known_tagger(), **explainer).explain(tokens, positions=[1])
        assert np.array_equal(remote.weights, local.weights)
        assert max(len(request["content"]["sentences"]) for request in server.seen) == 16


class TestFaults:
    FAULTS = (
        BUSY,
        {"do": "drop"},
        {"do": "half"},
        {"do": "status", "status": 429},
        {"do": "stall", "seconds": 0.6},
        {"do": "status", "status": 500, "body": "<html>oops"},
        {"do": "status", "status": 408},
    )

    def test_nothing_is_lost_and_nothing_asked_again_that_was_answered(self, server):
        plan = [step for fault in self.FAULTS for step in (OK, fault)]
        server.control(*plan)
        tagger = connect(server, timeout=0.3)
        assert equal(tagger.predict_proba(SENTENCES), wanted(SENTENCES))
        assert server.asked(answered=True) == Counter(map(tuple, SENTENCES))
        assert tagger.calls == 10 + len(self.FAULTS) == len(server.seen)

    def test_it_gives_up_at_last(self, server):
        server.control(always=BUSY)
        tagger = connect(server, retry=HttpRetry(times=2, first_wait=0.01))
        with pytest.raises(TaggerError, match=r"/api/tag: no answer in 3 tries, the last time: HTTP 503"):
            tagger.predict_proba(SENTENCES[:1])
        assert len(server.seen) == 3

    def test_a_service_that_is_not_there(self):
        tagger = HttpTagger("http://127.0.0.1:9", policy=HttpPolicy(retry=HttpRetry(times=1, first_wait=0.01)))
        with pytest.raises(TaggerError, match=r"no answer in 2 tries, the last time: ConnectError"):
            tagger.predict_proba([["a"]])

    @pytest.mark.parametrize("step", [{"do": "stall", "seconds": 3.0}, {"do": "drip", "seconds": 3.0}])
    def test_time_is_up(self, server, step):
        server.control(always=step)
        began = time.monotonic()
        with pytest.raises(TaggerError, match=r"ReadTimeout|took more than"):
            connect(server, timeout=0.2, retry=HttpRetry(times=0)).predict_proba([["a"]])
        assert time.monotonic() - began < 2.5

    @pytest.mark.parametrize(("status", "words"), [(400, "oops"), (401, r"are the headers= right\?"), (404, "oops")])
    def test_a_refusal_is_final(self, server, status, words):
        server.control(always={"do": "status", "status": status, "body": "oops"})
        with pytest.raises(TaggerError, match=rf"HTTP {status} .*{words}"):
            connect(server).predict_proba([["a"]])
        assert len(server.seen) == 1

    def test_a_redirect_is_not_followed(self, server):
        location = {"Location": f"{server.address}/elsewhere"}
        server.control(always={"do": "status", "status": 307, "headers": location})
        with pytest.raises(TaggerError, match="redirects are not followed"):
            connect(server, headers={"Authorization": "Bearer sesame-open"}).predict_proba([["a"]])
        assert [request["path"] for request in server.seen] == ["/api/tag"]

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ("no json", "expected JSON, found 'no json'"),
            ("[" * 100_000, "expected JSON"),
            ("[" * 900 + "]" * 900, "in the format 'ner-lime'"),
            ("null", "in the format 'ner-lime'.*found None"),
            ("{}", "KeyError: 'labels'; found {}"),
            ('{"labels": "O", "probabilities": [[[1]]]}', "expected labels such as"),
            ('{"labels": ["O", "O"], "probabilities": [[[1, 0]]]}', "every label once"),
            ('{"labels": ["O"], "probabilities": []}', "expected 1 answers, one a sentence, found 0"),
            ('{"labels": ["O"], "probabilities": [[[1], [1]]]}', r"shape \(1 tokens, 1 labels\), found \(2, 1\)"),
            ('{"labels": ["O", "X"], "probabilities": [[[0.5, 0.6]]]}', "sum to 1, found 1.1"),
            ('{"labels": ["O", "X"], "probabilities": [[[-0.5, 1.5]]]}', "scores or logits"),
            ('{"labels": ["O"], "probabilities": [[[NaN]]]}', "finite"),
            ('{"labels": ["O"], "probabilities": [[[1e999]]]}', "finite"),
            ('{"labels": ["O"], "probabilities": [[["one"]]]}', "expected a matrix"),
        ],
    )
    def test_garbage_is_named_not_repeated_and_not_kept(self, server, tmp_path, body, words):
        server.control({"do": "body", "body": body})
        tagger = connect(server, cache=tmp_path / "cache")
        with pytest.raises(TaggerError, match=words) as caught:
            tagger.predict_proba([["a"]])
        assert server.address in str(caught.value)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500
        assert len(server.seen) == 1
        assert equal(tagger.predict_proba([["a"]]), wanted([["a"]]))

    def test_an_endless_answer(self, server):
        server.control(always={"do": "long", "bytes": 300_000})
        with pytest.raises(TaggerError, match="longer than 100000 bytes"):
            connect(server, max_bytes=100_000).predict_proba([["a"]])

    def test_a_compressed_answer(self, server):
        server.control(always={"do": "body", "body": "x", "headers": {"Content-Encoding": "gzip"}})
        with pytest.raises(TaggerError, match="not compressed"):
            connect(server).predict_proba([["a"]])

    def test_labels_that_change(self, server):
        tagger = connect(server)
        tagger.predict_proba([["a"]])
        server.control({"do": "body", "body": '{"labels": ["O", "B-Z"], "probabilities": [[[1, 0]]]}'})
        with pytest.raises(TaggerError, match=r"'B-Z', expected one of \('O', 'B-X', 'B-Y'\)"):
            tagger.predict_proba([["b"]])


class TestLimits:
    def test_a_pause_is_kept_by_all_requests(self, server):
        busy = {"do": "status", "status": 429, "headers": {"Retry-After": "1"}}
        server.control(busy, {"do": "ok", "seconds": 0.5})
        tagger = connect(server, concurrency=2, retry=HttpRetry(times=3, first_wait=0.01, longest_wait=5.0))
        assert equal(tagger.predict_proba(SENTENCES), wanted(SENTENCES))
        first, *others = sorted(request["start"] for request in server.seen)
        assert sum(start - first < 0.99 for start in others) <= 1

    @pytest.mark.parametrize(
        ("value", "words"),
        [("3600", "3600.0"), ("0.3", "0.3"), ("9" * 400, "inf"), ("Fri, 31 Dec 2200 23:59:59 GMT", r"\d{10}.\d")],
    )
    def test_a_pause_that_is_too_long_is_not_cut(self, server, value, words):
        server.control({"do": "status", "status": 503, "headers": {"Retry-After": value}})
        tagger = connect(server, retry=HttpRetry(times=3, first_wait=0.0, longest_wait=0.2))
        with pytest.raises(
            TaggerError, match=rf"HTTP 503 .*pause of {words} s, more than HttpRetry\(longest_wait=0.2\)"
        ):
            tagger.predict_proba([["a"]])
        assert len(server.seen) == 1
        assert equal(tagger.predict_proba([["a"]]), wanted([["a"]]))

    def test_a_part_of_a_second_is_a_pause(self, server):
        server.control({"do": "status", "status": 429, "headers": {"Retry-After": "0.4"}})
        connect(server, retry=HttpRetry(times=1, first_wait=0.0)).predict_proba([["a"]])
        first, second = (request["start"] for request in server.seen)
        assert second - first > 0.39

    def test_so_many_at_once(self, server):
        server.control(always={"do": "ok", "seconds": 0.05})
        connect(server, concurrency=3).predict_proba(SENTENCES)
        assert 2 <= server.report()["most_under_way"] <= 3

    def test_so_many_at_once_from_several_threads(self, server):
        server.control(always={"do": "ok", "seconds": 0.03})
        tagger = connect(server, concurrency=2)
        threads = [threading.Thread(target=tagger.predict_proba, args=(SENTENCES[k::4],)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.report()["most_under_way"] == 2
        assert server.asked() == Counter(map(tuple, SENTENCES))

    def test_so_many_a_minute(self, server):
        connect(server, per_minute=1200, concurrency=5).predict_proba(SENTENCES)
        starts = sorted(request["start"] for request in server.seen)
        assert len(starts) == 10
        assert starts[-1] - starts[0] > 0.8 * 9 * 60 / 1200

    def test_the_budget_of_calls_is_never_exceeded(self, server, tmp_path):
        tagger = connect(server, cache=tmp_path / "cache", budget=HttpBudget(calls=3))
        with pytest.raises(BudgetError, match=r"budget of 3 calls is spent: .*in the cache.*HttpPolicy\(budget="):
            tagger.predict_proba(SENTENCES)
        assert len(server.seen) == 3 == tagger.calls
        assert equal(connect(server, cache=tmp_path / "cache").predict_proba(SENTENCES), wanted(SENTENCES))
        assert server.asked() == Counter(map(tuple, SENTENCES))

    def test_the_budget_of_tokens_is_never_exceeded(self, server):
        tagger = connect(server, budget=HttpBudget(tokens=50))
        with pytest.raises(
            BudgetError, match=r"budget of 50 tokens is spent \(48 were sent, the next request has 16\)"
        ):
            tagger.predict_proba(SENTENCES)
        assert sum(len(s) for request in server.seen for s in request["content"]["sentences"]) == 48 == tagger.tokens

    def test_retries_are_paid_for(self, server):
        server.control(always=BUSY)
        tagger = connect(server, budget=HttpBudget(calls=2))
        with pytest.raises(BudgetError):
            tagger.predict_proba(SENTENCES[:1])
        assert len(server.seen) == 2

    def test_nothing_is_begun_after_one_failed_for_good(self, server):
        server.control({"do": "status", "status": 400}, always={"do": "ok", "seconds": 0.1})
        with pytest.raises(TaggerError, match="HTTP 400"):
            connect(server, concurrency=2, batch_size=1).predict_proba(SENTENCES)
        assert len(server.seen) <= 2


class TestMemory:
    @pytest.mark.parametrize("failing", [1, 3])
    def test_a_tagger_that_failed_asks_only_for_the_rest(self, server, failing):
        server.control(*[OK] * failing, {"do": "status", "status": 400})
        tagger = connect(server, batch_size=2, concurrency=1)
        with pytest.raises(TaggerError, match="HTTP 400"):
            tagger.predict_proba(SENTENCES[:12])
        assert equal(tagger.predict_proba(SENTENCES[:12]), wanted(SENTENCES[:12]))
        assert server.asked(answered=True) == Counter(map(tuple, SENTENCES[:12]))

    def test_an_explanation_asks_for_no_sentence_twice(self, server):
        explainer = NERExplainer(connect(server), masking=MaskString("xxx"), n_samples=64)
        first, again = explainer.explain(["w0", "alpha", "gamma"]), explainer.explain(["w0", "alpha", "gamma"])
        assert np.array_equal(first.weights, again.weights)
        assert max(server.asked().values()) == 1

    def test_what_is_done_to_an_answer_is_not_kept(self, server):
        tagger = connect(server)
        for _ in range(2):
            (answer,) = tagger.predict_proba([["a", "gamma"]])
            assert np.array_equal(answer, *wanted([["a", "gamma"]]))
            answer[:] = 0.0


class TestCache:
    TOKENS = ("w0", "alpha", "w2", "gamma", "w4", "beta", "w6", "delta", "w8", "w9", "omega", "w11")

    def explain(self, tagger):
        return NERExplainer(tagger, masking=MaskString("xxx"), n_samples=100).explain(self.TOKENS, positions=[1])

    def test_what_was_answered_is_never_paid_for_again(self, server, tmp_path):
        first = self.explain(connect(server, cache=tmp_path / "deep" / "cache"))
        assert max(server.asked().values()) == 1
        server.control(always=BUSY)
        again = self.explain(connect(server, cache=tmp_path / "deep" / "cache", budget=HttpBudget(calls=0)))
        assert server.seen == []
        assert again.to_dict() == first.to_dict()

    def test_a_stopped_explanation_goes_on(self, server, tmp_path):
        whole = self.explain(connect(server))
        server.control()
        for calls in (2, 5, 7):
            with pytest.raises(BudgetError):
                self.explain(connect(server, cache=tmp_path / "cache", budget=HttpBudget(calls=calls)))
        finished = self.explain(connect(server, cache=tmp_path / "cache"))
        assert max(server.asked().values()) == 1
        assert np.array_equal(finished.weights, whole.weights)

    @pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
    @pytest.mark.parametrize(("sign", "twice"), [(signal.SIGINT, 0), (signal.SIGKILL, 2 * 4)])
    def test_an_interrupted_process_goes_on(self, server, tmp_path, sign, twice):
        server.control(always={"do": "ok", "seconds": 0.02})
        code = (
            "import sys\n"
            "from ner_lime import MaskString, NERExplainer\n"
            "from ner_lime.taggers.http import HttpPolicy, HttpTagger\n"
            "tagger = HttpTagger(sys.argv[1], cache=sys.argv[2], policy=HttpPolicy(batch_size=4, concurrency=2))\n"
            "NERExplainer(tagger, masking=MaskString('xxx'), n_samples=200).explain(sys.argv[3:], positions=[1])\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code, server.address, str(tmp_path / "cache"), *self.TOKENS],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        ) as running:
            until = time.monotonic() + 30
            while len(server.seen) < 8 and time.monotonic() < until:
                time.sleep(0.02)
            running.send_signal(sign)
            running.stderr.read()
            assert running.wait(timeout=20) != 0
        before = server.asked(answered=True)
        assert len(before) >= 4
        tagger = HttpTagger(server.address, cache=tmp_path / "cache", policy=HttpPolicy(batch_size=32, concurrency=2))
        finished = NERExplainer(tagger, masking=MaskString("xxx"), n_samples=200).explain(self.TOKENS, positions=[1])
        repeated = [sentence for sentence, times in server.asked(answered=True).items() if times > 1]
        assert len(repeated) <= twice
        local = NERExplainer(known_tagger(), masking=MaskString("xxx"), n_samples=200).explain(
            self.TOKENS, positions=[1]
        )
        assert np.array_equal(finished.weights, local.weights)

    def test_answers_are_kept_apart(self, server, tmp_path):
        cache = tmp_path / "cache"
        connect(server, cache=cache).predict_proba([["a"]])
        connect(server, cache=cache, labels=["B-Y", "B-X", "O"]).predict_proba([["a"]])
        HttpTagger(f"{server.address}/other", cache=cache).predict_proba([["a"]])
        assert len(server.seen) == 3

    @pytest.mark.parametrize("own", [{"parse": lambda answer, *_: answer}, {"request": lambda sentences: sentences}])
    def test_functions_without_a_name_are_refused(self, server, tmp_path, own):
        """Two of them would be taken for one another."""
        with pytest.raises(InputError, match=r"give format=HttpFormat\(name, request, parse\) in their place"):
            HttpTagger(server.address, cache=tmp_path / "cache", **own)

    def test_formats_are_kept_apart_by_their_names(self, server, tmp_path):
        for name, row in (("first", [0.75, 0.25]), ("second", [0.25, 0.75])):
            own = replace(PRESETS["ner-lime"], name=name, parse=lambda *_, row=row: (("O", "X"), [[row]]))
            for _ in range(2):
                (answer,) = HttpTagger(server.address, cache=tmp_path / "cache", format=own).predict_proba([["a"]])
                assert answer.tolist() == [row]
        assert len(server.seen) == 2

    def test_several_threads_and_taggers_share_a_file(self, server, tmp_path):
        taggers = [connect(server, cache=tmp_path / "cache") for _ in range(4)]
        threads = [
            threading.Thread(target=tagger.predict_proba, args=(SENTENCES[k::4],)) for k, tagger in enumerate(taggers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.control(always=BUSY)
        assert equal(taggers[0].predict_proba(SENTENCES), wanted(SENTENCES))

    def test_a_file_that_is_no_cache(self, server, tmp_path):
        (tmp_path / "notes.txt").write_text("not a cache, " * 100)
        with pytest.raises(InputError, match=r"notes\.txt: expected a file to cache answers in"):
            connect(server, cache=tmp_path / "notes.txt")
        with pytest.raises(InputError, match="expected a file to cache answers in"):
            connect(server, cache=tmp_path)


def test_headers_take_the_place_of_ours(server):
    connect(server, headers={"content-type": "application/json; charset=utf-8", "USER-AGENT": "me"}).predict_proba(
        [["a"]]
    )
    got = [(name.lower(), value) for name, value in server.seen[0]["sent"]]
    assert [value for name, value in got if name in ("content-type", "user-agent")] == [
        "application/json; charset=utf-8",
        "me",
    ]


class TestSecrets:
    SECRET = "sk-1234567890-very-secret"

    @pytest.mark.parametrize(
        "step", [{"do": "echo", "status": 401}, {"do": "echo", "status": 400}, {"do": "echo", "status": 200}, OK, BUSY]
    )
    def test_they_are_sent_and_show_up_nowhere(self, server, tmp_path, caplog, step):
        server.control(always=step)
        caplog.set_level(logging.DEBUG)
        headers = {"Authorization": f"Bearer {self.SECRET}", "X-Api-Key": self.SECRET}
        tagger = connect(server, headers=headers, cache=tmp_path / "cache", retry=HttpRetry(times=1, first_wait=0.01))
        shown = [repr(tagger), repr(vars(tagger)), repr(vars(tagger._client))]
        try:
            tagger.predict_proba([["a"]])
        except TaggerError as error:
            shown += traceback.format_exception(error)
        assert self.SECRET in server.seen[0]["headers"]["Authorization"]
        shown += [record.getMessage() for record in caplog.records]
        shown += [(tmp_path / "cache").read_bytes().decode("latin-1")]
        assert any("httpx" in record.name for record in caplog.records)
        assert self.SECRET not in "\n".join(shown)

    LONG = "hf_" + "".join(map(chr, range(ord("A"), ord("Z") + 1))) + "'\"\\0123456789"

    @pytest.mark.parametrize(
        ("status", "answer"),
        [
            (200, LONG),
            (200, {"detail": LONG}),
            (200, {"detail": f"the token Bearer {LONG} is spent"}),
            (200, {LONG: 1}),
            (200, {"labels": "O", "probabilities": LONG}),
            (200, {"labels": [1, "x" * 160 + LONG], "probabilities": []}),
            (200, {"labels": ["O", LONG], "probabilities": [[[0.5, 0.5]]]}),
            (200, {"labels": ["O", "B-X"], "probabilities": [[[0.5, LONG]]]}),
            (200, {"labels": ["O", "B-X"], "probabilities": [LONG, LONG]}),
            (401, LONG),
            (401, {"detail": [f"Bearer {LONG}"]}),
            (500, {"detail": LONG}),
        ],
    )
    @pytest.mark.parametrize("labels", [None, ["O", "B-X"]])
    def test_what_a_service_repeats_is_not_shown_not_even_in_part(self, server, tmp_path, status, answer, labels):
        server.control(always={"do": "status", "status": status, "body": json.dumps(answer)})
        headers = {"Authorization": f"Bearer {self.LONG}"}
        tagger = connect(server, headers=headers, cache=tmp_path / "cache", labels=labels, retry=HttpRetry(times=0))
        with pytest.raises(TaggerError) as caught:
            tagger.predict_proba([["a"]])
        shown = "".join(traceback.format_exception(caught.value)) + repr(vars(tagger))
        shown += (tmp_path / "cache").read_bytes().decode("latin-1")
        assert not [part for part in (self.LONG[k : k + 6] for k in range(len(self.LONG) - 6)) if part in shown]

    def test_a_label_that_is_in_a_header_by_chance_can_be_named(self, server):
        labels = ["O", "PERSON"]
        server.control(always={"do": "body", "body": json.dumps({"labels": labels, "probabilities": [[[0.25, 0.75]]]})})
        with pytest.raises(TaggerError, match=r"must be among labels=\[\.\.\.\]"):
            connect(server, headers={"X-Only": "PERSON"}).predict_proba([["a"]])
        (answer,) = connect(server, headers={"X-Only": "PERSON"}, labels=labels).predict_proba([["a"]])
        assert answer.tolist() == [[0.25, 0.75]]

    def test_a_page_that_is_cut_ends_before_a_secret_that_was_cut(self, server):
        secret = "x1" * 30_000
        server.control(always={"do": "status", "status": 400, "body": f"{secret} {secret}"})
        with pytest.raises(TaggerError) as caught:
            connect(server, headers={"X-Key": secret}).predict_proba([["a"]])
        assert "x1x1x1" not in str(caught.value)

    def test_logs_have_the_address_without_its_query_and_those_of_others_are_as_they_were(self, server, caplog):
        import httpx

        caplog.set_level(logging.DEBUG)
        location = f"{server.address}/tag?key={self.SECRET}"
        server.control(always={"do": "status", "status": 307, "headers": {"X-Echo": self.SECRET}})
        with pytest.raises(TaggerError, match="HTTP 307"):
            HttpTagger(location).predict_proba([["a"]])
        shown = [record.getMessage() for record in caplog.records if record.name.startswith("http")]
        assert any(f"HTTP Request: POST {server.address}/tag***" in line for line in shown)
        assert self.SECRET not in "\n".join(shown)
        caplog.clear()
        httpx.get(location)
        assert any(f"{location} " in record.getMessage() for record in caplog.records)

    @pytest.mark.parametrize("value", [f"{SECRET}\n", f"{SECRET} é", f"a\0{SECRET}", 12345678])
    def test_a_value_that_can_not_be_sent_is_not_shown(self, value):
        with pytest.raises(InputError, match="header 'X-Api-Key'") as caught:
            HttpTagger("http://127.0.0.1:9", headers={"X-Api-Key": value})
        assert self.SECRET not in str(caught.value)
        assert "12345678" not in str(caught.value)

    def test_a_password_in_the_address_is_refused(self):
        with pytest.raises(InputError, match="without user and password") as caught:
            as_tagger(f"https://me:{self.SECRET}@example.org/tag")
        assert self.SECRET not in str(caught.value)

    @pytest.mark.parametrize("start", ["http:/me:{}@host", "https://me:pa#{}@host", "me:{}@host"])
    def test_a_password_in_what_is_no_address_is_not_shown(self, start):
        with pytest.raises(InputError, match=r"found '[a-z]+:\*\*\*@host'") as caught:
            HttpTagger(start.format(self.SECRET))
        assert self.SECRET not in "".join(traceback.format_exception(caught.value))

    def test_what_follows_the_question_mark_is_not_in_messages(self, server):
        server.control(always={"do": "status", "status": 400, "body": f"what is {self.SECRET}?"})
        tagger = HttpTagger(f"{server.address}/tag?key={self.SECRET}")
        with pytest.raises(TaggerError) as caught:
            tagger.predict_proba([["a"]])
        assert self.SECRET not in str(caught.value) + repr(tagger)

    def test_unencrypted_headers_are_warned_of(self, caplog):
        HttpTagger("http://example.org", headers={"Authorization": "Bearer abc"})
        assert ["example.org/api/tag is not encrypted" in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_certificate_of_nobody_is_not_trusted(tmp_path):
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate")]
    subprocess.run([*command, *files], check=True, capture_output=True)
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(dict(self.headers))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda *_: None
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            tagger = HttpTagger(
                f"https://127.0.0.1:{server.server_address[1]}/tag", headers={"Authorization": "Bearer abc"}
            )
            with pytest.raises(TaggerError, match="can't be trusted"):
                tagger.predict_proba([["a"]])
        finally:
            server.shutdown()
            thread.join()
    assert (got, tagger.calls) == ([], 1)


def test_a_policy_that_is_none():
    with pytest.raises(InputError, match=r"expected policy=HttpPolicy\(...\), found {'timeout': 3}"):
        as_tagger("http://127.0.0.1:9", policy={"timeout": 3})


@pytest.mark.parametrize("address", ["http://", "https:///tag", "http://[::1"])
def test_what_is_no_address(address):
    with pytest.raises(InputError, match=r"expected an http\(s\):// address"):
        as_tagger(address)


def test_a_format_that_needs_labels_or_does_not_exist():
    with pytest.raises(InputError, match=r"'huggingface' does not name all labels: give labels="):
        as_tagger("http://127.0.0.1:9", format="huggingface")
    with pytest.raises(InputError, match=r"expected format 'ner-lime' or 'huggingface' or an HttpFormat"):
        as_tagger("http://127.0.0.1:9", format="soap")
    with pytest.raises(InputError, match=r"expected a name of its own for an HttpFormat, found .* preset 'ner-lime'"):
        as_tagger("http://127.0.0.1:9", format=replace(PRESETS["ner-lime"], parse=lambda *_: None))
