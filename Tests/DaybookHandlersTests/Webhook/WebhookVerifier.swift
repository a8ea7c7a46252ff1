import Foundation
import Subprocess

/// The Python library of Standard Webhooks, in the build directory. What is there already is not made again; else `pip`
/// fetches it.
enum WebhookVerifier {
    private static let package = "standardwebhooks==1.0.0"
    private static let ready = Task { try await prepare() }

    private static let directory = {
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appending(path: ".build/python-webhooks").path
    }()

    /// Makes it, when that was not done before. Says on standard error why it cannot be made.
    static var isUsable: Bool {
        get async {
            do {
                try await ready.value
                return true
            } catch {
                FileHandle.standardError.write(Data("Python's standardwebhooks cannot be used: \(error)\n".utf8))
                return false
            }
        }
    }

    /// Verifies a delivery and returns its CloudEvents type.
    static func verify(_ request: StandInServer.Request, secret: String) async throws -> String {
        let headers = try JSONEncoder().encode(request.headers)
        return try await Python.run(
            """
            import json, sys
            from standardwebhooks.webhooks import Webhook
            print(Webhook(sys.argv[1]).verify(sys.argv[3], json.loads(sys.argv[2]))["type"], end="")
            """, [secret, String(decoding: headers, as: UTF8.self), request.text], python: directory + "/bin/python")
    }

    private static func prepare() async throws {
        // Written last: where it is, all is.
        let mark = directory + "/packages"
        if (try? String(contentsOfFile: mark, encoding: .utf8)) == package { return }
        _ = try await Python.run("import sys, venv; venv.create(sys.argv[1], clear=True, with_pip=True)", [directory])
        _ = try await Python.run(
            """
            import subprocess, sys
            done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                                   "--retries", "1", "--timeout", "10", sys.argv[1]], capture_output=True, text=True)
            sys.exit(done.stderr if done.returncode else 0)
            """, [package], python: directory + "/bin/python")
        try Data(package.utf8).write(to: URL(filePath: mark))
    }
}
