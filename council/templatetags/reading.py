"""Filters of what makes reading easier: kinds of quoted words, outlines."""

from collections.abc import ItemsView, Mapping
from typing import Any

from django import template

from council import kinds, outline

register = template.Library()
register.filter("kinds", kinds.kinds)
register.filter("is_long", outline.is_long)


@register.filter
def items(mapping: Mapping[str, Any]) -> ItemsView[str, Any]:
    """``mapping|items``: its keys and values, whatever its keys are called."""
    return mapping.items()
