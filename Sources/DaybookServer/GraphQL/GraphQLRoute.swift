import Daybook
import GraphQL
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore

/// `GET` and `POST /graphql`, as GraphQL over HTTP has it: <https://graphql.github.io/graphql-over-http/draft/>.
///
/// A request that could be read is answered with 200 and perhaps `errors`, which AYON's client relies on; with 400 when its
/// document cannot be executed and the caller accepts `application/graphql-response+json`.
struct GraphQLRoute {
    private static let responseType = "application/graphql-response+json"

    let parts: ServerParts
    let registrations: RegistrationParts

    @Sendable func post(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        _ = try QueryParameters(request.uri.query, known: [])
        _ = try BodyType(contentType: request.headers[.contentType], allowed: [.json])
        let query = try await parts.bodies.withBody(of: request, limit: parts.limits.event) { body in
            do throws(GraphQLError) {
                return try GraphQLRequest(json: body.readableBytesView, limits: parts.limits.json)
            } catch {
                throw Problem.validation([.init(["body"], error.message, type: "invalid_request")])
            }
        }
        return try await answer(query, request, context.access)
    }

    @Sendable func get(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parameters = try QueryParameters(
            request.uri.query, known: ["query", "operationName", "variables", "extensions"])
        guard let document = try parameters.one("query") else {
            throw Problem.validation([
                .init(["query", "query"], "is required: a GraphQL document, or POST one as JSON", type: "missing")
            ])
        }
        var query = GraphQLRequest(query: document, operationName: try parameters.one("operationName"))
        if let text = try parameters.one("variables") {
            do {
                query.variables = try GraphQLRequest.variables(JSONText(text, limits: parts.limits.json))
            } catch let error as GraphQLError {
                throw Problem.parameter("variables", error.message)
            } catch {
                throw Problem.parameter("variables", "malformed JSON: \(error)")
            }
        }
        return try await answer(query, request, context.access)
    }

    private func answer(
        _ query: GraphQLRequest, _ request: Request, _ access: RequestAccess
    ) async throws -> Response {
        let reader = try parts.reader(access)
        let freshness = try await reader.catchUp(to: request)
        let context = QueryContext(
            reader: reader, search: parts.search, registrations: registrations,
            payloads: PayloadAllowance(bytes: parts.options.maximumPayloadBytesInAnswer))
        let answer = try await EventSchema.shared.get().execute(query, context: context)
        var response = Response.json(answer.json.bytes, headers: freshness.headers)
        if request.headers[.accept]?.lowercased().contains(Self.responseType) == true {
            response.headers[.contentType] = Self.responseType
            if answer.isRequestError { response.status = .badRequest }
        }
        return response
    }
}
