; Captures are explained in ARCHITECTURE.md, "Languages".

(function_item name: [(identifier) (metavariable)] @name body: (block) @body) @function
(function_signature_item name: [(identifier) (metavariable)] @name) @function

(struct_item
  name: (type_identifier) @name body: [(field_declaration_list) (ordered_field_declaration_list)]? @body) @struct
(union_item name: (type_identifier) @name body: (field_declaration_list) @body) @struct
(enum_item name: (type_identifier) @name body: (enum_variant_list) @body) @enum
(trait_item name: (type_identifier) @name body: (declaration_list) @body) @trait
(type_item name: (type_identifier) @name) @type
(macro_definition name: (identifier) @name . "(" @body) @macro
(macro_definition name: (identifier) @name . "{" @body) @macro

(mod_item name: (identifier) @name body: (declaration_list) @body) @scope
(foreign_mod_item body: (declaration_list) @body) @scope
(impl_item
  type: [
    (type_identifier) @name
    (scoped_type_identifier name: (type_identifier) @name)
    (generic_type type: [
      (type_identifier) @name
      (scoped_type_identifier name: (type_identifier) @name)
    ])
    (reference_type type: [
      (type_identifier) @name
      (primitive_type) @name
      (generic_type type: (type_identifier) @name)
    ])
    (dynamic_type trait: (type_identifier) @name)
    (primitive_type) @name
  ]
  body: (declaration_list) @body) @scope.class
; Any other type is its own name: `impl Area for [u8; 4]`.
(impl_item type: (_) @name body: (declaration_list) @body) @scope.class

; A closure bound to a name is a function.
(let_declaration
  pattern: [(identifier) @name (mut_pattern (identifier) @name)]
  value: (closure_expression body: (_) @body)) @function
(const_item name: (identifier) @name value: (closure_expression body: (_) @body)) @function
(static_item name: (identifier) @name value: (closure_expression body: (_) @body)) @function

; Items in the braces of a macro (`cfg_rt! { pub fn … }`) are tokens to the grammar until read again.
((macro_invocation (token_tree . "{") @embedded)
  (#match? @embedded "\\b(fn|struct|enum|trait)\\s+\\w"))
(macro_invocation (token_tree . "{") @body) @scope
