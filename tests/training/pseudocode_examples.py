"""In each language with a grammar: a function, and the kinds of statements that are in it."""

from __future__ import annotations

from mindgap_training.pseudocode.steps import Kind


def _kinds(names: str) -> set[Kind]:
    return {Kind[name] for name in names.split()}


CODE: dict[str, tuple[str, set[Kind]]] = {
    "python": (
        """
def f(xs, k):
    total = 0
    a, b = b, a
    for i in range(3, n):
        total += x
    for x in xs:
        if x > k:
            continue
        elif x:
            break
        else:
            out.append(x)
    while i < n:
        i += 1
    try:
        run(x)
    except ValueError as e:
        raise KeyError("no") from e
    finally:
        close()
    with open(p) as fh:
        yield fh
    assert k
    del xs[0]
    print(x)
    match k:
        case 1:
            return None
        case _:
            return [y * y for y in xs if y > 0]
""",
        _kinds(
            "APPEND ASSERT ASSIGN AUGMENT BREAK CALL CASE CATCH CONTINUE COUNT DEFAULT DELETE ELSE "
            "ELSE_IF FINALLY FOR_EACH IF INCREMENT PRINT RAISE RETURN SWAP SWITCH TRY WHILE WITH YIELD"
        ),
    ),
    "javascript": (
        """
function f(xs, k) {
  let t = 0;
  [a, b] = [b, a];
  for (const x of xs) i++;
  if (x > k) { total += x; } else { return 1; }
  while (i < n) { i -= 1; }
  out.push(x);
  for (let i = 0; i < 3; i++) g(i);
  do { i--; } while (i);
  switch (k) { case 1: return 2; default: g(k); }
  try { g(x) } catch (e) { throw new Error('no') }
}
""",
        _kinds(
            "APPEND ASSIGN AUGMENT CASE CATCH COUNT DEFAULT ELSE FOR_EACH IF INCREMENT RAISE "
            "REPEAT_WHILE RETURN SWAP SWITCH TRY WHILE"
        ),
    ),
    "go": (
        """
func f(xs []int) int {
 total := 0
 a, b = b, a
 for i := 0; i < 3; i++ { g(i) }
 for _, x := range xs { total++ }
 for i < n { i-- }
 for { break }
 defer close()
 out = append(out, x)
 if err := do(); err != nil { return 0 } else { g(x) }
 switch k { case 1: return 1
 default: return total }
}
""",
        _kinds(
            "APPEND ASSIGN BREAK CALL CASE COUNT DECREMENT DEFAULT DEFER ELSE FOREVER FOR_EACH IF "
            "INCREMENT RETURN SWAP SWITCH WHILE"
        ),
    ),
    "rust": (
        """
fn f(xs: &[i32]) -> i32 {
  let mut t = 0;
  for x in xs.iter() { t += x; }
  for i in 0..n { g(i); }
  while i < n { i -= 1; }
  loop { break; }
  out.push(x);
  if x > k { return 1; } else { g(x); }
  match k { 1 => g(1), _ => h(2), };
  t
}
""",
        _kinds(
            "APPEND ASSIGN AUGMENT BREAK CALL CASE COUNT DEFAULT ELSE FOREVER FOR_EACH IF RETURN SWITCH WHILE"
        ),
    ),
    "java": (
        """
int f(int[] xs) {
  int t = 0;
  for (int x : xs) t++;
  for (int i = 0; i < 3; i++) g(i);
  if (x > k) { total += x; } else { return 1; }
  while (i < n) { i -= 1; }
  out.add(x);
  try { g(x); } catch (E e) { throw new F("no"); } finally { close(); }
  switch (k) { case 1: return 0; default: return 2; }
}
""",
        _kinds(
            "APPEND ASSIGN AUGMENT CASE CATCH COUNT DEFAULT ELSE FINALLY FOR_EACH IF INCREMENT RAISE "
            "RETURN SWITCH TRY WHILE"
        ),
    ),
    "c": (
        """
int f(int *xs) {
  int t = 0, n;
  for (int i = 0; i <= n; i++) t++;
  if (x > k) { total += x; } else { return 1; }
  while (i < n) { i -= 1; }
  do { i++; } while (i);
  printf("%d", t);
  switch (k) { case 1: return 0; default: break; }
  return t;
}
""",
        _kinds(
            "ASSIGN BREAK CASE COUNT DECLARE DEFAULT ELSE IF INCREMENT PRINT REPEAT_WHILE RETURN SWITCH WHILE"
        ),
    ),
    "cpp": (
        """
int f(vector<int>& xs) {
  for (auto& x : xs) t++;
  cin >> a >> b;
  cout << a << endl;
  swap(a, b);
  if (x > k) { total += x; } else { return 1; }
  while (i < n) { i -= 1; }
  xs.push_back(1);
  try { g(x); } catch (const E& e) { throw F("no"); }
  return t;
}
""",
        _kinds("APPEND CATCH ELSE FOR_EACH IF PRINT RAISE READ SWAP TRY WHILE"),
    ),
    "csharp": (
        """
int F(int[] xs) {
  int t = 0;
  foreach (var x in xs) t++;
  for (int i = 0; i < 3; i++) G(i);
  if (x > k) { total += x; } else { return 1; }
  while (i < n) { i -= 1; }
  xs.Add(t);
  using (var r = Open()) { r.Read(); }
  switch (k) { case 1: return 0; default: return 2; }
}
""",
        _kinds("APPEND ASSIGN CASE COUNT DEFAULT ELSE FOR_EACH IF SWITCH WHILE WITH"),
    ),
    "ruby": (
        """
def f(xs)
  t = 0
  a, b = b, a
  xs.each do |x|
    if x > k
      t += x
    else
      next
    end
  end
  3.times { |i| g(i) }
  while i < n
    i -= 1
  end
  until i > n
    i += 1
  end
  return 1 unless k
  begin
    out << x
  rescue E => e
    raise F, "no"
  ensure
    close
  end
  puts x
  case k
  when 1 then g(1)
  else t
  end
end
""",
        _kinds(
            "APPEND ASSIGN CATCH CONTINUE COUNT DEFAULT ELSE FINALLY FOR_EACH IF PRINT RAISE "
            "REPEAT_UNTIL SWAP SWITCH TRY UNLESS WHILE"
        ),
    ),
    "php": (
        """
function f($xs) {
  $t = 0;
  foreach ($xs as $x) { $t++; }
  for ($i = 0; $i < 3; $i++) { g($i); }
  if ($x > $k) { $t += $x; } elseif ($x) { continue; } else { break; }
  while ($i < $n) { $i--; }
  $out[] = $x;
  try { g($x); } catch (E $e) { throw new F("no"); }
  return $t;
}
""",
        _kinds("APPEND ASSIGN BREAK CATCH CONTINUE COUNT ELSE ELSE_IF FOR_EACH IF RAISE RETURN TRY WHILE"),
    ),
    "kotlin": (
        """
fun f(xs: List<Int>): Int {
 var t = 0
 for (x in xs) { t += x }
 for (i in 0 until n) { g(i) }
 while (i < n) { i -= 1 }
 if (x > k) { out.add(x) } else { i++ }
 try { g(x) } catch (e: E) { throw F("no") } finally { close() }
 when (k) { 1 -> return 0
 else -> return t }
}
""",
        _kinds(
            "APPEND ASSIGN CASE CATCH COUNT DEFAULT ELSE FINALLY FOR_EACH IF INCREMENT RAISE RETURN "
            "SWITCH TRY WHILE"
        ),
    ),
    "scala": (
        """
def f(xs: List[Int]): Int = {
 var t = 0
 for (x <- xs) { t += x }
 while (i < n) { i -= 1 }
 if (x > k) { g(x) } else { h(x) }
 try { g(x) } catch { case e: E => throw new F("no") }
 k match { case 1 => 0
 case _ => t }
}
""",
        _kinds("ASSIGN CASE CATCH DEFAULT ELSE FOR_EACH IF RETURN SWITCH TRY WHILE"),
    ),
    "swift": (
        """
func f(xs: [Int]) -> Int {
 var t = 0
 for x in xs { t += x }
 while i < n { i -= 1 }
 if x > k { out.append(x) } else { continue }
 guard k else { throw F.no }
 do { g(x) } catch { print(x) }
 switch k { case 1: return 0
 default: return t }
}
""",
        _kinds(
            "APPEND ASSIGN CASE CATCH CONTINUE DEFAULT ELSE FOR_EACH IF PRINT RAISE RETURN SWITCH TRY "
            "UNLESS WHILE"
        ),
    ),
    "lua": (
        """
function f(xs, k)
 local t = 0
 a, b = b, a
 for i, x in ipairs(xs) do t = t + x end
 for i = 1, 3 do g(i) end
 while i < n do i = i - 1 end
 repeat i = i + 1 until i > 3
 if x > k then table.insert(out, x) elseif x then print(x) else g(x) end
 return t
end
""",
        _kinds(
            "APPEND ASSIGN COUNT DECREMENT ELSE ELSE_IF FOR_EACH IF INCREMENT PRINT REPEAT_UNTIL RETURN "
            "SWAP WHILE"
        ),
    ),
    "bash": (
        """
f() {
  local t=0
  for x in "$@"; do
    if [ "$x" -gt 3 ]; then t=2; elif [[ -z $x ]]; then continue; else break; fi
  done
  while read -r line; do echo "$line"; done
  case "$k" in a) return 1;; *) exit 2;; esac
  rm -rf "$t"
}
""",
        _kinds("ASSIGN BREAK CASE CONTINUE DEFAULT ELSE ELSE_IF FOR_EACH IF PRINT RETURN SWITCH WHILE"),
    ),
    "elixir": (
        """
def f(xs, k) do
  t = 0
  if t > k do
    g(t)
  else
    raise ArgumentError
  end
  case k do
    1 -> h(k)
    _ -> t + k
  end
end
""",
        _kinds("ASSIGN CASE DEFAULT ELSE IF RAISE RETURN SWITCH"),
    ),
    "haskell": (
        """
f xs k
  | k > 1 = total xs
  | otherwise = case k of
      1 -> [y * y | y <- xs]
      _ -> g xs
""",
        _kinds("CASE DEFAULT ELSE IF RETURN SWITCH"),
    ),
    "zig": (
        """
fn f(xs: []const i32) i32 {
 var t: i32 = 0;
 for (xs) |x| { g(x); }
 while (i < n) { g(i); }
 defer close();
 if (x > k) { return 1; } else { g(x); }
 return t;
}
""",
        _kinds("ASSIGN CALL DEFER ELSE FOR_EACH IF RETURN WHILE"),
    ),
    "julia": (
        """
function f(xs, k)
 t = 0
 a, b = b, a
 for x in xs
  t += x
 end
 for i in 1:n
  g(i)
 end
 while i < n
  i -= 1
 end
 if x > k
  push!(out, x)
 elseif x
  continue
 else
  break
 end
 try
  g(x)
 catch e
  throw(E("no"))
 finally
  close(io)
 end
 return t
end
""",
        _kinds(
            "APPEND ASSIGN CATCH CONTINUE COUNT ELSE ELSE_IF FINALLY FOR_EACH IF RAISE RETURN SWAP TRY WHILE"
        ),
    ),
}
CODE["typescript"] = CODE["tsx"] = CODE["javascript"]
