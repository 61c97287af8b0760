"""What a council does, without saying how.

Standard library and pydantic only: no Django, no HTTP, no HTML, no disk. The
clock is passed in. The whole contract with the world is two callables:

    ask(call)    -> async iterator of Delta   (how a provider is asked)
    emit(event)  -> awaitable                 (where the run is remembered)
"""
