; Captures are explained in ARCHITECTURE.md, "Languages".
; The signature ends with the parameters: a comment that opens a body stands before the body's node.

(method name: (_) @name parameters: (_) @signature) @function
(method name: (_) @name @signature !parameters) @function

(singleton_method object: (self) name: (_) @name parameters: (_) @signature) @function
(singleton_method object: (self) name: (_) @name @signature !parameters) @function
(singleton_method object: (_) @owner name: (_) @name parameters: (_) @signature) @method
(singleton_method object: (_) @owner name: (_) @name @signature !parameters) @method

(class
  name: [
    (constant) @name @signature
    (scope_resolution scope: (_) @owner name: (_) @name @signature)
    (scope_resolution !scope name: (_) @name @signature)
  ]
  superclass: (_)? @signature) @class

; A module with functions of its own is a unit; one that only holds other definitions is a namespace.
(module
  name: [
    (constant) @name @signature
    (scope_resolution scope: (_) @owner name: (_) @name @signature)
  ]
  body: (body_statement [(method) (singleton_method) (singleton_class)])) @trait

(module
  name: [
    (constant) @name @signature
    (scope_resolution scope: (_) @owner name: (_) @name @signature)
  ]) @scope.class

; Point = Struct.new(:x, :y) do … end
(assignment
  left: (constant) @name
  right: (call
    receiver: (constant) @_class
    method: (identifier) @_new
    arguments: (_)? @signature)
  (#any-of? @_class "Class" "Struct" "Data" "Module")
  (#any-of? @_new "new" "define")) @class

; square = ->(x) { x * x }
(assignment
  left: [(identifier) (constant)] @name
  right: (lambda !parameters body: (_) @body)) @function

(assignment
  left: [(identifier) (constant)] @name
  right: (lambda parameters: (_) @signature)) @function

(assignment
  left: [(identifier) (constant)] @name
  right: (call !receiver method: (identifier) @_lambda @signature block: (_))
  (#any-of? @_lambda "lambda" "proc")) @function

; define_method(:name) { … }, Rake's task :name do … end, ActiveSupport's test "name" do … end
(call
  !receiver
  method: (identifier) @_definer
  arguments: (argument_list . [
    (simple_symbol) @name
    (string (string_content) @name)
    (pair key: [
      (simple_symbol) @name
      (hash_key_symbol) @name
      (string (string_content) @name)
    ])
  ]) @signature
  block: (_)
  (#any-of? @_definer "define_method" "define_singleton_method" "task" "test")) @function

; namespace :db do … end
(call
  !receiver
  method: (identifier) @_namespace
  arguments: (argument_list . (simple_symbol) @name) @signature
  block: (do_block)
  (#eq? @_namespace "namespace")) @scope

; ActiveRecord's scope :name, -> { … }
(call
  !receiver
  method: (identifier) @_scope
  arguments: (argument_list . (simple_symbol) @name @signature . (lambda))
  (#eq? @_scope "scope")) @function

; Sinatra's get "/path" do … end
(call
  !receiver
  method: (identifier) @_verb
  arguments: (argument_list . (string . (string_content) @name .)) @signature
  block: (do_block)
  (#any-of? @_verb "get" "post" "put" "patch" "delete")) @function

; Rake and Thor describe what follows by a call.
((call !receiver method: (identifier) @_desc) @comment
  (#eq? @_desc "desc"))
