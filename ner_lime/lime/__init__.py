"""The core: neighbourhoods, engines, surrogates. It knows components and functions of masks, not tokens."""
