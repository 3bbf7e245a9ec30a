"""What becomes of identifiers: kept, split into words, replaced by a synonym or by a neutral word.

Where every name of the code stood in its pseudocode, looking for equal names would be enough to find it,
and nothing else would be learnt.
"""

from __future__ import annotations

from enum import Enum, auto
from random import Random

from mindgap_indexer.words import split_identifier


class Naming(Enum):
    """How a text treats most of its identifiers."""

    KEEP = auto()
    WORDS = auto()
    RENAME = auto()


_SHARES = ((Naming.KEEP, 2), (Naming.WORDS, 3), (Naming.RENAME, 5))
_KNOWN_SYNONYM, _NEUTRAL = 0.85, 0.6

_SYNONYMS: dict[str, tuple[str, ...]] = {
    word: tuple(others.split("/"))
    for word, others in (
        line.split(" ", 1)
        for line in """\
acc accumulator/running value
add insert/include
all every
answer result
append add
args arguments/parameters
arr array/list
array list/sequence
attr attribute/property
begin start
buf buffer/temporary storage
buffer temporary storage
build construct/make
calc calculate/compute
calculate compute/work out
callback function to call
cell field
cfg configuration/settings
char character/letter
check verify/test
child descendant
clean tidy up
close shut
cls class
cnt count/number
col column
collection group
compute calculate/work out
cond condition
config settings/configuration
convert turn/transform
copy duplicate
count number/counter
create make/build
ctx context
cur current
curr current
current present
cycle loop
data values/information
delete remove
delta difference
dest destination
diff difference
dir directory/folder
directory folder
dist distance
distance how far
doc document
duration time span
edge link
elem element
element item
end last/stop
entry item/record
err error
error failure/problem
exists is there
fetch get/load
field attribute
file document
filename name of the file
find search for/look for
first leading
flag switch
fn function
folder directory
format layout
found matching
func function
generate produce/create
get fetch/obtain
group cluster
handler callback
hash digest
height how tall
id identifier
idx index/position
image picture
index position
info details
init initialise/set up
input given value
insert add/put in
item element/entry
items elements/entries
iter iterator
key name
keys names
kwargs keyword arguments
last final
left first part
len length/size
length size
level depth
line row
list sequence/collection
lo lower bound
load read
low lower bound
lst list/sequence
make create
map mapping
mapping dictionary
mat matrix
matrix grid/table
max largest/maximum
mean average
merge combine
message text
method procedure
mid middle
min smallest/minimum
msg message
name title/label
new fresh
next following
node vertex
num number
number value
nums numbers
obj object
object thing
offset shift
op operation
opt option
options settings
opts options/settings
order sequence
out output
output result
param parameter
params parameters
parent container
parse read/interpret
path location
pattern expression
pos position
position place
pred predicate
prev previous
previous earlier
print show
process handle
ptr pointer
put store
query question
queue waiting list
random arbitrary
range interval
read load
rec record
ref reference
register add
remove delete/take out
render draw
replace substitute
req request
request query
res result
reset clear
resp response
response reply/answer
result answer/outcome
ret result/return value
reverse turn around
right second part
root top
row line
run execute
save store/write
score rating
seen visited
select choose
send transmit
seq sequence
set put/assign
size length/number of elements
sort order/arrange
source origin
split divide
src source
stack pile
start begin/first
state status
stop end
store keep
str string/text
string text
sub part
sum total
sz size
table grid
tag label
target goal
temp temporary value
test check
text string
time moment
tmp temporary value
token symbol
total sum/overall amount
type kind
update refresh/change
url address
user person
util helper
val value
valid correct
validate check
value item/amount
values items
var variable
vec vector
visited seen
weight cost
width how wide
word term
write save/output""".splitlines()
    )
}
_NEUTRAL_NAMES: tuple[str, ...] = tuple(
    str.split(
        "x y z a b c p q u v w value item data thing something input var first second other temp current "
        "element object it"
    )
)


class Namer:
    """Names for one text: an identifier is called the same throughout."""

    def __init__(self, rng: Random, naming: Naming | None = None) -> None:
        self._rng = rng
        self._naming = (
            naming or rng.choices([naming for naming, _ in _SHARES], [share for _, share in _SHARES])[0]
        )
        self._given: dict[str, str] = {}
        self._free = list(_NEUTRAL_NAMES)
        rng.shuffle(self._free)

    def variable(self, name: str) -> str:
        """What to call a variable, field or constant."""
        if name not in self._given:
            self._given[name] = self._name(name, may_drop=True)
        return self._given[name]

    def action(self, name: str) -> str:
        """What to call a function; never a neutral word, or nothing would be said."""
        key = f"{name}()"
        if key not in self._given:
            self._given[key] = self._name(name, may_drop=False)
        return self._given[key]

    @property
    def keeps(self) -> bool:
        """Whether names stay as they are."""
        return self._naming is Naming.KEEP

    def _name(self, name: str, *, may_drop: bool) -> str:
        name = name.lstrip("$@").strip()
        if self._naming is Naming.KEEP or not any(c.isalpha() for c in name):
            return name
        words = [word for run in name.split("_") for word in split_identifier(run)]
        spoken = " ".join(words) or name
        if self._naming is Naming.WORDS:
            return spoken
        if may_drop and (len(spoken) == 1 or self._rng.random() < _NEUTRAL):
            return self._free.pop() if self._free else spoken
        return " ".join(self._synonym(word) for word in words) or name

    def _synonym(self, word: str) -> str:
        others = _SYNONYMS.get(word)
        return self._rng.choice(others) if others and self._rng.random() < _KNOWN_SYNONYM else word
