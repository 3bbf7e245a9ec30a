"""Texts as the token ids that a BERT takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mindgap_indexer.encoding.reading import readable


def tokeniser(description: str) -> Callable[[Sequence[str], int], list[list[int]]]:
    """From texts to the ids of at most so many tokens each, marks included."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(description)
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def tokenise(texts: Sequence[str], most: int) -> list[list[int]]:
        ids = [encoding.ids for encoding in tokenizer.encode_batch(readable(texts, most))]
        return [own if len(own) <= most else [*own[: most - 1], own[-1]] for own in ids]

    return tokenise
