"""Odd texts: contractions, brackets, scripts, spaces of every kind, and random mixtures of them."""

from __future__ import annotations

import random

PIECES = [
    *(
        "Ana Lund",
        "an engineer",
        "Acme-Labs",
        "can't",
        "won’t",
        "I'm",
        "O'Neil's",
        "rock'n'roll",
        "U.S.",
        "e.g.",
        "Mr.",
    ),
    *(
        "(from Oslo)",
        "[sic]",
        "{x}",
        '"quoted"',
        "“curly”",
        "«guillemets»",
        "--",
        "—",
        "…",
        "...",
        "!!",
        "?!",
        ";",
        ":-)",
    ),
    *(
        "6+ years",
        "$1,000.50",
        "3.14%",
        "10:30",
        "2024-05-01",
        "+47 22 33 44",
        "C++/C#",
        "UI/UX",
        "a@b.no",
        "#tag",
        "@you",
    ),
    *(
        "https://example.org/a?b=c",
        "naïve café",
        "Ångström",
        "ﬁne",
        "½",
        "x²",
        "Straße",
        "İstanbul",
        "Ελλάδα",
        "Москва",
    ),
    *(
        "שלום",
        "مرحبا",
        "हिन्दी",
        "日本語",
        "한국어",
        "ไทย",
        "👩‍💻",
        "🇳🇴",
        "e\u0301",
        "zero\u200bwidth",
        "soft\u00adhyphen",
    ),
    *("non\u00a0breaking", "camelCase", "snake_case", "ALLCAPS", "x" * 40, "'", "''", "``", "\\", "<b>", "&amp;"),
]
SPACES = [" ", " ", " ", " ", "  ", "   ", "\t", "\n", "\u00a0", "\u3000", "", ", ", ". "]


def odd_texts(n: int = 200) -> list[str]:
    """Every piece by itself, then random mixtures, some with spaces around; the same ones each time."""
    rng = random.Random(0)
    texts = list(PIECES)
    while len(texts) < n:
        words = [rng.choice(PIECES) for _ in range(rng.randint(2, 7))]
        text = "".join(word + rng.choice(SPACES) for word in words)
        texts.append(rng.choice(["", "", " ", "\n "]) + text)
    return texts
