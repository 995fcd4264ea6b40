# SPDX-License-Identifier: GPL-2.0-only
#
# The operators of scripts/proving/mutants-make: what can be wrong with a line. In a function
# clang's parser says where each applies; Function.all() and outside() give the Mutants.
import re

from clang.cindex import CursorKind as K, TypeKind as T

WIDE = {T.ULONG, T.LONG, T.ULONGLONG, T.LONGLONG}
RELATIONS = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
             "==": ["!="], "!=": ["=="]}
LOCKS = {"spin_lock": "spin_unlock", "mutex_lock": "mutex_unlock", "rcu_read_lock": "rcu_read_unlock",
         "mmap_read_lock": "mmap_read_unlock", "mmap_write_lock": "mmap_write_unlock"}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "&": "|", "|": "&", "<<": ">>", ">>": "<<",
              "+=": "-=", "-=": "+="}


class Mutant:
    def __init__(self, file, function, operator, start, end, text):
        self.file, self.function, self.operator = file, function, operator
        self.start, self.end, self.text = start, end, text
        self.brief = None       # what to show of a long one: old and new

    def key(self):
        return (self.file.name, self.start, self.end, self.text)

    def shown(self):
        def flat(text):
            return re.sub(r"\s+", " ", text).strip()
        if self.brief:
            return self.brief
        old = self.file.text[self.start:self.end]
        if not old:             # put in: show behind what
            old = re.findall(r"[^\n]*$", self.file.text[:self.start])[0]
            return flat(old), flat(old + self.text)
        return flat(old), flat(self.text)


class Function:
    """A function, and where its mutants are."""

    def __init__(self, file, cursor, macros):
        self.file, self.macros = file, macros
        self.name = cursor.spelling
        self.start = cursor.extent.start.offset
        self.body = [c for c in cursor.get_children() if c.kind == K.COMPOUND_STMT][0]
        self.open = self.body.extent.start.offset
        self.end = self.body.extent.end.offset
        self.named = cursor.location.offset
        self.params = [(a.spelling, a.type.get_canonical(), a.type) for a in cursor.get_arguments()]
        self.returns = cursor.result_type
        self.mutants = []
        self.seen = set()

    def add(self, operator, start, end, text, brief=None):
        if not self.file.is_added(start, end) and start != end:
            return
        if start == end and self.file.line(start) not in self.file.added:
            return
        if self.file.text[start:end] == text:
            return
        mutant = Mutant(self.file, self.name, operator, start, end, text)
        mutant.brief = brief
        if mutant.key() not in self.seen:
            self.seen.add(mutant.key())
            self.mutants.append(mutant)

    def range(self, node):
        return node.extent.start.offset, node.extent.end.offset

    def text(self, node):
        start, end = self.range(node)
        return self.file.text[start:end]

    def clean(self, node):
        start, end = self.range(node)
        return start < end and not any(
            (s <= start < e and end < e) or (s < start < e) or (s < end < e) for s, e in self.macros)

    def statement(self, node):
        """The range of a statement, with its semicolon."""
        start, end = self.range(node)
        for s, e in self.macros:
            if s == start and e > end:
                end = e
        rest = re.match(r"\s*;", self.file.text[end:])
        return start, end + (rest.end() if rest else 0)

    def condition(self, node):
        if not self.clean(node):
            return
        start, end = self.range(node)
        text = self.file.text[start:end]
        inner = node
        while inner.kind in (K.UNEXPOSED_EXPR, K.PAREN_EXPR):
            inner = list(inner.get_children())[0]
        relational = inner.kind == K.BINARY_OPERATOR and self.operator(inner)[0] in RELATIONS
        if not relational:
            self.add("negate a condition", start, end,
                     text[1:] if text.startswith("!") and inner.kind == K.UNARY_OPERATOR
                     else "!(%s)" % text)
        self.add("condition is true", start, end, "1")
        self.add("condition is false", start, end, "0")

    def operator(self, node):
        """The operator of a binary expression and its range."""
        left, right = list(node.get_children())
        end, start = self.range(left)[1], self.range(right)[0]
        between = self.file.text[end:start]
        found = re.search(r"(<<=|>>=|&&|\|\||<<|>>|[-+*/%&|^<>=!]=|[-+*/%&|^<>=])", re.sub(
            r"/\*.*?\*/", lambda m: " " * len(m.group()), between, flags=re.S))
        if not found:
            return None, 0, 0
        return found.group(), end + found.start(), end + found.end()

    def binary(self, node):
        children = list(node.get_children())
        if len(children) != 2 or not self.clean(node):
            return
        operator, start, end = self.operator(node)
        if operator is None:
            return
        whole = self.range(node)
        if not all(self.clean(c) for c in children):
            return
        left, right = (self.text(c) for c in children)
        if operator in ("&&", "||"):
            self.add("drop an operand", *whole, left)
            self.add("drop an operand", *whole, right)
            self.add("and is or", start, end, "||" if operator == "&&" else "&&")
        for other in RELATIONS.get(operator, []):
            self.add("relation", start, end, other)
        if operator in ARITHMETIC:
            self.add("arithmetic", start, end, ARITHMETIC[operator])
        if operator in ("|", "&", "+", "-", "*"):
            self.add("drop an operand", *whole, left)
            if operator in ("|", "&"):
                self.add("drop an operand", *whole, right)
        if operator == "=" and children[0].type.get_canonical().kind in WIDE and \
                children[1].kind != K.INTEGER_LITERAL:
            self.add("truncate", *self.range(children[1]), "(unsigned int)(%s)" % right)

    def unary(self, node):
        start, end = self.range(node)
        text = self.file.text[start:end]
        errno = re.fullmatch(r"-(E[A-Z0-9]+)", text)
        if errno:
            self.add("errno", start, end, "-EINVAL" if errno.group(1) != "EINVAL" else "-EPERM")
            self.add("errno", start, end, "0")
        elif self.clean(node) and text.startswith("!"):
            self.add("negate a condition", start, end, "!" + text)
        elif self.clean(node) and text.startswith("~"):
            self.add("drop an operator", start, end, text[1:])

    def literal(self, node):
        start, end = self.range(node)
        text = self.file.text[start:end]
        if not self.clean(node) or not re.fullmatch(r"\d+[uUlL]*", text):
            return
        value = int(re.match(r"\d+", text).group())
        self.add("constant", start, end, str(value + 1))
        if value:
            self.add("constant", start, end, str(value - 1))

    def call(self, node):
        args = list(node.get_arguments())
        for one, two in zip(args, args[1:]):
            if not (self.clean(one) and self.clean(two)):
                continue
            if one.type.get_canonical().spelling == two.type.get_canonical().spelling:
                (a, b), (c, d) = self.range(one), self.range(two)
                text = self.file.text
                self.add("swap arguments", a, d, text[c:d] + text[b:c] + text[a:b])
        for arg in args:
            inner = arg
            while inner.kind == K.UNEXPOSED_EXPR and list(inner.get_children()):
                inner = list(inner.get_children())[0]
            if inner.type.get_canonical().kind in WIDE and self.clean(arg) and \
                    inner.kind == K.DECL_REF_EXPR:
                self.add("truncate", *self.range(arg), "(unsigned int)(%s)" % self.text(arg))

    def zero(self):
        kind = self.returns.get_canonical().kind
        return {T.VOID: "", T.POINTER: "NULL", T.BOOL: "false"}.get(kind, "0")

    def ret(self, node):
        children = list(node.get_children())
        if not children:
            return
        start, end = self.range(children[0])
        text = self.file.text[start:end]
        kind = self.returns.get_canonical().kind
        if kind == T.BOOL:
            values = {"true": ["false"], "false": ["true"]}.get(text, ["true", "false"])
        elif kind == T.POINTER:
            values = ["NULL"]
        elif re.fullmatch(r"-E\w+", text):
            values = []
        else:
            values = ["-EINVAL"] if text == "0" else ["0"] + ["-EPERM"] * (kind in (T.INT, T.LONG))
        for value in values:
            self.add("return value", start, end, value)

    def statements(self, node):
        nodes = list(node.get_children())
        movable = (K.CALL_EXPR, K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR, K.UNARY_OPERATOR,
                   K.IF_STMT, K.PAREN_EXPR, K.UNEXPOSED_EXPR, K.DO_STMT, K.FOR_STMT)
        ranges = [self.statement(c) for c in nodes]
        for i, child in enumerate(nodes):
            start, end = ranges[i]
            self.delete(child, start, end)
            if i + 1 == len(nodes):
                continue
            if child.kind in movable and nodes[i + 1].kind in movable:
                a, b = ranges[i + 1]
                if a >= end:
                    text = self.file.text
                    if self.independent(text[start:end], text[a:b]):
                        continue
                    self.add("swap statements", start, b, text[a:b] + text[end:a] + text[start:end])

    @staticmethod
    def independent(one, two):
        """Two assignments without a call, of which none needs what the other sets?"""
        sides = [re.fullmatch(r"([^=()]+?)\s*=\s*([^=()]+);", text) for text in (one, two)]
        return all(sides) and sides[0].group(1) not in two and sides[1].group(1) not in one

    def delete(self, child, start, end):
        if child.kind in (K.DECL_STMT, K.LABEL_STMT, K.CASE_STMT, K.DEFAULT_STMT, K.NULL_STMT,
                          K.COMPOUND_STMT, K.SWITCH_STMT):
            return
        if child.kind == K.IF_STMT and len(list(child.get_children())) == 2:
            return              # as a condition that is false
        self.add("delete a statement", start, end, ";")

    def case(self, node):
        start = self.range(node)[0]
        found = re.match(r"case\b[^:?]*:|default\s*:", self.file.text[start:])
        if found:
            self.add("delete a case", start, start + found.end(), "")

    def visit(self, node):
        start, end = self.range(node)
        if any(s <= start and end <= e for s, e in self.macros):
            return              # what is in a macro has no place of its own
        kind = node.kind
        children = list(node.get_children())
        if kind == K.COMPOUND_STMT:
            self.statements(node)
        elif kind in (K.IF_STMT, K.WHILE_STMT, K.CONDITIONAL_OPERATOR):
            self.condition(children[0])
        elif kind == K.FOR_STMT and self.clean(node) and len(children) == 4:
            self.condition(children[1])
        elif kind == K.DO_STMT and self.clean(node):
            self.condition(children[1])
        elif kind in (K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR):
            self.binary(node)
        elif kind == K.UNARY_OPERATOR:
            self.unary(node)
        elif kind == K.INTEGER_LITERAL:
            self.literal(node)
        elif kind == K.CALL_EXPR:
            self.call(node)
        elif kind == K.RETURN_STMT:
            self.ret(node)
        elif kind in (K.CASE_STMT, K.DEFAULT_STMT):
            self.case(node)
            for child in children[1 if kind == K.CASE_STMT else 0:]:
                if child.kind not in (K.CASE_STMT, K.DEFAULT_STMT) and \
                        child.kind in (K.CALL_EXPR, K.BINARY_OPERATOR, K.RETURN_STMT, K.BREAK_STMT):
                    self.delete(child, *self.statement(child))
        elif kind == K.VAR_DECL and children and node.type.get_canonical().kind in WIDE:
            value = children[-1]
            if self.clean(value) and value.kind != K.INTEGER_LITERAL and \
                    "=" in self.text(node) and value.kind.is_expression():
                self.add("truncate", *self.range(value), "(unsigned int)(%s)" % self.text(value))
        elif kind == K.INIT_LIST_EXPR:
            self.initialiser(node)
        if kind in (K.IF_STMT, K.WHILE_STMT, K.FOR_STMT):
            for child in children[1:]:
                if child.kind in (K.CALL_EXPR, K.BINARY_OPERATOR, K.RETURN_STMT, K.BREAK_STMT,
                                  K.CONTINUE_STMT, K.GOTO_STMT, K.UNARY_OPERATOR) and \
                        child != children[0] and (kind != K.FOR_STMT or child == children[-1]):
                    self.delete(child, *self.statement(child))
        for child in children:
            self.visit(child)

    def initialiser(self, node):
        """.member = value, lines of a struct: without one of them."""
        start, end = self.range(node)
        for found in re.finditer(r"\.\w+\s*=[^,{}]*(?:\([^()]*\))?[^,{}]*,", self.file.text[start:end]):
            self.add("delete a member", start + found.start(), start + found.end(), "")

    def in_macros(self):
        """A macro's arguments have no place of their own in the parser's tree."""
        text = self.file.text
        for s, e in self.macros:
            if not (self.open <= s < self.end):
                continue
            for found in re.finditer(r" ([|+]) ", text[s:e]):
                self.add("arithmetic", s + found.start(1), s + found.end(1),
                         ARITHMETIC[found.group(1)])

    def locks(self):
        """A lock that is not taken, and another one in its place, with all its unlocks."""
        text = self.file.text
        for lock in re.finditer(r"\b(%s)\(([^;]*)\);" % "|".join(LOCKS), text[self.open:self.end]):
            name, what = lock.groups()
            start, end = (self.open + at for at in lock.span())
            unlock = r"\b%s\(%s\);" % (LOCKS[name], re.escape(what))
            ends = list(re.finditer(unlock, text[end:self.end]))
            if not ends:
                continue
            last = end + ends[-1].end()

            def change(operator, lock_is, unlock_is):
                self.add(operator, start, last, lock_is + re.sub(
                    unlock, lambda _: unlock_is, text[end:last]), (lock.group(), lock_is))

            change("no lock", ";", ";")
            if name.startswith("mmap"):
                change("another lock", "rcu_read_lock();", "rcu_read_unlock();")
            if name == "mmap_write_lock":
                change("another lock", "mmap_read_lock(%s);" % what, "mmap_read_unlock(%s);" % what)
            if "->arg_lock" in what:
                other = what.replace("->arg_lock", "->page_table_lock")
                change("another lock", "spin_lock(%s);" % other, "spin_unlock(%s);" % other)

    def all(self):
        self.visit(self.body)
        self.locks()
        self.in_macros()
        first = self.open + 1
        if self.file.line(self.start) in self.file.added:
            self.add("return early", first, first, " if (1) return %s;" % self.zero())
            for name, canonical, kind in self.params:
                if canonical.kind in WIDE and not kind.is_const_qualified():
                    self.add("truncate", first, first, " %s = (unsigned int)%s;" % (name, name))
        return self.mutants


def outside(file):
    """Mutants of what is in no function, from its text alone."""
    mutants, seen = [], set()

    def add(operator, start, end, text, place):
        if any(s <= start < e for s, e in file.bodies) or not file.is_added(start, end):
            return
        mutant = Mutant(file, place, operator, start, end, text)
        if mutant.key() not in seen and file.text[start:end] != text:
            seen.add(mutant.key())
            mutants.append(mutant)

    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), file.text, flags=re.S)
    place = "-"
    kconfig = file.name.endswith("Kconfig")
    for number, start in enumerate(file.starts, 1):
        end = text.find("\n", start)
        line = text[start:end if end >= 0 else len(text)]
        if re.match(r"(static|struct|enum|#define|TRACE_EVENT|config)\b", line):
            place = re.findall(r"\w+", line.split("=")[0].split("(")[-1 if "TRACE" in line else 0])[-1]
        if number not in file.added:
            continue
        if kconfig:
            for found in re.finditer(r"^\tdefault (\d)", line):
                for value in "0123":
                    if value != found.group(1):
                        add("constant", start + found.start(1), start + found.end(1), value, place)
            if re.match(r"\t(depends|range|default)", line):
                add("delete a line", start, start + len(line), "", place)
            continue
        if re.match(r"\s*#(?!define)", line) or not line.strip():
            continue
        for found in re.finditer(r"(?<![\w.\"#])(\d+)(?![\w.])", line):
            value = int(found.group(1))
            for other in {value + 1, max(0, value - 1)} - {value}:
                add("constant", start + found.start(1), start + found.end(1), str(other), place)
        for found in re.finditer(r"\b([A-Z]\w+) \| (?=[A-Z]\w+)", line):
            add("drop an operand", start + found.start(), start + found.end(), "", place)
        for found in re.finditer(r" \| ([A-Z]\w+)\b", line):
            add("drop an operand", start + found.start(), start + found.end(), "", place)
        for found in re.finditer(r"\b(start|end)_(code|data|brk|stack)\b|\b(arg|env)_(start|end)\b", line):
            word = found.group()
            other = {"start": "end", "end": "start"}
            new = re.sub(r"start|end", lambda m: other[m.group()], word)
            new = {"end_brk": "brk", "end_stack": "start_data"}.get(new, new)
            add("another member", start + found.start(), start + found.end(), new, place)
        for found in re.finditer(r"\b(old|new)_(dev|ino|exe|id)\b", line):
            new = ("new" if found.group(1) == "old" else "old") + "_" + found.group(2)
            if not re.search(r"TP_PROTO|TP_ARGS|__field|__string|const|\* @", line):
                add("another member", start + found.start(), start + found.end(), new, place)
        for found in re.finditer(r"\"([\w.-]+)\"", line):
            add("another word", start + found.start(1), start + found.end(1), found.group(1) + "x", place)
        for found in re.finditer(r"\b(START|END)(?=,|\))", line):
            add("another member", start + found.start(), start + found.end(),
                "END" if found.group() == "START" else "START", place)
        if re.search(r"[,;]$", line) and not re.match(r"(static|struct|extern|#|[A-Z_]+\(.*,$)", line):
            balanced = line.count("(") == line.count(")") and line.count("{") == line.count("}")
            if balanced:
                add("delete a line", start, start + len(line), "", place)
        if re.match(r"[a-z_]+initcall\(", line):
            add("delete a line", start, start + len(line), "", place)
    return mutants
