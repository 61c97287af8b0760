"""The rehearsal provider: scripted members behind a real OpenAI-compatible wire.

It plays sample questions for a reader who has no key yet, and scripts with every
kind of fault for the tests. It runs in a process of its own, on loopback only, and
knows nothing of the app: the two meet over HTTP. Standard library only.

    python -m council.rehearsal --port 0 --log FILE [--scripts FILE] [--idle-exit SECONDS]

`README.md` beside this file describes the routes, the takes and the log.
"""
