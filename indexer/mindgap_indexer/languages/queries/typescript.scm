; JavaScript and TypeScript. Captures are explained in ARCHITECTURE.md, "Languages".

(abstract_class_declaration name: (_) @name body: (_) @body) @class

(interface_declaration name: (_) @name body: (_) @body) @interface

(enum_declaration name: (_) @name body: (_) @body) @enum

(type_alias_declaration name: (_) @name) @type

(internal_module name: (_) @name body: (_) @body) @scope

(module name: [(identifier) (nested_identifier)] @name body: (_) @body) @scope

; Overloads, ambient functions and the methods of interfaces have no body.
(function_signature name: (_) @name) @function

[
  (method_signature name: [
    (property_identifier) @name
    (private_property_identifier) @name
    (string (string_fragment) @name)
    (computed_property_name (member_expression property: (_) @name))
  ])
  (abstract_method_signature name: (property_identifier) @name)
] @method

; A constant without a value is ambient: declare const f: (x: number) => void
(lexical_declaration
  "const"
  (variable_declarator
    name: (identifier) @name
    type: (type_annotation (function_type))
    !value) @function)

(public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name
  value: [
    (function_expression body: (_) @body)
    (arrow_function body: (_) @body)
  ]) @method

; A cast around what is bound to a name
(variable_declarator
  name: (identifier) @name
  value: [
    (as_expression (parenthesized_expression [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))
    (satisfies_expression (parenthesized_expression [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))
  ]) @function

[
  (function_declaration name: (_) @name body: (_) @body)
  (generator_function_declaration name: (_) @name body: (_) @body)
] @function

(class_declaration name: (_) @name body: (_) @body) @class

(method_definition
  name: [
    (property_identifier) @name
    (private_property_identifier) @name
    (string (string_fragment) @name)
    (computed_property_name [
      (identifier) @name
      (string (string_fragment) @name)
      (member_expression property: (_) @name)
    ])
  ]
  body: (_) @body) @method

; export default of something without a name
(export_statement
  "default" @name
  value: [
    (function_expression !name body: (_) @body)
    (generator_function !name body: (_) @body)
    (arrow_function body: (_) @body)
  ]) @function

(export_statement "default" @name value: (class !name body: (_) @body)) @class

; const f = () => …
(variable_declarator
  name: (identifier) @name
  value: [
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
    (arrow_function body: (_) @body)
  ]) @function

(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @class

; var counter = (function () { … })(): a closure
(variable_declarator
  name: (identifier) @name
  value: [
    (call_expression function: [
      (function_expression body: (_) @body)
      (parenthesized_expression [
        (function_expression body: (_) @body)
        (arrow_function body: (_) @body)
      ])
    ])
    (parenthesized_expression (call_expression function: (function_expression body: (_) @body)))
  ]) @function

; const Button = memo(() => …): a function behind the name all the same
(variable_declarator
  name: (identifier) @name
  value: (call_expression
    function: [
      (identifier) @_wrapper
      (member_expression property: (property_identifier) @_wrapper)
    ]
    arguments: (arguments . [
      (function_expression body: (_) @body)
      (arrow_function body: (_) @body)
    ]))
  (#match? @_wrapper "^(memo|forwardRef|useCallback|useEvent|observer|action|debounce\\w*|throttle\\w*|memoize\\w*|once|curry\\w*|asyncHandler|catchAsync|wrap[A-Z]\\w*)$")) @function

; At the top of a file any wrapper will do: const selectTotal = createSelector(items, () => …)
(program [
  (_
    (variable_declarator
      name: (identifier) @name
      value: (call_expression
        function: [
          (identifier)
          (member_expression object: [(identifier) (member_expression)] property: (_) @_wrapper)
          (call_expression function: (identifier))
        ]
        arguments: (arguments [
          (function_expression body: (_) @body)
          (arrow_function body: (_) @body)
          (call_expression arguments: (arguments . [
            (function_expression body: (_) @body)
            (arrow_function body: (_) @body)
          ]))
        ]))) @function)
  (export_statement
    (_
      (variable_declarator
        name: (identifier) @name
        value: (call_expression
          function: [
            (identifier)
            (member_expression object: [(identifier) (member_expression)] property: (_) @_wrapper)
            (call_expression function: (identifier))
          ]
          arguments: (arguments [
            (function_expression body: (_) @body)
            (arrow_function body: (_) @body)
            (call_expression arguments: (arguments . [
              (function_expression body: (_) @body)
              (arrow_function body: (_) @body)
            ]))
          ]))) @function))
  (expression_statement
    (assignment_expression
      left: (member_expression property: (property_identifier) @name)
      right: (call_expression
        function: [
          (identifier)
          (member_expression object: [(identifier) (member_expression)] property: (_) @_wrapper)
        ]
        arguments: (arguments [
          (function_expression body: (_) @body)
          (arrow_function body: (_) @body)
        ]))) @function)
  ]
  (#not-match? @_wrapper "^(map|flatMap|filter|reduce|reduceRight|find|sort|some|every|forEach|from|then)$"))

(export_statement
  "default" @name
  value: (call_expression
    arguments: (arguments [
      (function_expression !name body: (_) @body)
      (arrow_function body: (_) @body)
    ]))) @function

; Foo.prototype.bar = function …
(assignment_expression
  left: [
    (member_expression
      object: (member_expression object: (_) @owner property: (property_identifier) @_prototype)
      property: (_) @name)
    (subscript_expression
      object: (member_expression object: (_) @owner property: (property_identifier) @_prototype)
      index: [
        (identifier) @name
        (string (string_fragment) @name)
        (member_expression property: (_) @name)
      ])
  ]
  right: [
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
    (arrow_function body: (_) @body)
  ]
  (#eq? @_prototype "prototype")
  (#match? @owner "^[\\w$.]+$")) @method

; module.exports = function parse …: the function's own name says more
(assignment_expression
  left: (member_expression property: (property_identifier) @_exports)
  right: (function_expression name: (identifier) @name body: (_) @body)
  (#eq? @_exports "exports")) @function

; Foo.bar = function …, where Foo is more than the module, the global object or the instance
(assignment_expression
  left: (member_expression
    object: [(identifier) (member_expression)] @owner
    property: (_) @name)
  right: [
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
    (arrow_function body: (_) @body)
  ]
  (#match? @owner "^[\\w$.]+$")
  (#not-match? @owner "^(this|that|self|_this|module|exports|window|global|globalThis|root)\\b")) @method

(assignment_expression
  left: [
    (identifier) @name
    (member_expression property: (_) @name)
    (subscript_expression object: (identifier) @owner index: (identifier) @name)
    (subscript_expression index: (string (string_fragment) @name))
  ]
  right: [
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
    (arrow_function body: (_) @body)
  ]) @function

; exports.Parser = class …; a class with a name of its own is found below.
(assignment_expression
  left: [(identifier) @name (member_expression property: (_) @name)]
  right: (class !name body: (_) @body)) @class

; { value: function bar … } of a property descriptor: the function's own name says more
(pair
  key: (property_identifier) @_key
  value: (function_expression name: (identifier) @name body: (_) @body)
  (#any-of? @_key "value" "get" "set")) @method

; { bar: function … }
(pair
  key: [
    (property_identifier) @name
    (string (string_fragment) @name)
    (computed_property_name [
      (identifier) @name
      (string (string_fragment) @name)
      (member_expression property: (_) @name)
    ])
  ]
  value: [
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
    (arrow_function body: (statement_block) @body)
  ]) @method

; { bar: () => … }, but not the { component: () => import("./page") } of lazy loading
(pair
  key: [
    (property_identifier) @name
    (string (string_fragment) @name)
    (computed_property_name [
      (identifier) @name
      (string (string_fragment) @name)
      (member_expression property: (_) @name)
    ])
  ]
  value: (arrow_function body: (expression) @body)
  (#not-match? @body "^(import|require)\\(")) @method

; Foo.prototype = { … } and Object.assign(Foo.prototype, { … }) hold methods of Foo.
(assignment_expression
  left: (member_expression object: (_) @name property: (property_identifier) @_prototype)
  right: (object) @body
  (#eq? @_prototype "prototype")) @scope.class

(call_expression
  arguments: (arguments
    . (member_expression object: (_) @name property: (property_identifier) @_prototype)
    . (object) @body .)
  (#eq? @_prototype "prototype")) @scope.class

; jQuery.fn.extend({ … })
(call_expression
  function: (member_expression object: [(identifier) (member_expression)] @name property: (property_identifier) @_extend)
  arguments: (arguments . (object) @body .)
  (#match? @name "^[\\w$.]+$")
  (#eq? @_extend "extend")) @scope.class

; An object that holds functions is a namespace.
(variable_declarator
  name: (identifier) @name
  value: [
    (object) @body
    (as_expression (object) @body)
    (satisfies_expression (object) @body)
    (call_expression arguments: (arguments (object) @body))
    (new_expression arguments: (arguments (object) @body))
  ]) @scope

(assignment_expression
  left: [(identifier) (member_expression)] @name
  right: (object) @body
  (#match? @name "^[\\w$.]+$")
  (#not-match? @name "^(this|that|self|_this|module\\.exports|exports)$")) @scope

(pair key: (property_identifier) @name value: (object) @body) @scope

(public_field_definition name: (property_identifier) @name value: (object) @body) @scope

; A named function or class expression that nothing above has bound to a name
[
  (function_expression name: (_) @name body: (_) @body)
  (generator_function name: (_) @name body: (_) @body)
] @function

(class name: (_) @name body: (_) @body) @class
