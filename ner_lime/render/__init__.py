"""From an explanation to what a person or a program reads: functions, one file a form, no state.

========  ================================================================
json      lossless and versioned, and back again
text      a terminal
html      one self-contained page, static and interactive at once
table     tidy rows, CSV, Markdown, pandas
visible   what every one of them does to characters that hide or act
========  ================================================================
"""
