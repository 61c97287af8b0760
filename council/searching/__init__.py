"""The search through what was asked and answered.

passages    what can be found, written when a run ends, and the index beside it
terms       what a word is, the same for what is kept and what is looked for
queries     what is looked for, as both databases read it
search      the newest that fit, page by page, within a bounded time
snippets    the words around the place, as a reader sees them
"""
