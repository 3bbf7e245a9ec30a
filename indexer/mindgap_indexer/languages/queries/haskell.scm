; Captures are explained in ARCHITECTURE.md, "Languages".
; The type signature and the equations of a function match one by one and are merged afterwards.
; Local bindings stay with the function around them.

(declarations [
  (signature
    name: [
      (variable) @name
      (prefix_id (_) @name)
    ])
  (signature
    names: (binding_list . name: [
      (variable) @name
      (prefix_id (_) @name)
    ]))
  (function
    name: [
      (variable) @name
      (prefix_id (_) @name)
    ]
    match: (_) @body)
  (function
    (infix operator: [
      (operator) @name
      (infix_id (_) @name)
    ])
    match: (_) @body)
  (function
    (function_head_parens (infix operator: [
      (operator) @name
      (infix_id (_) @name)
    ]))
    match: (_) @body)
  (bind
    name: [
      (variable) @name
      (prefix_id (_) @name)
    ]
    match: (_) @body)
  (foreign_import (signature name: (_) @name))
  (pattern_synonym [
    (signature synonym: [
      (constructor) @name
      (prefix_id (_) @name)
    ])
    (equation synonym: [
      (constructor) @name
      (apply . (constructor) @name)
      (apply . (apply . (constructor) @name))
      (apply . (apply . (apply . (constructor) @name)))
      (record . (constructor) @name)
      (infix operator: (_) @name)
    ])
  ])
] @function)

(class_declarations [
  (signature
    name: [
      (variable) @name
      (prefix_id (_) @name)
    ])
  (signature
    names: (binding_list . name: [
      (variable) @name
      (prefix_id (_) @name)
    ]))
  (function
    name: [
      (variable) @name
      (prefix_id (_) @name)
    ]
    match: (_) @body)
  (function
    (infix operator: [
      (operator) @name
      (infix_id (_) @name)
    ])
    match: (_) @body)
  (bind
    name: [
      (variable) @name
      (prefix_id (_) @name)
    ]
    match: (_) @body)
] @method)

(instance_declarations [
  (signature
    name: [
      (variable) @name
      (prefix_id (_) @name)
    ])
  (function
    name: [
      (variable) @name
      (prefix_id (_) @name)
    ]
    match: (_) @body)
  (function
    (infix operator: [
      (operator) @name
      (infix_id (_) @name)
    ])
    match: (_) @body)
  (bind
    name: [
      (variable) @name
      (prefix_id (_) @name)
    ]
    match: (_) @body)
] @method)

(class
  [
    name: [
      (name) @name @signature
      (prefix_id (_) @name) @signature
    ]
    (infix operator: (_) @name) @signature
  ]
  patterns: (_)? @signature
  fundeps: (_)? @signature) @class

[
  (data_type
    [
      name: [
        (name) @name @signature
        (prefix_id (_) @name) @signature
      ]
      (infix operator: (_) @name) @signature
    ]
    patterns: (_)? @signature)
  (newtype
    [
      name: [
        (name) @name @signature
        (prefix_id (_) @name) @signature
      ]
      (infix operator: (_) @name) @signature
    ]
    patterns: (_)? @signature)
  (type_synonym [
    name: [
      (name) @name
      (prefix_id (_) @name)
    ]
    (infix operator: (_) @name)
  ])
  (type_family [
    name: [
      (name) @name
      (prefix_id (_) @name)
    ]
    (infix operator: (_) @name)
  ])
  (data_family name: (name) @name)
  (kind_signature name: (name) @name)
] @type

; instance Show a => Show (Tree a) where: its functions are Show.Tree.…
(instance
  name: (_) @owner
  patterns: (type_patterns . [
    (name) @name
    (parens [
      (apply . (name) @name)
      (apply . (apply . (name) @name))
      (apply . (apply . (apply . (name) @name)))
    ])
  ]) @signature
  declarations: (_)) @scope.class

(instance
  name: (_) @name @signature
  patterns: (_)? @signature
  declarations: (_)) @scope.class
