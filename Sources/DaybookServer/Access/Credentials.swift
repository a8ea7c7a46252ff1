import HTTPTypes
import Hummingbird

/// How a caller says who it is: the first that is there of `x-api-key` or `Authorization: ApiKey KEY`, the cookie
/// `accessToken`, `Authorization: Bearer TOKEN`, and `?token=`.
enum Credentials: Hashable {
    case none
    case key(String)
    /// Never a key: AYON's client tries this way first, and learns from the refusal that what it holds is a key.
    case bearer(String)
    /// A key or a token.
    case either(String)

    init(_ request: Request) {
        self.init(headers: request.headers, query: request.uri.query)
    }

    init(headers: HTTPFields, query: String?) {
        if let key = headers[.apiKey] {
            self = .key(key)
            return
        }
        let parts = headers[.authorization]?.split(separator: " ", maxSplits: 1).map(String.init) ?? []
        let rest = parts.count == 2 ? parts[1].trimmingBlanks : ""
        if parts.first?.lowercased() == "apikey" {
            self = .key(rest)
        } else if let cookie = Self.cookie(headers) {
            self = .either(cookie)
        } else if !parts.isEmpty {
            self = .bearer(rest)
        } else if let token = QueryToken.value(in: query) {
            self = .either(token)
        } else {
            self = .none
        }
    }

    private static func cookie(_ headers: HTTPFields) -> String? {
        for header in headers[values: .cookie] {
            for part in header.split(separator: ";") {
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard pair.count == 2, String(pair[0]).trimmingBlanks == "accessToken" else { continue }
                return String(pair[1]).trimmingBlanks
            }
        }
        return nil
    }
}

/// `token` in the query of an address, where browsers have to put it that can set no header.
enum QueryToken {
    static func value(in query: String?) -> String? {
        for part in parts(query) where isToken(part) {
            return QueryParameters.decode(part.utf8.drop { $0 != UInt8(ascii: "=") }.dropFirst()) ?? ""
        }
        return nil
    }

    /// A request as its route gets it: nobody who shows or logs it can show or log a token.
    static func removed(from request: Request) -> Request {
        guard let query = request.uri.query, value(in: query) != nil else { return request }
        let rest = parts(query).filter { !isToken($0) }.joined(separator: "&")
        var head = request.head
        head.path = request.uri.path + (rest.isEmpty ? "" : "?" + rest)
        return Request(head: head, body: request.body)
    }

    private static func parts(_ query: String?) -> [Substring] { query?.split(separator: "&") ?? [] }

    private static func isToken(_ part: Substring) -> Bool {
        QueryParameters.decode(part.utf8.prefix { $0 != UInt8(ascii: "=") }) == "token"
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
