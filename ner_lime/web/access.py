"""Access control: the Host and Origin of a request, and its token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from secrets import token_urlsafe

from starlette.requests import Request
from starlette.responses import Response

from ner_lime.web.address import LOOPBACK
from ner_lime.web.problems import Problem

WANTED = "expected the token: open the address that `ner-lime serve` printed, or send it as `Authorization: Bearer ...`"


@dataclass(frozen=True, slots=True)
class Access:
    """Checks every request.

    A page of another origin, or of a name that somebody has pointed at this machine (DNS rebinding), gets nothing,
    even in a browser that has the cookie.

    Attributes
    ----------
    hosts : frozenset of str
        What a Host header may say.
    cookie : str
        Name of the cookie: browsers share cookies between the ports of a machine.
    token : str
        A secret.

    Examples
    --------
    >>> access = Access.to("127.0.0.1", 8765, more=["lab.example.org"])
    >>> "lab.example.org:8765" in access.hosts, access.cookie
    (True, 'ner-lime-8765')
    """

    hosts: frozenset[str]
    cookie: str
    token: str = field(repr=False)

    @classmethod
    def to(cls, host: str, port: int, *, more: Iterable[str] = (), token: str | None = None) -> Access:
        """Permit access under the names of this machine, and `more` names as a Host header has them.

        Parameters
        ----------
        host : str
            An IPv6 address stands in brackets.
        port : int
        more : strings
            Names, with the port that browsers see where it is not `port`.
        token : str, optional
            A random one by default.
        """
        own = {f"{name.lower()}:{port}" for name in (*LOOPBACK, host)}
        if port == 80:
            own |= {name.removesuffix(":80") for name in own}
        other = {name.lower() if _has_port(name) else f"{name.lower()}:{port}" for name in more}
        return cls(frozenset(own | other), f"ner-lime-{port}", token or token_urlsafe(32))

    def check(self, request: Request) -> None:
        """Let a request pass.

        Raises
        ------
        Problem
            421: a foreign Host; 403: a foreign Origin; 401: no token, or a wrong one.
        """
        hosts, origins = request.headers.getlist("host"), request.headers.getlist("origin")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            raise Problem(421, "wrong_host", "expected the address that `ner-lime serve` printed, found another Host")
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            raise Problem(403, "wrong_origin", "expected a request of this service's own page, found another Origin")
        if not any(map(self._is_token, self._given(request))):
            raise Problem(401, "no_token", WANTED, headers={"WWW-Authenticate": "Bearer"})

    def remember(self, response: Response) -> None:
        """Give the browser the token as a cookie that no script reads and no foreign page sends."""
        response.set_cookie(self.cookie, self.token, httponly=True, samesite="strict")

    def _given(self, request: Request) -> Iterable[str]:
        scheme, _, word = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            yield word.strip()
        yield request.cookies.get(self.cookie, "")
        if request.url.path == "/":
            yield request.query_params.get("token", "")

    def _is_token(self, word: str) -> bool:
        return compare_digest(word.encode("utf-8", "surrogateescape"), self.token.encode())


def _has_port(name: str) -> bool:
    return name.rpartition(":")[2].isdigit() and not name.endswith("]")
