from __future__ import annotations

import asyncio

from mindgap_server.rest import Rest


async def rested(acts: list[str], count: int) -> None:
    while len(acts) < count:
        await asyncio.sleep(0)


async def test_many_touches_are_one_act() -> None:
    acts: list[str] = []
    rest = Rest(acts.append, quiet=0.005, longest=10)
    for key in ("a", "b", "a", "a"):
        rest.touch(key)
    await rested(acts, 2)
    assert sorted(acts) == ["a", "b"]


async def test_somebody_who_never_rests_waits_no_longer_than_the_longest() -> None:
    acts: list[str] = []
    rest = Rest(acts.append, quiet=10, longest=0.005)
    while not acts:
        rest.touch("a")
        await asyncio.sleep(0)
    assert acts == ["a"]


async def test_what_is_forgotten_is_not_acted_on() -> None:
    acts: list[str] = []
    rest = Rest(acts.append, quiet=0.001, longest=10)
    rest.touch("a")
    rest.forget("a")
    rest.touch("b")
    await rested(acts, 1)
    assert acts == ["b"]
