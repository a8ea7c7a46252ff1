import Daybook
import DaybookIndex
import HTTPTypes
import LosslessJSON

@testable import DaybookServer

extension TestServer {
    /// Makes a key, straight in the catalog, and gives its text.
    @discardableResult
    func key(_ name: String, _ role: Role, _ scopes: String..., expires: Timestamp? = nil) async throws -> String {
        let secret = KeySecret.generate()
        let catalog = try node.parts().catalog
        try await catalog.createKey(
            APIKey(
                name: name, role: role, scopes: try scopes.map { try AccessScope($0) }, expires: expires,
                digest: secret.digest))
        return secret.text
    }

    func revoke(_ name: String) async throws {
        try await node.parts().catalog.revokeKey(name)
    }
}

extension HTTPFields {
    static func key(_ text: String) -> HTTPFields { [.apiKey: text] }
}
