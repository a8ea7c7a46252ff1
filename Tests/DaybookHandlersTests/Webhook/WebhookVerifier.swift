import Foundation
import TestTools

/// The Python library of Standard Webhooks.
enum WebhookVerifier {
    private static let packages = PythonPackages("webhooks", ["standardwebhooks==1.0.0"])

    static var isUsable: Bool { get async { await packages.isUsable } }

    /// Verifies a delivery and returns its CloudEvents type.
    static func verify(_ request: StandInServer.Request, secret: String) async throws -> String {
        let headers = try JSONEncoder().encode(request.headers)
        return try await Python.run(
            """
            import json, sys
            from standardwebhooks.webhooks import Webhook
            print(Webhook(sys.argv[1]).verify(sys.argv[3], json.loads(sys.argv[2]))["type"], end="")
            """, [secret, String(decoding: headers, as: UTF8.self), request.text], python: packages.interpreter)
    }
}
