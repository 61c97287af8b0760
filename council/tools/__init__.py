"""What members and judge may use between two calls: search the web, read a page.

On top of `council.wire.egress`; knows nothing of Django. What comes back is hostile text: it
goes to the model as one JSON document, which nothing in it can end.
"""
