"""Which node types of the grammars are which kind of statement or expression.

Grammars agree on many names, so there is a table that all share and one per family for what only it has.
Parts of a node are found by the names of its fields, which differ little, see `syntax.part`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from functools import cache


class Form(Enum):
    """How a node of a syntax tree is read."""

    # statements
    SKIP = auto()
    ASSIGN = auto()
    DECLARATION = auto()
    UPDATE = auto()
    FOR = auto()
    WHILE = auto()
    DO_WHILE = auto()
    UNTIL = auto()
    LOOP = auto()
    IF = auto()
    UNLESS = auto()
    TRY = auto()
    CATCH = auto()
    FINALLY = auto()
    SWITCH = auto()
    RETURN = auto()
    RAISE = auto()
    YIELD = auto()
    WITH = auto()
    DEFER = auto()
    ASSERT = auto()
    DELETE = auto()
    BREAK = auto()
    CONTINUE = auto()
    BLOCK = auto()
    # parts of statements
    ELSE = auto()
    ELSE_IF = auto()
    CASE = auto()
    LABEL = auto()
    FUNCTION = auto()
    # expressions
    CALL = auto()
    BINARY = auto()
    UNARY = auto()
    INDEX = auto()
    MEMBER = auto()
    TERNARY = auto()
    LAMBDA = auto()
    COMPREHENSION = auto()
    NEW = auto()
    STRING = auto()
    SEQUENCE = auto()
    MAPPING = auto()
    INNER = auto()
    """Stands for the one expression in it: parentheses, `await`, a reference, a cast."""


def word_set(text: str) -> frozenset[str]:
    """The words of a text: how the tables here are written."""
    return frozenset(text.split())


_SHARED: Mapping[Form, str] = {
    Form.SKIP: """
        comment line_comment block_comment multiline_comment haddock pragma import_statement pass_statement
        empty_statement global_statement nonlocal_statement type_alias import_declaration using_directive
        goto_statement label_statement use_declaration attribute_item decorator shebang_line php_tag
        type_definition access_specifier marker_annotation annotation attribute_list modifiers
    """,
    Form.ASSIGN: """
        assignment assignment_expression assignment_statement augmented_assignment
        augmented_assignment_expression compound_assignment_expr compound_assignment_expression
        operator_assignment short_var_declaration variable_declarator init_declarator var_spec const_spec
        let_declaration val_definition var_definition variable_assignment property_declaration
    """,
    Form.DECLARATION: """
        declaration lexical_declaration local_variable_declaration local_declaration_statement
        variable_declaration var_declaration const_declaration declaration_command const_statement
        local_statement static_variable_declaration
    """,
    Form.UPDATE: """
        update_expression inc_statement dec_statement postfix_unary_expression postfix_expression
    """,
    Form.FOR: """
        for_statement for_expression for_in_statement for_range_loop enhanced_for_statement
        foreach_statement for
    """,
    Form.WHILE: "while_statement while_expression while while_modifier",
    Form.DO_WHILE: "do_statement do_while_statement repeat_while_statement do_while_expression",
    Form.UNTIL: "repeat_statement until until_modifier",
    Form.LOOP: "loop_expression",
    Form.IF: "if_statement if_expression if if_modifier conditional",
    Form.UNLESS: "unless unless_modifier guard_statement",
    Form.TRY: "try_statement begin try_with_resources_statement",
    Form.CATCH: "except_clause catch_clause rescue catch_block catch_declaration",
    Form.FINALLY: "finally_clause finally_block ensure",
    Form.SWITCH: """
        switch_statement switch_expression match_statement match_expression case_statement case
        expression_switch_statement type_switch_statement when_expression select_statement case_match
    """,
    Form.RETURN: "return_statement return_expression return",
    Form.RAISE: "raise_statement throw_statement throw_expression",
    Form.YIELD: "yield yield_statement yield_expression",
    Form.WITH: "with_statement using_statement lock_statement synchronized_statement",
    Form.DEFER: "defer_statement go_statement errdefer_statement",
    Form.ASSERT: "assert_statement",
    Form.DELETE: "delete_statement delete_expression unset_statement",
    Form.BREAK: "break_statement break_expression break",
    Form.CONTINUE: "continue_statement continue_expression next redo",
    Form.BLOCK: """
        block statement_block compound_statement statement_list body_statement expression_statement
        statements do_group then do do_block block_body function_body source_file program module chunk
        translation_unit compilation_unit source declarations body block_expression labeled_statement
        redirected_statement switch_block switch_body match_block case_block pipeline subshell unsafe_block
        async_block template_body class_body declaration_list decorated_definition export_statement
        template_declaration alternatives
    """,
    Form.ELSE: "else_clause else else_statement else_block",
    Form.ELSE_IF: "elif_clause elseif_clause elsif else_if_clause elseif_statement",
    Form.CASE: """
        switch_case switch_default case_clause expression_case default_case type_case when match_arm
        switch_block_statement_group switch_rule default_statement switch_section when_entry switch_entry
        stab_clause case_item communication_case switch_expression_arm in_clause alternative
    """,
    Form.LABEL: """
        switch_label switch_pattern case_pattern constant_pattern match_pattern pattern declaration_pattern
    """,
    Form.FUNCTION: """
        function_definition function_declaration method_declaration function_item method singleton_method
        constructor_declaration local_function_statement method_definition function init_declaration
        secondary_constructor generator_function_declaration
    """,
    Form.CALL: """
        call call_expression method_invocation invocation_expression function_call_expression
        member_call_expression nullsafe_member_call_expression scoped_call_expression function_call
        macro_invocation command apply macrocall_expression
    """,
    Form.BINARY: """
        binary_expression binary_operator binary comparison_operator boolean_operator infix_expression infix
        comparison_expression conjunction_expression disjunction_expression equality_expression
        additive_expression multiplicative_expression range_expression nil_coalescing_expression
        instanceof_expression is_expression range in_expression
    """,
    Form.UNARY: """
        unary_expression unary_operator unary not_operator prefix_unary_expression unary_op_expression
        prefix_expression negation
    """,
    Form.INDEX: """
        subscript subscript_expression index_expression element_access_expression array_access
        element_reference bracket_index_expression
    """,
    Form.MEMBER: """
        attribute member_expression selector_expression field_expression field_access
        member_access_expression navigation_expression dot_index_expression method_index_expression dot
        nullsafe_member_access_expression scoped_identifier qualified_identifier scope_resolution
        class_constant_access_expression scoped_property_access_expression projection
    """,
    Form.TERNARY: "conditional_expression ternary_expression conditional_type",
    Form.LAMBDA: """
        arrow_function lambda lambda_expression function_expression lambda_literal closure_expression
        anonymous_function func_literal annotated_lambda do_clause
    """,
    Form.COMPREHENSION: """
        list_comprehension set_comprehension generator_expression dictionary_comprehension
        comprehension_expression
    """,
    Form.NEW: """
        new_expression object_creation_expression instance_expression composite_literal struct_expression
        implicit_object_creation_expression
    """,
    Form.STRING: """
        string string_literal interpreted_string_literal raw_string_literal encapsed_string template_string
        line_string_literal char_literal character_literal concatenated_string
        interpolated_string_expression interpolated_string raw_string multi_line_string_literal charlist
        sigil string_array symbol_array command_literal regex heredoc_body rune_literal
    """,
    Form.SEQUENCE: """
        list array tuple set array_creation_expression vector_expression array_literal array_expression
        tuple_expression initializer_list collection_literal matrix_expression collection_expression
    """,
    Form.MAPPING: "dictionary object hash map dictionary_literal table_constructor",
    Form.INNER: """
        parenthesized_expression await_expression await reference_expression pointer_expression argument
        value_argument parens literal cast_expression type_cast_expression as_expression condition_clause
        non_null_expression spread_element splat_argument variable_name expression try_expression
        parenthesized_statements directly_assignable_expression type_assertion_expression list_splat
        dictionary_splat arithmetic_expansion simple_expansion expansion boolean exp as_pattern with_item
        with_clause satisfies_expression test_command when_subject
    """,
}

_ONLY_IN: tuple[tuple[str, Form, str], ...] = (
    ("zig", Form.ASSIGN, "variable_declaration"),
    ("zig", Form.INNER, "error_union_type"),
    ("kotlin scala", Form.TRY, "try_expression"),
    ("swift", Form.TRY, "do_statement"),
    ("c cpp php", Form.CASE, "case_statement"),
    ("lua", Form.BLOCK, "do_statement"),
    ("bash", Form.BLOCK, "list"),
    ("haskell", Form.ASSIGN, "bind"),
    ("haskell", Form.BLOCK, "do let local_binds"),
    ("python go lua", Form.SEQUENCE, "pattern_list expression_list variable_list"),
)
"""Languages, and what node types mean in them and not in the others."""

IMPLICIT_RETURN = frozenset({"rust", "ruby", "scala", "elixir", "haskell", "julia"})
"""The last expression of a function is its value."""

KEYWORD_CALLS: Mapping[str, Form] = {
    "if": Form.IF,
    "unless": Form.UNLESS,
    "case": Form.SWITCH,
    "cond": Form.SWITCH,
    "raise": Form.RAISE,
    "throw": Form.RAISE,
    "error": Form.RAISE,
    "panic": Form.RAISE,
    "panic!": Form.RAISE,
    "bail!": Form.RAISE,
    "return": Form.RETURN,
    "exit": Form.RETURN,
    "break": Form.BREAK,
    "continue": Form.CONTINUE,
    "defer": Form.DEFER,
    "assert": Form.ASSERT,
    "assert!": Form.ASSERT,
    "def": Form.FUNCTION,
    "defp": Form.FUNCTION,
    "defmacro": Form.FUNCTION,
    "defmodule": Form.BLOCK,
}
"""What is a keyword in most languages and looks like a call in some."""


@cache
def forms(language: str) -> Mapping[str, Form]:
    """Node types of a language's grammar and how they are read."""
    table = {name: form for form, names in _SHARED.items() for name in names.split()}
    for languages, form, names in _ONLY_IN:
        if language in languages.split():
            table |= dict.fromkeys(names.split(), form)
    return table
