"""Explanations of a document, a row or a picture, shown: functions from an explanation; nothing here runs a model."""
