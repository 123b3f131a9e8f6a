from random import Random


def rng_for(seed: int, part: str) -> Random:
    """A generator for one part, so that a change in one does not move all the others."""
    return Random(f"{seed}:{part}")
