/// The types by which a schema tells of itself.
enum Introspection {
    static func add<Context: Sendable>(to types: inout GraphQLTypes<Context>) {
        addSchema(to: &types)
        addType(to: &types)
        addMembers(to: &types)
        types.enumeration(
            "__TypeKind", description: "What a type is.",
            values: [
                "SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", "LIST", "NON_NULL",
            ])
        types.enumeration(
            "__DirectiveLocation", description: "Where a directive may stand.",
            values: DirectiveLocation.allCases.map { GraphQLEnumValue($0.rawValue) })
    }

    /// Whether what is deprecated is listed too.
    private static let includeDeprecated = [GraphQLInput("includeDeprecated", "Boolean", default: "false")]

    /// Lists of introspection have no page sizes. These are about how long they are, so that queries that nest them
    /// over and over cost what they would.
    private static let types = GraphQLCost { _ in 50 }
    private static let members = GraphQLCost { _ in 8 }
    private static let few = GraphQLCost { _ in 2 }

    private static func addSchema<Context: Sendable>(to types: inout GraphQLTypes<Context>) {
        types.object("__Schema", of: Schema.self, description: "What can be asked here.") { schema in
            schema.field("description", "String") { $0.description }
            schema.field("types", "[__Type!]!", cost: Self.types) { schema in
                schema.types.map { IntrospectedType(schema: schema, reference: .named($0.id)).value }
            }
            schema.field("queryType", "__Type!") { IntrospectedType(schema: $0, reference: .named($0.query)).value }
            schema.field("mutationType", "__Type") { schema in
                schema.mutation.map { IntrospectedType(schema: schema, reference: .named($0)).value }
            }
            schema.field("subscriptionType", "__Type") { schema in
                schema.subscription.map { IntrospectedType(schema: schema, reference: .named($0)).value }
            }
            schema.field("directives", "[__Directive!]!", cost: members) { schema in
                schema.directives.map {
                    GraphQLValue.object(IntrospectedDirective(schema: schema, definition: $0))
                }
            }
        }
        types.object("__Directive", of: IntrospectedDirective.self, description: "A directive.") { directive in
            directive.field("name", "String!") { $0.definition.name }
            directive.field("description", "String") { $0.definition.description }
            directive.field("isRepeatable", "Boolean!") { $0.definition.isRepeatable }
            directive.field("locations", "[__DirectiveLocation!]!") { $0.definition.locations.map(\.rawValue) }
            directive.field("args", "[__InputValue!]!", arguments: includeDeprecated, cost: few) { directive, call in
                IntrospectedInput.values(directive.definition.arguments, directive.schema, call.arguments)
            }
        }
    }

    private static func addType<Context: Sendable>(to types: inout GraphQLTypes<Context>) {
        types.object(
            "__Type", of: IntrospectedType.self, description: "A type: a named one, or a list or non-null wrapper."
        ) { type in
            type.field("kind", "__TypeKind!") { $0.kind }
            type.field("name", "String") { $0.definition?.name }
            type.field("description", "String") { $0.definition?.description }
            type.field("specifiedByURL", "String") { $0.definition?.specifiedByURL }
            type.field("fields", "[__Field!]", arguments: includeDeprecated, cost: members) { type, call in
                type.fields(call.arguments)
            }
            type.field("interfaces", "[__Type!]", cost: few) { $0.interfaces }
            type.field("possibleTypes", "[__Type!]", cost: few) { $0.possibleTypes }
            type.field("enumValues", "[__EnumValue!]", arguments: includeDeprecated, cost: members) { type, call in
                type.enumValues(call.arguments)
            }
            type.field("inputFields", "[__InputValue!]", arguments: includeDeprecated, cost: members) { type, call in
                type.inputFields(call.arguments)
            }
            type.field("ofType", "__Type") { $0.inner?.value }
            type.field("isOneOf", "Boolean", description: "Input objects of exactly one field: none here.") { type in
                type.kind == "INPUT_OBJECT" ? false : nil
            }
        }
    }

    private static func addMembers<Context: Sendable>(to types: inout GraphQLTypes<Context>) {
        types.object("__Field", of: IntrospectedField.self, description: "A field of an object or interface.") {
            field in
            field.field("name", "String!") { $0.definition.name }
            field.field("description", "String") { $0.definition.description }
            field.field("args", "[__InputValue!]!", arguments: includeDeprecated, cost: few) { field, call in
                IntrospectedInput.values(field.definition.arguments, field.schema, call.arguments)
            }
            field.field("type", "__Type!") {
                IntrospectedType(schema: $0.schema, reference: $0.definition.type).value
            }
            field.field("isDeprecated", "Boolean!") { $0.definition.deprecationReason != nil }
            field.field("deprecationReason", "String") { $0.definition.deprecationReason }
        }
        types.object(
            "__InputValue", of: IntrospectedInput.self, description: "An argument, or a field of an input object."
        ) { input in
            input.field("name", "String!") { $0.definition.name }
            input.field("description", "String") { $0.definition.description }
            input.field("type", "__Type!") {
                IntrospectedType(schema: $0.schema, reference: $0.definition.type).value
            }
            input.field("defaultValue", "String", description: "As a document would write it.") {
                $0.definition.defaultValue?.text
            }
            input.field("isDeprecated", "Boolean!") { $0.definition.deprecationReason != nil }
            input.field("deprecationReason", "String") { $0.definition.deprecationReason }
        }
        types.object("__EnumValue", of: TypeDefinition.EnumValue.self, description: "A value of an enum.") { value in
            value.field("name", "String!") { $0.name }
            value.field("description", "String") { $0.description }
            value.field("isDeprecated", "Boolean!") { $0.deprecationReason != nil }
            value.field("deprecationReason", "String") { $0.deprecationReason }
        }
    }
}
