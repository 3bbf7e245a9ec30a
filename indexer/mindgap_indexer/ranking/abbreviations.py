"""How programmers shorten words: a query says `maximum length`, the code says `max_len`."""

from __future__ import annotations

from collections.abc import Mapping

from mindgap_indexer.terms import stem

_TABLE = """
address addr
allocate alloc
application app
argument arg
array arr
asynchronous async
attribute attr
authenticate auth
authentication auth
average avg
boolean bool
buffer buf
calculate calc
character char chr
column col
command cmd
compare cmp
concatenate concat
condition cond
configuration config cfg conf
connection conn
context ctx
coordinate coord
copy cp
count cnt
current cur curr
database db
decimal dec
decrement dec
default def
definition def
delete del rm
destination dst dest
dictionary dict
difference diff
directory dir
distance dist
document doc
element elem el
encode enc
environment env
error err
evaluate eval
exception exc
execute exec
expression expr
extension ext
file fd fp
format fmt
function func fn
generate gen
greatest max
high hi
hexadecimal hex
identifier id ident
image img
implementation impl
increment inc
index idx
information info
initialise init
initialize init
insert ins
integer int
iterate iter
iterator iter
language lang
largest max
left lhs
length len
library lib
list lst
low lo
lower lo
lowest min
maximum max
memory mem
message msg
middle mid
minimum min
modification mod
multiply mul
number num nr
object obj
operation op
operator op
option opt
original orig
package pkg
parameter param
parent par
password passwd pwd
pattern pat
pointer ptr
position pos
power pow
previous prev
procedure proc
process proc
property prop
query qry
random rand rng
receive recv
rectangle rect
reference ref
register reg
regular re
relative rel
remove rm del
repository repo
request req
response resp res
result res ret
return ret
right rhs
second sec
separator sep
sequence seq
server srv
signal sig
size sz
smallest min
source src
specification spec
statistics stats
string str
subtract sub
synchronise sync
synchronize sync
system sys
table tbl
temperature temp
temporary tmp temp
terminal term tty
text txt
timestamp ts
tokenize tok
token tok
transaction tx txn
user usr
utility util
value val
variable var
vector vec
version ver
visible vis
window win
"""

ABBREVIATIONS: Mapping[str, tuple[str, ...]] = {
    stem(word): tuple(map(stem, short)) for word, *short in map(str.split, _TABLE.strip().splitlines())
}
"""Stems of usual abbreviations by the stem of the full word."""
