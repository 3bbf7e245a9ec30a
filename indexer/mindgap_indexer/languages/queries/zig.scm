; Captures are explained in ARCHITECTURE.md, "Languages".

(function_declaration name: (identifier) @name body: (block)? @body) @function
(test_declaration [(string (string_content) @name) (identifier) @name] (block) @body) @function

(variable_declaration "const" . (identifier) @name (struct_declaration "{" @body)) @struct
(variable_declaration "const" . (identifier) @name (union_declaration "{" @body)) @struct
(variable_declaration "const" . (identifier) @name (opaque_declaration "{" @body)) @struct
(variable_declaration "const" . (identifier) @name (enum_declaration "{" @body)) @enum
(variable_declaration "const" . (identifier) @name (error_set_declaration "{" @body)) @enum

; `const less = struct { fn less(…) bool { … } }.less;` is how a function is written in a function.
(variable_declaration
  "const" . (identifier) @name (field_expression object: (struct_declaration "{" @body))) @scope

; What a function that makes a type returns holds its methods.
(return_expression [
  (struct_declaration "{" @body)
  (union_declaration "{" @body)
  (enum_declaration "{" @body)
] @scope.class)
