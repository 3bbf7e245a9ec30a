/** Colours for a few lines of code in any language: comments, strings, numbers, keywords, called names. */
export type Colour = "comment" | "string" | "number" | "keyword" | "function" | "plain";

export interface Piece {
  readonly text: string;
  readonly colour: Colour;
}

const KEYWORDS = new Set(
  (
    "abstract alias and as assert async await begin bool break case catch char class const constexpr continue def default " +
    "defer del delete do double elif else elsif end enum except export extends extern false final finally float fn for " +
    "foreach from func function global go goto guard if impl implements import in inline instanceof int interface internal is " +
    "lambda let local long match mod module mut namespace new nil none None not null of operator or override package pass " +
    "private protected pub public raise readonly ref repeat require rescue return self short signed static struct super " +
    "switch template then this throw throws trait true True False try type typedef typename typeof union unless unsafe until " +
    "use using val var virtual void when where while with yield"
  ).split(" "),
);

const HASH_COMMENTS = new Set(["python", "ruby", "bash", "elixir", "julia", "perl", "r", "yaml", "make", "cmake", "dockerfile", "nix", "starlark", "terraform"]);
const DASH_COMMENTS = new Set(["lua", "haskell", "sql", "elm", "ada"]);

interface Open {
  readonly end: string;
  readonly colour: Colour;
}

/** The pieces of each line; what one line leaves open (a docstring, a block comment) goes on in the next. */
export function highlight(lines: readonly string[], language: string): Piece[][] {
  let open: Open | undefined = startsInsideComment(lines[0] ?? "") ? { end: "*/", colour: "comment" } : undefined;
  return lines.map((line) => {
    const [pieces, still] = highlightLine(line, language, open);
    open = still;
    return pieces;
  });
}

/** A snippet that starts in the middle of a block comment has a star in front. */
function startsInsideComment(line: string): boolean {
  return /^\s*\*(\s|\/|$)/.test(line);
}

function highlightLine(line: string, language: string, open: Open | undefined): [Piece[], Open | undefined] {
  const pieces: Piece[] = [];
  const add = (text: string, colour: Colour): void => {
    const last = pieces.at(-1);
    if (last?.colour === colour) {
      pieces[pieces.length - 1] = { text: last.text + text, colour };
    } else if (text) {
      pieces.push({ text, colour });
    }
  };
  let rest = line;
  let still = open;
  while (rest) {
    if (still) {
      const end = rest.indexOf(still.end);
      const length = end < 0 ? rest.length : end + still.end.length;
      add(rest.slice(0, length), still.colour);
      rest = rest.slice(length);
      still = end < 0 ? still : undefined;
      continue;
    }
    const token = nextToken(rest, language);
    add(token.text, token.colour);
    rest = rest.slice(token.text.length);
    still = token.opens;
  }
  return [pieces, still];
}

interface Token extends Piece {
  readonly opens?: Open;
}

function nextToken(rest: string, language: string): Token {
  return commentToken(rest, language) ?? stringToken(rest, language) ?? wordToken(rest);
}

function commentToken(rest: string, language: string): Token | undefined {
  const hash = HASH_COMMENTS.has(language) || (language === "php" && !rest.startsWith("#["));
  const dash = DASH_COMMENTS.has(language);
  if ((hash && rest.startsWith("#")) || (dash && rest.startsWith("--")) || (!hash && !dash && rest.startsWith("//"))) {
    return { text: rest, colour: "comment" };
  }
  if (!hash && !dash && rest.startsWith("/*")) {
    return { text: "/*", colour: "comment", opens: { end: "*/", colour: "comment" } };
  }
  return undefined;
}

function stringToken(rest: string, language: string): Token | undefined {
  const triple = /^(?:"""|''')/.exec(rest)?.[0];
  if (triple) {
    return { text: triple, colour: "string", opens: { end: triple, colour: "string" } };
  }
  if (rest.startsWith("'") && (language === "rust" || language === "haskell") && !/^'(?:\\.|[^\\'])'/.test(rest)) {
    return { text: "'", colour: "plain" }; // a lifetime, a prime
  }
  const quoted = /^(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`(?:\\.|[^`\\])*`?)/.exec(rest)?.[0];
  return quoted ? { text: quoted, colour: "string" } : undefined;
}

function wordToken(rest: string): Token {
  const word = /^[\p{L}_$@][\p{L}\p{N}_$]*[!?]?/u.exec(rest)?.[0];
  if (word) {
    if (KEYWORDS.has(word)) {
      return { text: word, colour: "keyword" };
    }
    return { text: word, colour: /^\s*\(/.test(rest.slice(word.length)) ? "function" : "plain" };
  }
  const number = /^\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|^0[xXbBoO][\da-fA-F_]+/.exec(rest)?.[0];
  if (number) {
    return { text: number, colour: "number" };
  }
  const other = /^(?:\s+|[^\p{L}\p{N}_$@"'`/#\s-]+|.)/su.exec(rest)?.[0] ?? rest;
  return { text: other, colour: "plain" };
}

/** Lines without the white space that they all start with; tabs count as written. */
export function dedent(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line.trim()).map((line) => /^\s*/.exec(line)?.[0].length ?? 0);
  const common = indents.length ? Math.min(...indents) : 0;
  return lines.map((line) => line.slice(Math.min(common, /^\s*/.exec(line)?.[0].length ?? 0)));
}
