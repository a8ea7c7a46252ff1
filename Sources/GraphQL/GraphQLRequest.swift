public import LosslessJSON

/// A request as GraphQL over HTTP has it: `{"query": "…", "operationName": "…", "variables": {…}}`.
public struct GraphQLRequest: Hashable, Sendable {
    public var query: String
    /// Which operation of the document to execute; needed when it has several.
    public var operationName: String?
    public var variables: [JSONValue.Member]

    public init(query: String, operationName: String? = nil, variables: [JSONValue.Member] = []) {
        self.query = query
        self.operationName = operationName
        self.variables = variables
    }

    /// Reads a request's body. Members it does not know, `extensions` among them, are ignored.
    ///
    /// - Throws: a request error that says what is wrong with the body.
    public init(json: some Sequence<UInt8>, limits: JSONLimits = .standard) throws(GraphQLError) {
        let members: JSONMembers
        do {
            members = try JSONMembers(json, limits: limits)
        } catch {
            throw GraphQLError("The body is not a JSON object: \(error)")
        }
        guard let query = members["query"]?.stringValue else {
            throw GraphQLError("The body needs a member query, a string.")
        }
        self.init(query: query)
        if let name = members["operationName"], !name.isNull {
            guard let text = name.stringValue else { throw GraphQLError("operationName has to be a string or null.") }
            operationName = text
        }
        if let variables = members["variables"] { self.variables = try Self.variables(variables) }
    }

    /// Reads variables: a JSON object or null.
    public static func variables(_ json: JSONText) throws(GraphQLError) -> [JSONValue.Member] {
        if json.isNull { return [] }
        do {
            guard case .object(let members) = try JSONValue(json) else {
                throw GraphQLError("variables has to be an object or null.")
            }
            return members
        } catch let error as GraphQLError {
            throw error
        } catch {
            throw GraphQLError("variables cannot be read: \(error)")
        }
    }
}
