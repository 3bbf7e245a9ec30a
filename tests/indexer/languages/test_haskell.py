from __future__ import annotations

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
{-# LANGUAGE GADTs #-}
-- | Counting things.
module Data.Count (count, Tree (..)) where

import Data.List

-- | Counts what matches,
-- from the left.
count :: (a -> Bool) -> [a] -> Int
count _ [] = 0
-- the interesting case
count p (x : xs)
  | p x = 1 + rest
  | otherwise = rest
  where
    rest = count p xs
{-# INLINE count #-}

first, second :: (a, a) -> a
first (a, _) = a
second (_, b) = b

infixl 6 <+>
(<+>) :: Tree a -> Tree a -> Tree a
Leaf <+> tree = tree
tree <+> _ = tree

a `merge` b = a <+> b

{- | A binary tree. -}
data Tree a
  = Leaf
  | Node { left :: Tree a, value :: a, right :: Tree a }
  deriving (Eq)

newtype Wrapper a = Wrapper { unwrap :: a }
type Name = String
type family Elem c where
  Elem [a] = a

-- | Things with a size.
class Monoid c => Sized c where
  -- | How many there are.
  size :: c -> Int
  size _ = 0
  isEmpty :: c -> Bool

instance Show a => Sized (Tree a) where
  size Leaf = 0
  size (Node l _ r) = size l + 1 + size r
  isEmpty = const False

instance Functor [] where
  fmap = map

instance Eq Name

pattern Pair :: a -> b -> (a, b)
pattern Pair x y = (x, y)

foreign import ccall "math.h sin" c_sin :: Double -> Double

main :: IO ()
main = do
  print (count even [1, 2])
"""


def test_units() -> None:
    assert outline("haskell", SOURCE) == [
        ("sample", "module", 1, 1, 1, 5),
        ("count", "function", 7, 9, 9, 16),
        ("first", "function", 19, 19, 19, 20),
        ("second", "function", 21, 21, 21, 21),
        ("sample", "module", 23, 23, 23, 23),
        ("<+>", "function", 24, 24, 24, 26),
        ("merge", "function", 28, 28, 28, 28),
        ("Tree", "type", 30, 31, 31, 34),
        ("Wrapper", "type", 36, 36, 36, 36),
        ("Name", "type", 37, 37, 37, 37),
        ("Elem", "type", 38, 38, 38, 39),
        ("Sized", "class", 41, 42, 42, 46),
        ("Sized.size", "method", 43, 44, 44, 45),
        ("Sized.isEmpty", "method", 46, 46, 46, 46),
        ("Sized.Tree.size", "method", 49, 49, 49, 50),
        ("Sized.Tree.isEmpty", "method", 51, 51, 51, 51),
        ("Functor.fmap", "method", 54, 54, 54, 54),
        ("sample", "module", 56, 56, 56, 56),
        ("Pair", "function", 58, 58, 58, 59),
        ("c_sin", "function", 61, 61, 61, 61),
        ("main", "function", 63, 63, 63, 65),
    ]


def test_signature_and_equations_are_one_unit() -> None:
    units = parse("haskell", SOURCE)
    count = units["count"]
    assert count.signature == "count :: (a -> Bool) -> [a] -> Int"
    assert count.doc == "Counts what matches,\nfrom the left."
    assert count.body.startswith("count _ [] = 0\n-- the interesting case\n")
    assert count.body.endswith("rest = count p xs")
    assert units["<+>"].body == "Leaf <+> tree = tree\ntree <+> _ = tree"
    assert units["merge"].signature == "a `merge` b"
    assert units["Tree"].signature == "data Tree a"
    assert units["Tree"].doc == "A binary tree."
    assert units["Sized"].signature == "class Monoid c => Sized c"
    assert units["Sized.size"].doc == "How many there are."


def test_pragmas_are_no_prose() -> None:
    assert all("INLINE" not in unit.doc + unit.body for unit in parse_all("haskell", SOURCE))


def test_around_a_syntax_error() -> None:
    source = "\ufeffbreite x = x\r\n\r\nbroken = ) (\r\n\r\nafter :: Int -> Int\r\nafter x = x\r\n"
    units = {unit.name: unit for unit in parse_all("haskell", source)}
    assert units["breite"].start_byte == 3
    assert "after" in units
