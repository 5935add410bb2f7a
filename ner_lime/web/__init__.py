"""A local page to play with, and the JSON API behind it (extra ``web``): `ner_lime.web.app.create_app`."""
