"""What a model costs, read from any of the shapes in which lists write it.

The unit follows from the shape: ``prompt``/``completion`` are US dollars for one token
(OpenRouter, as strings), ``input``/``output`` for a million (Perplexity says so, Together and
the hosts behind Hugging Face's router mean it), ``prompt_text_token_price`` US cents for a
hundred million (xAI). What is not a number from 0 on is not a price: OpenRouter writes "-1"
where it varies.
"""

from council.core.facts import Price, Rates, Tier
from council.wire.payload import JSON, listing, mapping, string

_MILLION, _CENTS_PER_HUNDRED_MILLION = 1e6, 1e10
_DOLLARS_MAX = 1e6
_XAI = "{}_text_token_price{}"


def price_in(entry: dict[str, JSON]) -> Price | None:
    """The price of one entry of a list; None when it names none.

    Behind a router it depends on the host that is chosen: the highest of each rate is the one
    that no cap and no total is surprised by.
    """
    if "prompt_text_token_price" in entry:
        return _in_cents(entry)
    own = _of(mapping(entry.get("pricing")))
    if own is not None:
        return own
    hosts = [_of(mapping(mapping(h).get("pricing"))) for h in listing(entry.get("providers"))]
    return _price(_highest([host.rates for host in hosts if host is not None]))


def _of(pricing: dict[str, JSON]) -> Price | None:
    if "prompt" in pricing or "completion" in pricing:
        return _per_token(pricing)
    if "input" in pricing or "output" in pricing:
        return _per_million(pricing)
    return None


def _per_token(pricing: dict[str, JSON]) -> Price | None:
    rates, tiers = [_token_rates(pricing)], []
    for override in listing(pricing.get("overrides")):
        at = mapping(override).get("min_prompt_tokens")
        if isinstance(at, int) and not isinstance(at, bool) and at > 0:
            tiers.append(Tier(min_prompt_tokens=at, rates=_token_rates(override)))
        elif "utc_start" in mapping(override):  # by the hour: nobody knows when the call will be
            rates.append(_token_rates(override))
    return _price(
        _highest(rates),
        request=_dollars(pricing.get("request")) or 0.0,
        image=_dollars(pricing.get("image")) or 0.0,
        tiers=tuple(tiers),
    )


def _token_rates(pricing: dict[str, JSON]) -> Rates:
    return Rates(
        prompt=_dollars(pricing.get("prompt")),
        completion=_dollars(pricing.get("completion")),
        cached=_dollars(pricing.get("input_cache_read")),
    )


def _per_million(pricing: dict[str, JSON]) -> Price | None:
    if string(pricing.get("unit")) not in ("", "usd_per_1m_tokens"):
        return None
    rates = Rates(
        prompt=_dollars(pricing.get("input"), _MILLION),
        completion=_dollars(pricing.get("output"), _MILLION),
        cached=_dollars(pricing.get("cache_read"), _MILLION),
    )
    # Together, whose prices have an hour's rate beside them, writes 0 where there is none.
    is_empty = "hourly" in pricing and not (rates.prompt or rates.completion)
    return None if is_empty else _price(rates)


def _in_cents(entry: dict[str, JSON]) -> Price | None:
    def rates(length: str) -> Rates:
        names = [_XAI.format(word, length) for word in ("prompt", "completion", "cached_prompt")]
        prompt, completion, cached = (
            _dollars(entry.get(name), _CENTS_PER_HUNDRED_MILLION) for name in names
        )
        return Rates(prompt=prompt, completion=completion, cached=cached)

    at = entry.get("long_context_threshold")
    is_tiered = isinstance(at, int) and not isinstance(at, bool) and at > 0
    long = (Tier(min_prompt_tokens=at, rates=rates("_long_context")),) if is_tiered else ()
    return _price(rates(""), tiers=long)


def _highest(offers: list[Rates]) -> Rates:
    """The highest of each rate. An offer without one for cached tokens takes the full one."""
    cached = [rates.cached for rates in offers]
    return Rates(
        prompt=max((r.prompt for r in offers if r.prompt is not None), default=None),
        completion=max((r.completion for r in offers if r.completion is not None), default=None),
        cached=None if None in cached else max((c for c in cached if c is not None), default=None),
    )


def _price(
    rates: Rates, request: float = 0.0, image: float = 0.0, tiers: tuple[Tier, ...] = ()
) -> Price | None:
    if rates.prompt is None and rates.completion is None:
        return None
    return Price(rates=rates, request=request, image=image, tiers=tiers)


def _dollars(value: JSON, per: float = 1.0) -> float | None:
    """``value`` divided by ``per``, when it is a price: a number or its text, from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number / per if 0 <= number <= _DOLLARS_MAX * per else None
