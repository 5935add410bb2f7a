"""`python -m ner_lime` is `ner-lime`."""

from ner_lime.cli import main

raise SystemExit(main())
