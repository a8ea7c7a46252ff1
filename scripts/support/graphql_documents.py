"""Makes GraphQL documents for a schema, valid ones and ones broken in every way, from a seed."""

import random

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_input_type,
)
from graphql.language import Lexer, Source, TokenKind

# Each a whole document, or what a syntax error is made of.
ODDITIES = [
    "type A { a: Int }", "extend type Book { x: Int }", "schema { query: Query }", "scalar S", "union U = A | B",
    "enum E { A B }", "input I { a: Int = 1 }", "directive @d on FIELD | QUERY", "interface I { a: [Int!]! @d }",
    "extend schema @d", '"text" type A', '"""text""" enum E { "x" A }', "extend", "type", "extend union U = A",
    "directive @d(a: Int = 1 @x) repeatable on FIELD", "type A implements B & C @d { f(a: Int): Int }", "enum E { true }",
    "directive @d on NOWHERE", "schema { queries: Query }", '"text" query Q { __typename }', '"text" { __typename }',
    "type A {}", "type A implements & B", "extend scalar S", "extend input I { a: Int }", "interface A implements",
    "union U", "union U = | A", "input I", "schema @d { query: A mutation: B }", "extend enum E @d",
    "", "#", "{", "}", "query", "fragment", "fragment on on Book { id }", "{ a(", "{ ...", "... { a }", "query ($a) { a }",
]
STRAY = [
    "?", "..", ".", "'", "\u00e9", "\U0001f600", "\x07", "%", "^", "~", "\\", "\"", "\"\"\"", "01", "1.", "-", "1e", "1a",
    "0x1", "1.5.2", ".5", "\"\\q\"", "\"\\u12\"", "\"\\uD800\"", "\"\\u{110000}\"", "\"\\uD83D\\uDE00\"", "\"\\u{1F600}\"",
    "\"a\nb\"", "\"\"\"a\n  b\\\"\"\" \"\"\"", "&", "|", "!", "=", "@", "$", ":", "[", "]", "(", ")", "{", "}", "...", "on",
    "\ufeff", "\u2028", "\"\u2028\"", "\"\t\"", "-0", "-01", "00", "1e5", "1E+", "1.0e-2", "\"\"", "\"\"\"\"\"\"", "null", "true",
]
SPACES = [" ", " ", " ", "\n", "  ", "\t", ",", "\r\n", "\r", " # note \u00e9\U0001f600 ?\n", ", ", "\ufeff", "\n\n  "]
PUNCTUATORS = {"!", "$", "&", "(", ")", "...", ":", "=", "@", "[", "]", "{", "|", "}"}


class Documents:
    """A stream of documents. `wild` is how often a decision is made without regard to the schema."""

    def __init__(self, schema, seed):
        self.schema = schema
        self.random = random.Random(seed)
        self.types = [t for n, t in schema.type_map.items() if not n.startswith("__")]
        self.composites = [t for t in self.types if is_composite_type(t)]
        self.inputs = [t for t in self.types if is_input_type(t)]
        self.fields = sorted({f for t in self.types if hasattr(t, "fields") for f in t.fields})
        self.arguments = sorted({
            a for t in self.composites if hasattr(t, "fields") for f in t.fields.values() for a in f.args})
        self.directives = [d.name for d in schema.directives]

    def next(self):
        r = self.random
        if r.random() < 0.04:
            return r.choice(ODDITIES) + (" " + self.document(0) if r.random() < 0.5 else "")
        text = self.document(r.choice([0, 0, 0, 0.01, 0.02, 0.05, 0.1]))
        if r.random() < 0.35:
            for _ in range(r.choice([1, 1, 1, 2, 3])):
                text = self.mutate(text)
        return text

    # ---- well-formed documents

    def chance(self, p):
        return self.random.random() < p

    def is_wild(self):
        return self.random.random() < self.wild

    def document(self, wild):
        r = self.random
        self.wild = wild
        self.fragments = {}
        self.pending = []
        self.variables = {}
        self.budget = r.choice([5, 15, 40])
        count = r.choice([1, 1, 1, 2, 3])
        definitions = []
        for index in range(count):
            self.variables = {}
            self.reachable = set()
            kind = r.choice(["query"] * 6 + ["mutation", "mutation", "subscription"])
            root = {"query": self.schema.query_type, "mutation": self.schema.mutation_type,
                    "subscription": self.schema.subscription_type}[kind]
            selections = self.selection_set(root, 0, single=kind == "subscription")
            name = f"Op{index}" if count > 1 or self.chance(0.5) else None
            if self.is_wild():
                name = r.choice([None, "Op0"])
            directives = self.directive_list(kind.upper())
            head = [kind]
            if name:
                head.append(name)
            variables = self.variable_definitions()
            if kind == "query" and not name and not variables and not directives and self.chance(0.5):
                head = []
            definitions.append(head + variables + directives + selections)
        # Fragments may use variables only of operations that define them; each operation makes its own.
        done = set()
        while len(done) < len(self.fragments):
            for name in list(self.fragments):
                if name in done:
                    continue
                done.add(name)
                definitions.append(self.fragments[name])
        if self.is_wild():
            definitions.append(self.fragment_definition("Unused", r.choice(self.types)))
        if self.is_wild() and definitions:
            definitions.append(r.choice(definitions))
        if self.chance(0.3):
            r.shuffle(definitions)
        return self.join([token for definition in definitions for token in definition])

    def join(self, tokens):
        r = self.random
        plain = self.chance(0.5)
        text = ""
        previous = None
        for token in tokens:
            if previous is not None:
                needs = previous not in PUNCTUATORS and token not in PUNCTUATORS or token == "..." and previous[-1] in ".0123456789"
                if token == "..." and previous not in PUNCTUATORS:
                    needs = True
                if plain:
                    text += " "
                elif needs or self.chance(0.4):
                    text += r.choice(SPACES)
            text += token
            previous = token
        return text

    def selection_set(self, parent, depth, single=False):
        r = self.random
        out = ["{"]
        count = 1 if single and not self.is_wild() else r.choice([1, 1, 2, 3, 4])
        for _ in range(count):
            out += self.selection(parent, depth, single)
        return out + ["}"]

    def selection(self, parent, depth, single=False):
        r = self.random
        self.budget -= 1
        deep = depth > 6 or self.budget < 0
        choice = r.random()
        if not deep and choice < 0.12:
            target = self.fragment_type(parent)
            condition = ["on", target.name] if target is not parent or self.chance(0.7) else []
            return (["..."] + condition + self.directive_list("INLINE_FRAGMENT")
                    + self.selection_set(target, depth + 1, single))
        if not deep and choice < 0.25 and not self.in_fragment():
            target = self.fragment_type(parent)
            name = self.fragment(target, depth + 1, single)
            return ["...", name] + self.directive_list("FRAGMENT_SPREAD")
        if self.is_wild() and self.fragments:
            return ["...", r.choice(list(self.fragments) + ["Nowhere"])]
        return self.field(parent, depth, deep, single)

    def in_fragment(self):
        return len(self.pending) > 2

    def fragment_type(self, parent):
        r = self.random
        if self.is_wild():
            return r.choice(self.types)
        if parent not in self.composites:
            return r.choice(self.composites)
        options = [t for t in self.composites if self.overlap(t, parent)]
        return r.choice(options + [parent])

    def overlap(self, one, other):
        return bool(self.possible(one) & self.possible(other))

    def possible(self, t):
        return {p.name for p in self.schema.get_possible_types(t)} if is_abstract_type(t) else {t.name}

    def fragment(self, target, depth, single):
        name = f"F{len(self.fragments) + len(self.pending)}"
        self.pending.append(name)
        self.fragments[name] = []
        self.fragments[name] = self.fragment_definition(name, target, depth, single)
        self.pending.pop()
        return name

    def fragment_definition(self, name, target, depth=4, single=False):
        return (["fragment", name, "on", target.name] + self.directive_list("FRAGMENT_DEFINITION")
                + self.selection_set(target, depth, single))

    def field(self, parent, depth, deep, single=False):
        r = self.random
        fields = dict(getattr(parent, "fields", {}))
        if isinstance(parent, (GraphQLEnumType, GraphQLInputObjectType)):
            fields = {}
        if deep:
            leaves = {n: f for n, f in fields.items() if not is_composite_type(get_named_type(f.type))}
            fields = leaves or ({} if not single else fields)
        if self.is_wild():
            name = r.choice(self.fields)
        elif not fields or (self.chance(0.05) and not single):
            name = "__typename"
        else:
            name = r.choice(list(fields))
        definition = fields.get(name)
        out = []
        if self.chance(0.06):
            out += [r.choice(["x", "y", "id", "name"]) if self.is_wild() or self.chance(0.1) else f"a{r.randrange(10**6)}", ":"]
        elif definition is not None and definition.args and not self.is_wild():
            # Two of one name with other arguments could not be merged.
            out += [f"a{r.randrange(10**6)}", ":"] if self.chance(0.95) else []
        out.append(name)
        out += self.argument_list(definition.args if definition else {})
        out += self.directive_list("FIELD")
        named = get_named_type(definition.type) if definition else None
        composite = is_composite_type(named) if named else self.chance(0.3) and name != "__typename"
        if self.is_wild():
            composite = not composite
        if composite:
            out += self.selection_set(named if named else r.choice(self.composites), depth + 1)
        return out

    def argument_list(self, definitions, constant=False):
        r = self.random
        out = []
        for name, argument in definitions.items():
            required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is UNDEFINED
            if (required and not self.is_wild()) or (not required and self.chance(0.4)):
                if self.is_wild():
                    name = r.choice(self.arguments)
                out += [name, ":"] + self.value(argument.type, constant, has_default=argument.default_value is not UNDEFINED)
        if self.is_wild():
            out += [r.choice(self.arguments), ":"] + self.value(r.choice(self.inputs), constant)
        return ["("] + out + [")"] if out else []

    def directive_list(self, location, constant=False):
        r = self.random
        out = []
        while self.chance(0.06) or self.is_wild():
            options = [d for d in self.schema.directives if location in {l.name for l in d.locations}]
            if self.is_wild():
                options = list(self.schema.directives)
            if not options or self.is_wild():
                out += ["@", "nowhere"]
                continue
            directive = r.choice(options)
            out += ["@", directive.name] + self.argument_list(directive.args, constant)
        return out

    # ---- values

    def value(self, t, constant=False, depth=0, has_default=False):
        r = self.random
        if self.is_wild():
            t = r.choice(self.inputs)
        if not constant and self.chance(0.2) or not constant and self.is_wild():
            return ["$", self.variable(t, has_default)]
        nullable = get_nullable_type(t)
        if not isinstance(t, GraphQLNonNull) and self.chance(0.1) or self.is_wild():
            return ["null"]
        if isinstance(nullable, GraphQLList):
            if self.chance(0.2) and depth < 3:
                return self.value(nullable.of_type, constant, depth + 1) if isinstance(nullable.of_type, GraphQLNonNull) else ["null"]
            out = ["["]
            for _ in range(r.choice([0, 1, 2, 3])):
                out += self.value(nullable.of_type, constant, depth + 1)
            return out + ["]"]
        if isinstance(nullable, GraphQLInputObjectType):
            out = ["{"]
            for name, field in nullable.fields.items():
                required = isinstance(field.type, GraphQLNonNull) and field.default_value is UNDEFINED
                if (required and not self.is_wild()) or (not required and depth < 3 and self.chance(0.3)):
                    out += [name, ":"] + self.value(field.type, constant, depth + 1, field.default_value is not UNDEFINED)
                if self.is_wild():
                    out += [r.choice([name, "nothing"]), ":"] + self.value(field.type, constant, depth + 1)
            return out + ["}"]
        if isinstance(nullable, GraphQLEnumType):
            return [r.choice(list(nullable.values)) if not self.is_wild() else r.choice(["NOTHING", "TITLE", "\"NOVEL\""])]
        name = nullable.name
        options = {
            "Int": ["0", "-1", "7", "2147483647", "-2147483648"],
            "Float": ["0", "1.5", "-2e3", "1E-2", "3"],
            "String": ['""', '"text"', '"a \\"b\\" \\u00e9 \\n"', '"""block\n   text"""', '"\u00fc\U0001f600"'],
            "Boolean": ["true", "false"],
            "ID": ['"b1"', "12", '"x"', "99999999999999999999"],
        }.get(name, ["1", "1.5", '"x"', "true", "NAME", "[", "{"])
        if self.is_wild():
            options = ["2147483648", "1.0", '"x"', "true", "NAME", "[1]", "{ a: 1 }", "-99999999999999999999", "[]", "{}"]
        token = r.choice(options)
        if token == "[":
            return ["["] + self.value(t, constant, depth + 1) + ["]"] if depth < 3 else ["[", "]"]
        if token == "{":
            return ["{", "k", ":"] + self.value(t, constant, depth + 1) + ["}"] if depth < 3 else ["{", "}"]
        return [token]

    def variable(self, t, has_default):
        r = self.random
        text = str(t)
        if self.pending:
            # In a fragment, which any operation may come to use: only what all define. None is sure.
            name = f"v{len(self.variables)}"
        else:
            name = f"v{len(self.variables)}"
        if self.variables and self.chance(0.3):
            same = [n for n, (v, _) in self.variables.items() if v == text or v == text + "!"]
            if same:
                return r.choice(same)
        if self.is_wild():
            return r.choice(list(self.variables) + ["undefined"])
        default = None
        if text.endswith("!") and self.chance(0.15):
            inner = get_nullable_type(t)
            default = inner
            text = text[:-1]
        elif text.endswith("!") and has_default and self.chance(0.3):
            text = text[:-1]
        elif not text.endswith("!") and self.chance(0.3):
            text += "!"
        elif self.chance(0.2):
            default = t
        if self.is_wild():
            text = str(r.choice(self.types))
        self.variables[name] = (text, default)
        return name

    def variable_definitions(self):
        r = self.random
        out = []
        variables = list(self.variables.items())
        if self.is_wild():
            variables.append(("unused", ("Int", None)))
        if self.is_wild() and variables:
            variables.append(variables[0])
        if self.is_wild() and variables:
            variables.pop()
        for name, (text, default) in variables:
            out += ["$", name, ":"]
            for character in text:
                if character in "[]!":
                    out.append(character)
                elif out[-1] in PUNCTUATORS:
                    out.append(character)
                else:
                    out[-1] += character
            if default is not None:
                value = self.value(default, constant=True)
                if value != ["null"] or self.chance(0.2):
                    out += ["="] + value
            out += self.directive_list("VARIABLE_DEFINITION", constant=True)
        return ["("] + out + [")"] if out else []

    # ---- broken documents

    def tokens(self, text):
        lexer = Lexer(Source(text))
        out = []
        try:
            while True:
                token = lexer.advance()
                if token.kind == TokenKind.EOF:
                    return out
                out.append((token.start, token.end))
        except Exception:
            return out

    def mutate(self, text):
        r = self.random
        kind = r.randrange(10)
        if kind == 0 and text:
            at = r.randrange(len(text))
            return text[:at] + r.choice(STRAY) + text[at:]
        if kind == 1 and text:
            at = r.randrange(len(text))
            return text[:at] + text[at + 1:]
        spans = self.tokens(text)
        if not spans:
            return text + r.choice(STRAY)
        start, end = r.choice(spans)
        token = text[start:end]
        if kind == 2:
            return text[:start] + text[end:]
        if kind == 3:
            return text[:end] + " " + token + text[end:]
        if kind == 4:
            other_start, other_end = r.choice(spans)
            return text[:start] + text[other_start:other_end] + " " + text[end:]
        if kind == 5:
            return text[:start] + " " + r.choice(STRAY) + " " + text[end:]
        if kind == 6:
            return text[:start]
        if kind == 7:
            name = r.choice(self.fields + self.arguments + self.directives + [str(t) for t in self.types]
                            + ["v0", "v1", "F0", "F1", "Op0", "__typename", "__schema", "query", "on", "null", "if"])
            return text[:start] + name + " " + text[end:]
        if kind == 8:
            names = [s for s in spans if text[s[0]:s[1]].isidentifier()]
            if len(names) > 1:
                start, end = r.choice(names)
                other = r.choice(names)
                return text[:start] + text[other[0]:other[1]] + " " + text[end:]
        literal = r.choice(["1", "1.5", '"s"', "true", "null", "NOVEL", "[1]", "{from:1}", "$v0", "{from:1,from:2}", "[null]", "{a:$v1}"])
        return text[:start] + literal + " " + text[end:]


try:
    from graphql import Undefined as UNDEFINED
except ImportError:
    from graphql.pyutils import Undefined as UNDEFINED
