"""Training a cross-encoder to tell the unit that answers a question from units near it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import torch
from torch import Tensor
from torch.nn import functional

from mindgap_indexer.encoding import EmbeddingModel, load_default
from mindgap_indexer.types import CancelCheck, ProgressCallback
from mindgap_training.deep import CROSS_QUESTION_TOKENS, CROSS_UNIT_TOKENS
from mindgap_training.deep.bert import Bert
from mindgap_training.deep.choices import Choices
from mindgap_training.deep.near import LIKE_THE_RIGHT_ONE, nearest_samples, of_language, of_package
from mindgap_training.deep.samples import Sample, draw, few_words
from mindgap_training.deep.tokens import tokeniser
from mindgap_training.deep.torch_cross import CrossBert
from mindgap_training.deep.training import Objective, RunConfig, Tuned, train
from mindgap_training.progress import never, no_progress

_SMALLEST_GROUP = 4
"""Among fewer samples nothing counts as near."""


@dataclass(frozen=True, slots=True)
class CrossConfig(RunConfig):
    """The numbers of a run."""

    learning_rate: float = 1e-4
    warm_up: int = 60
    query_tokens: int = CROSS_QUESTION_TOKENS
    unit_tokens: int = CROSS_UNIT_TOKENS
    questions: int = 20
    """In a step …"""
    negatives: int = 4
    """… each with so many wrong answers, drawn by chance …"""
    near_in_package: int = 16
    """… from so many of its package that look like the right one …"""
    near_in_language: int = 24
    """… and so many of any package."""
    nearest_first: bool = False
    """The nearest are drawn most often, and may be nearer than the right one: what a search puts first."""
    binary_share: float = 0.5
    """Weight of judging each unit alone, beside choosing the right one."""
    few_words: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of a source, the share of questions that are asked by a few of their words, about units with their
    names."""


def train_cross(
    bert: Bert,
    sources: Mapping[str, Sequence[Sample]],
    weights: Mapping[str, float],
    config: CrossConfig,
    folder: Path,
    progress: ProgressCallback = no_progress,
    cancelled: CancelCheck = never,
    model: EmbeddingModel | None = None,
) -> Tuned:
    """Train all layers and a head to give the right unit the highest logit, and only it one above 0.

    The run leaves a checkpoint in `folder` every few minutes and at its end, and continues from one. Wrong
    answers are what `model` finds similar, by default the instant one that ships.
    """
    static = model or load_default()
    likeness = None if config.nearest_first else LIKE_THE_RIGHT_ONE
    nearest = [
        nearest_samples(static, sources, count, group, _SMALLEST_GROUP, likeness)
        for group, count in ((of_package, config.near_in_package), (of_language, config.near_in_language))
    ]
    choices = Choices(sources, weights, nearest, config.negatives, nearest_first=config.nearest_first)
    return train(_Choosing(bert, choices, config), config, folder, "cross", progress, cancelled)


class _Choosing(Objective):
    """Logits of questions' right and wrong answers."""

    longest_gradient = 1.0

    def __init__(self, bert: Bert, choices: Choices, config: CrossConfig) -> None:
        self.model = self._reader = CrossBert(bert)
        self.fingerprint = choices.fingerprint
        self._choices, self._config = choices, config
        self._tokenise = tokeniser(bert.tokenizer)

    def loss(self, step: int, random: Random) -> Tensor:
        config = self._config
        questions, units = list[str](), list[str]()
        for _ in range(config.questions):
            choice = self._choices.draw(random)
            hardening = config.hardening_of(choice.right)
            share = config.few_words.get(choice.source, 0)
            short = few_words(choice.right.query, random) if share and random.random() < share else ""
            if short:
                hardening = replace(hardening, hide_name=0, rename=0)
            question, unit = draw(choice.right, hardening, random)
            questions.append(short or question)
            # Wrong ones are drawn as the right one is: whether a doc is shown must not tell.
            units += [unit, *(draw(sample, hardening, random)[1] for sample in choice.wrong)]
        asked = self._tokenise(questions, config.query_tokens)
        answers = 1 + config.negatives
        read = enumerate(self._tokenise(units, config.unit_tokens))
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            logits = self._reader([(asked[i // answers], unit) for i, unit in read])
        return choice_loss(logits.view(-1, answers), config.binary_share)


def choice_loss(logits: Tensor, binary_share: float) -> Tensor:
    """Cross entropy of choosing the first of each row (n, answers), and a share of judging each alone."""
    right = torch.zeros_like(logits)
    right[:, 0] = 1
    choosing = -functional.log_softmax(logits, 1)[:, 0].mean()
    return choosing + binary_share * functional.binary_cross_entropy_with_logits(logits, right)
